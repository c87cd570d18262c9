"""From an address that somebody typed to one that is shown to be hers. `docs/algorithms/group-life.md`, section 10.

Nobody is looked up here: what is said is the same whether the address is known or not.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.db.models import F

from huike.channels import codes
from huike.channels.errors import CodeSpent, CodeWrong, SendsSpent, TooSoon
from huike.channels.secrets import decrypt, encrypt
from huike.groupbuy.buyers.errors import ConfirmationNotFound
from huike.groupbuy.buyers.words import WORDINGS
from huike.groupbuy.models import Confirmation
from huike.platform import sql
from huike.platform.config import get_config
from huike.platform.limits import Limit, take

KEPT: Final = timedelta(days=1)
FORMS_PER_NETWORK: Final = Limit("buyers' codes asked for, network", 60, timedelta(hours=1))
TRIES_PER_NETWORK: Final = Limit("buyers' codes tried, network", 120, timedelta(hours=1))
CODES_PER_ADDRESS: Final = Limit("buyers' codes, address", 5, timedelta(hours=1))
CODES_PER_ADDRESS_AND_DAY: Final = Limit("buyers' codes, address and day", 10, timedelta(days=1))
CODES_OF_THE_HOUSE: Final = Limit("buyers' codes, house", 1_000, timedelta(hours=1))
_PURPOSE: Final = "groupbuy"
_SEAL: Final = "groupbuy confirmation"


def begin(kind: str, address: str, *, language: str, network: str, now: datetime, send: bool = True) -> str:
    """Send a code to this normalised address; the token the page of the code is found by.

    With `send` False everything looks the same and nothing is sent. Raises RateLimited, CodeNotSent.
    """
    take(FORMS_PER_NETWORK, network, now=now)
    token = secrets.token_urlsafe(24)
    made = Confirmation.objects.create(
        token_hash=_digest(token),
        kind=kind,
        address_sealed=encrypt(address, key=get_config().key(), purpose=_SEAL),
        language=language,
        asked_at=now,
    )
    if send:
        _send(made, now=now)
    return token


def find(token: str) -> Confirmation:
    """Raises ConfirmationNotFound."""
    found = Confirmation.objects.filter(token_hash=_digest(token)).first()
    if found is None:
        raise ConfirmationNotFound
    return found


def address_of(one: Confirmation) -> str:
    return decrypt(one.address_sealed, key=get_config().key(), purpose=_SEAL)


def send_again(one: Confirmation, *, now: datetime) -> None:
    """A new code in place of the old one. Raises TooSoon, SendsSpent, RateLimited, CodeNotSent."""
    if one.code_sent_at is not None and now - one.code_sent_at < codes.COOL_DOWN:
        left = codes.COOL_DOWN - (now - one.code_sent_at)
        raise TooSoon(wait_seconds=max(1, int(left.total_seconds())))
    _send(one, now=now)


def _send(one: Confirmation, *, now: datetime) -> None:
    address = address_of(one)
    take(CODES_OF_THE_HOUSE, now=now)
    take(CODES_PER_ADDRESS, one.kind, address, now=now)
    take(CODES_PER_ADDRESS_AND_DAY, one.kind, address, now=now)
    code = codes.new_code()
    # Two presses at once: one of them takes this send, the other finds the cool-down.
    taken = Confirmation.objects.filter(
        pk=one.pk, sends_count=one.sends_count, sends_count__lt=codes.MOST_SENDS
    ).update(
        code_hmac=codes.code_hmac(_PURPOSE, one.pk, code),
        code_sent_at=now,
        expires_at=now + codes.LIFETIME,
        tries_left=codes.TRIES,
        sends_count=F("sends_count") + 1,
    )
    if not taken:
        if one.sends_count >= codes.MOST_SENDS:
            raise SendsSpent
        raise TooSoon(wait_seconds=int(codes.COOL_DOWN.total_seconds()))
    one.refresh_from_db()
    codes.send_code(one.kind, address, code, WORDINGS[one.language])


def confirm(one: Confirmation, code: str, *, network: str, now: datetime) -> tuple[str, str]:
    """Spend a try; with the right code, the (kind, address) that is hers, and the code is used up.

    Raises RateLimited, CodeWrong, CodeSpent.
    """
    take(TRIES_PER_NETWORK, network, now=now)
    spent = sql.row(
        """
        UPDATE groupbuy_confirmation SET tries_left = tries_left - 1
         WHERE id = %(id)s AND tries_left > 0 AND expires_at > %(now)s
        RETURNING code_hmac, tries_left
        """,
        {"id": one.pk, "now": now},
    )
    if spent is None:
        raise CodeSpent
    kept, tries_left = spent
    if not codes.is_code(_PURPOSE, one.pk, code, kept):
        if tries_left == 0:
            raise CodeSpent
        raise CodeWrong(tries_left=tries_left)
    gone, _ = Confirmation.objects.filter(pk=one.pk).delete()
    if not gone:
        raise CodeSpent  # typed twice at once: one of them came in
    return one.kind, address_of(one)


def forget_old(now: datetime) -> int:
    """Confirmations nobody finished within a day; how many."""
    return Confirmation.objects.filter(asked_at__lt=now - KEPT).delete()[0]


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
