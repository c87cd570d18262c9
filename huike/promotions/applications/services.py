"""Writes: what an order stands with, and drawing on budgets. In the transaction of the order, after its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from huike.platform import sql
from huike.platform.outbox import announce
from huike.promotions.errors import OfferBudgetUsedUp
from huike.promotions.evaluation.budgets import Draw, draws_of, passed_to
from huike.promotions.evaluation.cart import Cart
from huike.promotions.evaluation.evaluate import Evaluation
from huike.promotions.events import OfferApplied
from huike.promotions.models import Application


class _Change(NamedTuple):
    """What is added to a budget, and the limits it must stay within; none where it is only given back."""

    offer_id: int
    uses: int = 0
    amount_minor: int = 0
    most_uses: int | None = None
    most_minor: int | None = None


def record(
    evaluation: Evaluation,
    cart: Cart,
    *,
    order_id: int,
    replaces: Sequence[Application] = (),
    zone: ZoneInfo,
) -> None:
    """Write what an order stands with, in place of what an earlier revision did, and draw on the budgets.

    Raises OfferBudgetUsedUp where somebody drew what was left since it was evaluated; the caller's transaction must
    then roll back.
    """
    changes: dict[str, _Change] = {}
    for each in replaces:
        _give_back(changes, each)
    rows = []
    for verdict in evaluation.standing:
        terms = verdict.terms
        if terms is None:
            continue
        draws = draws_of(terms, cart, zone=zone)
        of_order: list[Draw] = draws if isinstance(draws, list) else []
        for draw in of_order:
            _add(changes, terms.offer_id, draw, verdict.discount_minor)
        rows.append(
            Application(
                order_id=order_id,
                offer_id=terms.offer_id,
                terms_id=terms.terms_id,
                coupon_id=verdict.coupon.id if verdict.coupon else None,
                discount_minor=verdict.discount_minor,
                currency=cart.currency,
                line_discounts=list(verdict.discounts_minor),
                given=asdict(verdict.given) if verdict.given else None,
                draws=[draw.key for draw in of_order],
                applied_at=cart.at,
            )
        )
    if replaces:
        Application.objects.filter(order_id=order_id).delete()
    Application.objects.bulk_create(rows)
    _draw(changes)
    for row in rows:
        announce(
            OfferApplied(
                offer_id=row.offer_id,
                order_id=order_id,
                discount_minor=row.discount_minor,
                currency=row.currency,
                customer_id=cart.customer_id,
                occurred_at=cart.at,
            )
        )


def withdraw(applications: Sequence[Application]) -> None:
    """An order stands with nothing any more: it was cancelled, or its newer revision is not evaluated."""
    if not applications:
        return
    changes: dict[str, _Change] = {}
    for each in applications:
        _give_back(changes, each)
    Application.objects.filter(pk__in=[each.pk for each in applications]).delete()
    _draw(changes)


def give_back_returned(applications: Iterable[Application], *, at: datetime) -> None:
    """A sale came back whole: budgets get back what it used where their terms say so, once."""
    changes: dict[str, _Change] = {}
    ended = []
    for each in applications:
        if each.given_back_at is None and each.draws and each.terms.terms.given_back_on_return:
            _give_back(changes, each)
            ended.append(each.pk)
    # Whoever marks them gives back; a second return that arrives at the same moment finds them marked.
    if ended and Application.objects.filter(pk__in=ended, given_back_at=None).update(given_back_at=at) == len(ended):
        _draw(changes)


def settle_people(customer_ids: Sequence[int]) -> None:
    """Orders of these people passed to one another (files were merged, or parted again): what the orders drew on
    budgets of a customer stands with whose orders they are now, also above a limit it is over by then."""
    changes: dict[str, _Change] = {}
    rows = Application.objects.filter(order__customer_id__in=customer_ids).exclude(draws=[])
    moved = []
    for each in rows.select_related("order").select_for_update(of=("self",)).order_by("pk"):
        owner = each.order.customer_id
        draws = [passed_to(key, owner) for key in each.draws] if owner is not None else each.draws
        if draws == each.draws:
            continue
        _give_back(changes, each)
        each.draws = draws
        _give_back(changes, each, times=-1)
        moved.append(each)
    Application.objects.bulk_update(moved, ["draws"])
    _draw(changes)


def _give_back(changes: dict[str, _Change], application: Application, *, times: int = 1) -> None:
    """What it drew, less by so many times; -1 draws it anew, whatever the limit."""
    if application.given_back_at is not None:
        return
    for key in application.draws:
        before = changes.get(key, _Change(application.offer_id))
        changes[key] = before._replace(
            uses=before.uses - times, amount_minor=before.amount_minor - times * application.discount_minor
        )


def _add(changes: dict[str, _Change], offer_id: int, draw: Draw, amount_minor: int) -> None:
    before = changes.get(draw.key, _Change(offer_id))
    changes[draw.key] = before._replace(
        uses=before.uses + 1,
        amount_minor=before.amount_minor + amount_minor,
        most_uses=draw.budget.uses,
        most_minor=draw.budget.amount_minor,
    )


_DRAW = """
INSERT INTO promotions_budget_use AS b (key, offer_id, uses, amount_minor)
VALUES (%(key)s, %(offer_id)s, %(uses)s::bigint, %(amount_minor)s::bigint)
    ON CONFLICT (key) DO UPDATE SET uses = b.uses + excluded.uses, amount_minor = b.amount_minor + excluded.amount_minor
     WHERE (%(most_uses)s::bigint IS NULL OR b.uses + excluded.uses <= %(most_uses)s::bigint)
       AND (%(most_minor)s::bigint IS NULL OR b.amount_minor + excluded.amount_minor <= %(most_minor)s::bigint)
RETURNING 1
"""

# What is less or the same number of uses was drawn before: its row is there, and a limit that was lowered since does
# not matter to what is given back.
_REDRAW = """
UPDATE promotions_budget_use AS b
   SET uses = b.uses + %(uses)s::bigint, amount_minor = b.amount_minor + %(amount_minor)s::bigint
 WHERE key = %(key)s AND (%(amount_minor)s::bigint <= 0 OR %(most_minor)s::bigint IS NULL
                          OR b.amount_minor + %(amount_minor)s::bigint <= %(most_minor)s::bigint)
RETURNING 1
"""


def _draw(changes: dict[str, _Change]) -> None:
    """One conditional statement per budget, in the order of keys, so that nobody waits in a ring."""
    for key in sorted(changes):
        change = changes[key]
        if change.uses == change.amount_minor == 0:
            continue
        params = {"key": key, **change._asdict()}
        if change.uses <= 0:
            del params["most_uses"], params["offer_id"]
        if sql.row(_DRAW if change.uses > 0 else _REDRAW, params) is None:
            raise OfferBudgetUsedUp(offer_id=change.offer_id)
