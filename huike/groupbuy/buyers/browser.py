"""Who sits before this browser: by the address she confirmed on it, or by the session of her own page.

What was confirmed is kept by the browser itself, sealed: the house remembers nothing of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from huike.channels.secrets import SecretUnreadable, decrypt, encrypt
from huike.customers.privacy.public import own_session
from huike.customers.rules import mask_email, mask_phone
from huike.customers.services import known_buyer
from huike.groupbuy.models import Participation
from huike.platform.config import get_config

COOKIE: Final = "huike_buyer"
# A number may change hands.
KEPT_FOR: Final = timedelta(days=90)
_SEAL: Final = "groupbuy buyer"
_LONGEST: Final = 1_000
# Phone numbers and addresses are of no source.
_NO_SOURCE: Final = 0


@dataclass(frozen=True, slots=True)
class Who:
    """`known_by` as a purchase is made by; `customer_id` None while nobody is known by it; `shown` is the address with
    its middle hidden, empty for the session of her own page."""

    known_by: tuple[str, str]
    customer_id: int | None
    shown: str = ""


def who(request: HttpRequest, *, now: datetime) -> Who | None:
    """Whoever confirmed her address here, else whoever is signed in on her own page."""
    confirmed = _confirmed(request, now=now)
    return confirmed if confirmed is not None else _signed_in(request)


def is_hers(request: HttpRequest, one: Participation, *, now: datetime) -> bool:
    """Whether what was bought belongs to somebody this browser is known to be."""
    found = (_confirmed(request, now=now), _signed_in(request))
    return any(person is not None and person.customer_id == one.customer_id for person in found)


def _confirmed(request: HttpRequest, *, now: datetime) -> Who | None:
    told = _unseal(request.COOKIES.get(COOKIE, "")[:_LONGEST])
    if told is None:
        return None
    kind, address, until = told
    if now.timestamp() >= until:
        return None
    shown = mask_phone(address) if kind == "phone" else mask_email(address)
    return Who((kind, address), known_buyer([(kind, address)], source_id=_NO_SOURCE), shown or "")


def _signed_in(request: HttpRequest) -> Who | None:
    session = own_session(request)
    return None if session is None else Who(("id", str(session.customer_id)), session.customer_id)


def remember(response: HttpResponse, kind: str, address: str, *, now: datetime) -> None:
    """From now on this browser is hers."""
    told = json.dumps([kind, address, int((now + KEPT_FOR).timestamp())])
    sealed = encrypt(told, key=get_config().key(), purpose=_SEAL)
    response.set_cookie(
        COOKIE,
        sealed.rstrip("=").translate(_TO_COOKIE),
        max_age=int(KEPT_FOR.total_seconds()),
        path="/deals",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path="/deals", samesite="Lax")


_TO_COOKIE: Final = str.maketrans("+/", "-_")
_FROM_COOKIE: Final = str.maketrans("-_", "+/")


def _unseal(kept: str) -> tuple[str, str, int] | None:
    """None for whatever this house did not write."""
    if not kept or not kept.isascii():
        return None
    sealed = kept.translate(_FROM_COOKIE)
    try:
        told = decrypt(sealed + "=" * (-len(sealed) % 4), key=get_config().key(), purpose=_SEAL)
    except (SecretUnreadable, ValueError):
        return None
    kind, address, until = json.loads(told)
    return kind, address, until
