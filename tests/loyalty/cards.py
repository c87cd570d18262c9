"""The small world tests of cards share: people, a box of cards, and what a number finds."""

from __future__ import annotations

from typing import Any

from huike.customers.models import Customer
from huike.customers.services import CustomerDraft, create_customer, known_buyer
from huike.kernel.scope import EVERYTHING
from huike.loyalty.cards import services
from huike.loyalty.models import Card, CardBatch, CardChange
from huike.platform.audit import SYSTEM
from tests.tills import NOW

ACT: dict[str, Any] = {"actor": SYSTEM, "scope": EVERYTHING, "now": NOW}
# The first numbers of prefix 8800 and length 12, by the page of the algorithm.
FIRST, SECOND, THIRD = "880000000013", "880000000021", "880000000039"


def customer(name: str = "王小明", **told: Any) -> int:
    return int(create_customer(CustomerDraft(name=name, **told), actor=SYSTEM, scope=EVERYTHING).pk)


def box(count: int = 3, **told: Any) -> CardBatch:
    defaults: dict[str, Any] = {
        "name": "南京西路店",
        "kind": "physical",
        "prefix": "8800",
        "length": 12,
        "unguessable": False,
        "count": count,
    }
    return services.make_batch(services.BatchDraft(**{**defaults, **told}), actor=SYSTEM, now=NOW)


def bind(number: str, customer_id: int, **told: Any) -> Card:
    return services.bind_card(number, customer_id, **{**ACT, **told})


def whose(number: str) -> int | None:
    """Whom a till finds that sends this card number."""
    return known_buyer([("card", number)], source_id=0)


def state_of(number: str) -> str:
    return Card.objects.get(number=number).state


def history(number: str) -> list[tuple[str, str, str]]:
    changes = CardChange.objects.filter(card__number=number).order_by("pk")
    return [(change.from_state, change.to_state, change.note) for change in changes]


def shown_on_file(customer_id: int) -> str | None:
    return Customer.objects.get(pk=customer_id).card_number
