"""What a person is known by, how it is shown, and whose word about consent counts."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

import phonenumbers

from huike.customers.errors import CardInvalid, EmailInvalid, IdentityOfNobody, PhoneInvalid
from huike.kernel.text import clean_line

# One @, a dot in the domain, nothing a header or a list of addresses could be broken with. Bulk upserts use the same.
EMAIL_PATTERN: Final = r"^[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]+\.[^\s@<>()\[\],;:\\\".]{2,}$"
CARD_PATTERN: Final = r"^[0-9A-Z]{4,40}$"
_EMAIL = re.compile(EMAIL_PATTERN)
_CARD = re.compile(CARD_PATTERN)
_EMAIL_LONGEST = 254
_AROUND_EMAIL: Final = " \t<>\"'“”‘’《》【】()[],;.。,;、"
_CARD_SEPARATORS = re.compile(r"[\s\-_.]")
CHINA: Final = ("CN",)
_UUID = re.compile(r"^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$", re.IGNORECASE)
_MAC = re.compile(r"^[0-9a-f]{2}([:\-][0-9a-f]{2}){5}$", re.IGNORECASE)
_NOT_HEX = re.compile(r"[^0-9a-f]")
NOBODY: Final = frozenset({"", "null", "undefined", "nan", "none", "anonymous", "guest", "0", "[object object]"})
"""What programs send, in lower case, when they know nobody: taken for an id, all strangers would be one person."""

# Which identity decides when an order tells several that lead to different people; the first known one wins.
KINDS_OF_SOURCE: Final = frozenset({"external", "wechat_openid"})
"""Kinds whose values only mean something at their source: an id there, a WeChat id of one app."""
IDENTITY_STRENGTH: Final = ("id", "external", "wechat_unionid", "wechat_openid", "card", "phone", "email", "device")


def normalise_email(text: str) -> str:
    """Lower case, without what people copy along: `mailto:`, angle brackets, quotes, a full stop. Raises EmailInvalid.

    The local part is folded too: no mailbox provider in use tells `Li@` from `li@`, and people type both. Dots in it
    stay, since only some providers ignore them. A domain written in Punycode becomes its letters.
    """
    email = unicodedata.normalize("NFKC", text).strip().lower().removeprefix("mailto:").strip(_AROUND_EMAIL)
    local, at, domain = email.rpartition("@")
    if at and "xn--" in domain:
        try:
            email = f"{local}@{domain.encode('ascii').decode('idna')}"
        except UnicodeError as error:
            raise EmailInvalid from error
    if len(email) > _EMAIL_LONGEST or not email.isprintable() or not _EMAIL.match(email) or ".." in email:
        raise EmailInvalid
    return email


def normalise_phone(text: str, *, regions: Sequence[str] = CHINA) -> str:
    """E.164 (`+8613812345678`). A number without country code is one of the first of these regions (`CN`) that has
    such a number; one with it is what it says. Raises PhoneInvalid."""
    for region in regions:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise PhoneInvalid


def beginnings_of_phone(digits: str, *, regions: Sequence[str] = CHINA) -> list[str]:
    """How a stored number may begin whose first digits, without country code, somebody is typing."""
    codes = dict.fromkeys(phonenumbers.country_code_for_region(region) for region in regions)
    return [f"+{code}{digits}" for code in codes]


def normalise_device(text: str) -> str:
    """The id of a device: what is written as a UUID or a network address in one way, the rest as told.

    Raises IdentityOfNobody for what devices tell that hide theirs (all zeros).
    """
    told = _named(text)
    bare = _NOT_HEX.sub("", told.lower())
    if _UUID.match(told) or _MAC.match(told):
        if not bare.strip("0") or not bare.strip("f"):
            raise IdentityOfNobody
        if len(bare) == 12:
            return ":".join(bare[at : at + 2] for at in range(0, 12, 2))
        return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
    return told


def _named(text: str) -> str:
    """The text on one line. Raises IdentityOfNobody for what programs send when they know nobody."""
    told = clean_line(text)
    if told.lower() in NOBODY:
        raise IdentityOfNobody
    return told


def normalise_card(text: str) -> str:
    """Upper case without separators, 4 to 40 letters and digits. Raises CardInvalid."""
    card = _CARD_SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _CARD.match(card):
        raise CardInvalid
    return card


def normalise_identity(kind: str, text: str, *, regions: Sequence[str] = CHINA) -> str:
    """The form an identity of this kind is stored and looked up in; `regions` as `normalise_phone`.

    Raises EmailInvalid, PhoneInvalid, CardInvalid, IdentityOfNobody.
    """
    if kind == "email":
        return normalise_email(text)
    if kind == "phone":
        return normalise_phone(text, regions=regions)
    if kind == "card":
        return normalise_card(text)
    if kind == "device":
        return normalise_device(text)
    if kind == "id":
        return clean_line(text)
    if kind in {"wechat_openid", "wechat_unionid"}:
        # Letters, digits, - and _ by WeChat; full-width ones come from an input method. Case tells two people apart.
        return _named(unicodedata.normalize("NFKC", text).replace(" ", ""))
    return _named(text)


def normalise_tag(text: str) -> str:
    """A tag as it is stored: one line of at most 40 characters; empty where nothing is left."""
    return clean_line(text)[:40]


def merge_tags(current: Iterable[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> list[str]:
    """The tags after adding and removing, each once, in alphabetical order of code points."""
    gone = {normalise_tag(tag) for tag in remove}
    kept = {normalise_tag(tag) for tag in (*current, *add)}
    return sorted(kept - gone - {""})


@dataclass(frozen=True, slots=True)
class NameKeys:
    """What a name is searched by besides itself: `wangxiaoming` and `wxm` for 王小明."""

    pinyin: str
    initials: str


@lru_cache(maxsize=50_000)
def name_keys(name: str) -> NameKeys:
    """The keys of a name: pinyin of Chinese characters, other letters folded to lower case, spaces dropped."""
    from pypinyin import Style, lazy_pinyin  # loads its dictionaries, 30 MB that most processes never need

    spelled = lazy_pinyin(name.lower(), style=Style.NORMAL, errors=_words)  # type: ignore[arg-type]  # a list is welcome
    words = [word for word in spelled if word]
    pinyin = "".join(words)
    initials = "".join(word[0] for word in words)
    return NameKeys(pinyin[:400], initials[:40])


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def mask_phone(phone: str | None) -> str | None:
    """`+86 138****5678`: enough to tell two people apart at a counter, not enough to call."""
    if not phone:
        return phone
    country, rest = ("+86 ", phone[3:]) if phone.startswith("+86") else ("", phone)
    shown = 3 if len(rest) >= 10 else 0
    return f"{country}{rest[:shown]}****{rest[-4:]}" if len(rest) > 4 else f"{country}****"


def mask_email(email: str | None) -> str | None:
    """`l***@example.com`."""
    if not email:
        return email
    local, _, domain = email.partition("@")
    return f"{local[:1]}***@{domain}"


def mask_card(card: str | None) -> str | None:
    """`****1234`; nothing but stars for a number so short that its end would be most of it."""
    if not card:
        return card
    return f"****{card[-4:]}" if len(card) >= 8 else "****"


def mask_identity(kind: str, value: str) -> str:
    """What the file shows of an identity before unmasking."""
    masks = {"phone": mask_phone, "email": mask_email, "card": mask_card}
    if kind == "external":
        return value
    return masks.get(kind, mask_card)(value) or ""


def household_hmac(told: str, *, key: str) -> str:
    """What a household of a source is known by: the file may call it by a family's name, which must not stay when all
    who bore it are erased."""
    return hmac.new(key.encode(), f"household\x1f{told}".encode(), sha256).hexdigest()


def address_hmac(address: str, *, channel: str, key: str) -> str:
    """The name under which an address is suppressed: keyed, so that the list cannot be read back into addresses."""
    return hmac.new(key.encode(), f"suppression\x1f{channel}\x1f{address}".encode(), sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class ConsentWord:
    """What a person said about one channel and purpose, and when."""

    state: str
    given_at: datetime


_NOES: Final = {"denied": 1, "withdrawn": 2}


def standing(words: Iterable[ConsentWord]) -> ConsentWord | None:
    """Where a person stands after these words, in whatever order they arrived.

    The latest `given_at` counts; at the same instant a "no" beats a "yes", and a withdrawal a denial.
    """
    return max(words, key=lambda word: (word.given_at, _NOES.get(word.state, 0)), default=None)
