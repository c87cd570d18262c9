"""The desk that tests of stored value stand at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huike.kernel.scope import EVERYTHING
from huike.ledger.models import Lot
from huike.ledger.selectors import standing
from huike.loyalty.models import TopUp, ValueRefund
from huike.loyalty.stored_value import rules, services
from huike.loyalty.stored_value.rules import Paid, RefundPart
from huike.platform.audit import SYSTEM, Actor
from tests.tills import NOW

MONEY = "money:CNY"
PLAN = {"key": "p500", "name": "充 500 送 50", "pay_minor": 50_000, "bonus_minor": 5_000}
CLERK = Actor("user", 7, "赵敏")


def plans(**told: Any) -> dict[str, Any]:
    """Terms of stored value: pay 500.00, get 50.00; no limits but those told."""
    free = {"most_named_minor": None, "most_unnamed_minor": None, "id_from_minor": None}
    return {"stored_value": {"plans": [PLAN], "law": {**free, **told.pop("law", {})}, **told}}


def top_up(who: int, paid: dict[str, int] | None = None, *, now: datetime = NOW, **told: Any) -> TopUp:
    """By the plan, in cash, where nothing is said."""
    told = told if paid else {"plan_key": "p500", **told}
    tenders = [Paid(tender, amount) for tender, amount in (paid or {"cash": 50_000}).items()]
    draft = services.TopUpDraft(tenders=tenders, store_id=told.pop("store_id", None), **told)
    return services.top_up(who, draft, actor=CLERK, scope=EVERYTHING, now=now)


def quoted(who: int, amount: int | None = None, *, now: datetime = NOW) -> list[RefundPart]:
    return services.quote_refund(who, amount, scope=EVERYTHING, now=now)


def refund(who: int, amount: int | None = None, *, now: datetime = NOW, store_id: int | None = None) -> ValueRefund:
    """As the desk does it: what is shown first, and then that."""
    parts = quoted(who, amount, now=now)
    return services.refund(
        who,
        sum(part.taken_minor for part in parts),
        expected=rules.by_tender(parts),
        store_id=store_id,
        actor=CLERK,
        scope=EVERYTHING,
        now=now,
    )


def freeze(who: int, frozen: bool = True, reason: str = "card stolen") -> None:
    services.set_frozen(who, frozen=frozen, reason=reason, actor=SYSTEM, scope=EVERYTHING, now=NOW)


def has(who: int, *, now: datetime = NOW) -> tuple[int, int]:
    """(paid, bonus) she may spend."""
    lots = Lot.objects.filter(account__customer_id=who, account__asset__key=MONEY)
    sums = {kind: sum(lot.available for lot in lots if lot.kind == kind) for kind in ("paid", "bonus")}
    return sums["paid"], sums["bonus"]


def balance(who: int, *, now: datetime = NOW) -> int:
    return standing(MONEY, who, now=now).balance
