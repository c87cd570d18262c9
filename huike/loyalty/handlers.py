"""What loyalty does when something is announced."""

from __future__ import annotations

from collections.abc import Sequence

from huike.behaviour.events import CheckedIn
from huike.imports.events import ImportFinished
from huike.loyalty.earning import bonuses
from huike.loyalty.tasks import start_judging
from huike.orders import kept
from huike.orders.events import OrderPlaced, OrderReturned, OrderRevised
from huike.platform.outbox import StoredEvent, handler


@handler("loyalty.enrol_imported", events=[ImportFinished])
def enrol_imported(events: Sequence[StoredEvent]) -> None:
    """A file may have brought members: they are enrolled by the task that looks for whoever is due."""
    start_judging(requested_by_id=None)


@handler("loyalty.bonus_for_check_in", events=[CheckedIn])
def bonus_for_check_in(events: Sequence[StoredEvent]) -> None:
    for event in events:
        if event.customer_id is not None:
            subject = str(event.payload["check_in_id"])
            bonuses.award(event.customer_id, bonuses.Event.CHECK_IN, subject, event.occurred_at)


@handler("loyalty.bonus_for_referral", events=[OrderPlaced, OrderRevised])
def bonus_for_referral(events: Sequence[StoredEvent]) -> None:
    """A friend who was sent bought something; a sale may be told to be hers only later."""
    for order_id in bonuses.orders_of(event.payload["order_id"] for event in events):
        bonuses.award_referral(order_id)


@handler("loyalty.referral_follows_return", events=[OrderReturned, OrderRevised])
def referral_follows_return(events: Sequence[StoredEvent]) -> None:
    """What a friend's order earned hangs on what is left of it."""
    for order_id in kept.sales_of(event.payload["order_id"] for event in events):
        bonuses.follow_return(order_id)
