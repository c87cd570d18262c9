"""A phone that keeps her card: she proved who she is once, by a link, and asked this phone to remember it.

It opens her card page and nothing else: not her data, and no change but of the card itself.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from huike.customers import selectors
from huike.customers.errors import CustomerNotFound
from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.loyalty.models import KeptCard

KEPT_FOR: Final = timedelta(days=180)


def keep(customer_id: int, *, now: datetime) -> str:
    """What the phone is to remember; the house keeps its hash."""
    token = secrets.token_urlsafe(32)
    KeptCard.objects.create(customer_id=customer_id, token_sha256=_digest(token), kept_at=now, ends_at=now + KEPT_FOR)
    return token


def whose(token: str, *, now: datetime) -> Customer | None:
    """Whose card a phone keeps, while it may."""
    kept = KeptCard.objects.filter(token_sha256=_digest(token), ends_at__gt=now).first() if token else None
    if kept is None:
        return None
    try:
        return selectors.find_standing(kept.customer_id, scope=EVERYTHING)
    except CustomerNotFound:
        return None


def let_go(token: str) -> None:
    KeptCard.objects.filter(token_sha256=_digest(token)).delete()


def let_go_everywhere(customer_id: int) -> None:
    """No phone keeps her card any more: one of them may be what she lost."""
    KeptCard.objects.filter(customer_id=customer_id).delete()


def forget_ended(now: datetime) -> int:
    gone, _ = KeptCard.objects.filter(ends_at__lte=now).delete()
    return gone


def _digest(token: str) -> str:
    """256 random bits cannot be searched backwards."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
