"""Reads: batches with what became of their cards, one card, a customer's cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from huike.customers.timeline import Entry
from huike.kernel.scope import EVERYTHING, Scope
from huike.loyalty.cards.errors import BatchNotFound, CardNotFound
from huike.loyalty.models import Card, CardBatch, CardChange, Member, Programme
from huike.platform import sql


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch, and how many of its cards are in each state; states without any are absent."""

    batch: CardBatch
    states: dict[str, int]


def list_batches(*, kind: str | None = None) -> QuerySet[CardBatch]:
    batches = CardBatch.objects.all()
    return batches.filter(kind=kind) if kind is not None else batches


def batch_views(batches: Iterable[CardBatch]) -> list[BatchView]:
    listed = list(batches)
    states: dict[int, dict[str, int]] = {batch.pk: {} for batch in listed}
    counted = Card.objects.filter(batch_id__in=list(states)).values_list("batch_id", "state")
    for batch_id, state, count in counted.annotate(n=Count("pk")).order_by():
        states[batch_id][state] = count
    return [BatchView(batch, states[batch.pk]) for batch in listed]


def find_batch(batch_id: int) -> BatchView:
    """Raises BatchNotFound."""
    batch = CardBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise BatchNotFound
    return batch_views([batch])[0]


def numbers_of_batch(batch_id: int) -> Iterator[str]:
    """In the order they were made; those of erased people are no numbers any more and left out."""
    numbers = Card.objects.filter(batch_id=batch_id).exclude(number__startswith="-").order_by("pk")
    return numbers.values_list("number", flat=True).iterator(chunk_size=5_000)


def normalised(number: str) -> str:
    """A number as it is kept, from how it is printed or read aloud."""
    return "".join(part for part in number if part not in " -\u3000\xa0").strip()


@dataclass(frozen=True, slots=True)
class Silent:
    """A card that names nobody now: its state, and whose it was at an instant, where it was active then."""

    number: str
    state: str
    holder_id: int | None


def silent_cards(numbers: Iterable[str], *, at: datetime) -> list[Silent]:
    """Those of these numbers that are cards of a batch and name nobody now."""
    found = sql.rows(
        """
        SELECT c.number, c.state,
               CASE WHEN (SELECT h.to_state FROM loyalty_card_change h
                           WHERE h.card_id = c.id AND h.at <= %(at)s ORDER BY h.at DESC, h.id DESC LIMIT 1) = 'active'
                    THEN c.customer_id END
          FROM loyalty_card c
         WHERE c.number = ANY(%(numbers)s::text[]) AND c.state <> 'active'
         ORDER BY c.number
        """,
        {"numbers": list(numbers), "at": at},
    )
    return [Silent(*row) for row in found]


def find_card(number: str, *, scope: Scope = EVERYTHING) -> Card:
    """Raises CardNotFound, also for a card of a customer outside the scope."""
    card = _within(scope).filter(number=normalised(number)).select_related("batch", "customer", "replaces").first()
    if card is None:
        raise CardNotFound
    return card


def _within(scope: Scope) -> QuerySet[Card]:
    cards = Card.objects.all()
    if scope.all_stores:
        return cards
    return cards.filter(Q(customer=None) | Q(customer__home_store_id__in=sorted(scope.store_ids)))


def changes_of(card_id: int) -> list[CardChange]:
    return list(CardChange.objects.filter(card_id=card_id).order_by("at", "pk"))


def successor_of(card_id: int) -> str | None:
    """The number of the card that took this one's place."""
    return Card.objects.filter(replaces_id=card_id).values_list("number", flat=True).first()


def cards_of(customer_id: int) -> list[Card]:
    """Every card she has or had, the newest first."""
    return list(Card.objects.filter(customer_id=customer_id).select_related("batch").order_by("-bound_at", "-pk"))


def card_to_show(customer_id: int) -> Card | None:
    """The card her phone shows: the active one she has had for the shortest time."""
    return Card.objects.filter(customer_id=customer_id, state=Card.State.ACTIVE).order_by("-bound_at", "-pk").first()


def membership_of(customer_id: int) -> Member | None:
    """Hers in the programme that runs, if she is in it."""
    running = [Programme.State.ACTIVE, Programme.State.PAUSED]
    return Member.objects.filter(customer_id=customer_id, programme__state__in=running).first()


CARD_MOMENTS = """
SELECT h.at, h.id FROM loyalty_card c JOIN loyalty_card_change h ON h.card_id = c.id
 WHERE c.customer_id = %(customer_id)s::bigint
"""


def timeline_of_cards(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time a card of this customer changed its state."""
    return [
        Entry(
            at=change.at,
            kind="card",
            id=change.pk,
            title_code=f"timeline.card.{change.to_state}",
            params={"number_end": change.card.number[-4:]},
        )
        for change in CardChange.objects.filter(pk__in=ids).select_related("card")
    ]
