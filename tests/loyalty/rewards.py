"""The small world tests of rewards share: a programme, members with points, and things to exchange them for."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction

from huike.ledger.books import open_books
from huike.loyalty.models import Programme, Redemption, Reward
from huike.loyalty.rewards import services
from huike.loyalty.rewards.services import RewardDraft
from huike.platform.audit import SYSTEM
from tests.loyalty.members import member
from tests.promotions.offers import active, percent_off
from tests.tills import NOW

_numbers = count(1)
_phones = count(13_900_000_000)

PRODUCT: dict[str, Any] = {"kind": "product", "name_zh": "帆布袋", "name_en": "Canvas bag", "points": 120}
BENEFIT: dict[str, Any] = {
    "kind": "benefit",
    "name_zh": "影院兑换码",
    "name_en": "Cinema code",
    "points": 200,
    "has_codes": True,
}


def give(of: Programme, customer_id: int, points: int, **told: Any) -> None:
    with transaction.atomic(), open_books(f"points:{of.pk}", [customer_id]) as books:
        books.earn(customer_id, points, key=f"gift:{next(_numbers)}", **{"at": NOW, **told})


def rich(of: Programme, points: int = 1_000, **told: Any) -> int:
    """A member with so many points."""
    her = member(of, f"+86{next(_phones)}")
    if points:
        give(of, her, points, **told)
    return her


def offer() -> int:
    made = active(percent_off(2_000, valid_days=30), "八折")
    return made.pk


def reward(**told: Any) -> Reward:
    """Active, the canvas bag where nothing else is said."""
    made = services.create_reward(RewardDraft(**{**PRODUCT, **told}), actor=SYSTEM)
    services.activate_reward(made.pk, actor=SYSTEM)
    return made


def redeem(what: Reward, customer_id: int, *, key: str = "", now: datetime = NOW) -> Redemption:
    return services.redeem(what.pk, customer_id, key=key or f"k{next(_numbers)}", now=now, actor=SYSTEM)


def history(redemption: Redemption) -> list[tuple[str | None, str]]:
    return list(redemption.changes.order_by("pk").values_list("from_state", "to_state"))


def taken(what: Reward) -> int:
    return Reward.objects.values_list("taken", flat=True).get(pk=what.pk)
