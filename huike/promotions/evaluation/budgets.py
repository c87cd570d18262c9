"""Which budgets an order draws on, and whether there is something left in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from huike.promotions.evaluation.cart import Cart, Reason
from huike.promotions.evaluation.effects import Plan
from huike.promotions.rules import Terms
from huike.promotions.terms.limits import Budget, BudgetOf, BudgetPeriod


class Spent(NamedTuple):
    uses: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Draw:
    """One budget an order draws on: `key` is unique among all, for good."""

    key: str
    budget: Budget


def draws_of(terms: Terms, cart: Cart, *, zone: ZoneInfo) -> list[Draw] | Reason:
    """Every budget of the offer an order of this cart would draw on; a reason where it cannot be told whose it is."""
    draws = []
    for budget in terms.document.budgets:
        subject: int | None = 0
        if budget.of == BudgetOf.CUSTOMER:
            subject = cart.customer_id
        elif budget.of == BudgetOf.STORE:
            subject = cart.store_id
        if subject is None:
            return Reason("offer.needs_customer" if budget.of == BudgetOf.CUSTOMER else "offer.needs_store")
        draws.append(Draw(budget_key(terms.offer_id, budget, subject=subject, at=cart.at, zone=zone), budget))
    return draws


def budget_key(offer_id: int, budget: Budget, *, subject: int, at: datetime, zone: ZoneInfo) -> str:
    """`subject` is the customer or the store, 0 for the offer as a whole."""
    return f"{offer_id}:{budget.of}:{subject}:{budget.period}:{period_start(at, budget.period, zone) or ''}"


def passed_to(key: str, customer_id: int) -> str:
    """The key of the same budget of this customer, where it is a customer's; any other key as it is."""
    offer_id, of, _, period = key.split(":", 3)
    return f"{offer_id}:{of}:{customer_id}:{period}" if of == BudgetOf.CUSTOMER else key


def period_start(at: datetime, period: BudgetPeriod, zone: ZoneInfo) -> date | None:
    """The first day of the calendar period, in the operator's zone; weeks begin on Monday."""
    day = at.astimezone(zone).date()
    match period:
        case BudgetPeriod.EVER:
            return None
        case BudgetPeriod.DAY:
            return day
        case BudgetPeriod.WEEK:
            return day - timedelta(days=day.weekday())
        case BudgetPeriod.MONTH:
            return day.replace(day=1)
        case BudgetPeriod.YEAR:
            return day.replace(month=1, day=1)


def within_budgets(
    plan: Plan, terms: Terms, cart: Cart, spent: Mapping[str, Spent], *, zone: ZoneInfo
) -> Plan | Reason:
    """The plan, taking off no more than what is left of the amounts; or the first budget that is used up."""
    draws = draws_of(terms, cart, zone=zone)
    if isinstance(draws, Reason):
        return draws
    most = plan.most_minor
    for draw in draws:
        stands = spent.get(draw.key, Spent(0, 0))
        budget = draw.budget
        used_up = budget.uses is not None and stands.uses >= budget.uses
        if budget.amount_minor is not None:
            room = budget.amount_minor - stands.amount_minor
            used_up = used_up or room <= 0
            most = room if most is None else min(most, room)
        if used_up:
            return Reason("offer.budget_used_up", {"of": budget.of.value, "period": budget.period.value})
    return plan if most == plan.most_minor else replace(plan, most_minor=most)
