"""How many identities and files go together, and the keys anonymous history is kept under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huike.customers.rules import normalise_card, normalise_device
from huike.kernel.text import clean_line


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this many identities of a kind on one file; one seen on more than `most_files` links nobody."""

    most_per_customer: int
    most_files: int


DEFAULT_LIMITS: Final = {
    "phone": Limit(5, 3),
    "email": Limit(5, 1),
    "card": Limit(5, 1),
    "wechat_openid": Limit(10, 1),
    "wechat_unionid": Limit(2, 1),
    "device": Limit(10, 3),
    "external": Limit(50, 1),
}

# Kinds that anonymous history may be kept under and that name a person later. A key says its kind (`card:8001`); one
# without a kind is a receipt number, which says nothing about a person and is claimed by hand only.
KEY_KINDS: Final = ("card", "device")


def normalise_key(text: str) -> str:
    """The form an anonymous key is stored and looked up in. Raises CardInvalid for a card key that is no card,
    IdentityOfNobody for a device that hides its id."""
    key = clean_line(text)
    kind, colon, value = key.partition(":")
    if colon and kind in KEY_KINDS:
        return key_of(kind, normalise_card(value) if kind == "card" else normalise_device(value))
    return key


def key_of(kind: str, value: str) -> str:
    """The anonymous key of an identity."""
    return f"{kind}:{value}"


def identity_of_key(key: str) -> tuple[str, str] | None:
    """The identity a normalised key names, where it names one."""
    kind, colon, value = key.partition(":")
    return (kind, value) if colon and kind in KEY_KINDS and value else None
