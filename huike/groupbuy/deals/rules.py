"""Which way a deal goes, and whether it sells now. Pure; `docs/algorithms/group-life.md` is the specification."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from huike.groupbuy.deals.terms import DealDocument

SLUG_LENGTH: Final = 10

# deal state → states it may go to
MOVES: Final[dict[str, frozenset[str]]] = {
    "draft": frozenset({"on_sale", "over"}),
    "on_sale": frozenset({"paused", "over"}),
    "paused": frozenset({"on_sale", "over"}),
    "over": frozenset(),
}


def states_before(target: str) -> list[str]:
    """The deal states from which `target` may be reached."""
    return sorted(state for state, targets in MOVES.items() if target in targets)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, as a code with its parameters."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


def why_not_sold(
    *, state: str, merchant_sells: bool, starts_at: datetime, ends_at: datetime, now: datetime
) -> Refusal | None:
    """Why nobody opens or joins a group of the deal now."""
    if state in {"draft", "paused"}:
        return Refusal("deal.not_on_sale", {"state": state})
    if state == "over" or now >= ends_at:
        return Refusal("deal.over", {"ends_at": ends_at.isoformat()})
    if not merchant_sells:
        return Refusal("deal.merchant_suspended")
    if now < starts_at:
        return Refusal("deal.not_started", {"starts_at": starts_at.isoformat()})
    return None


def why_not_so_many(terms: DealDocument, *, quantity: int, has: int) -> Refusal | None:
    """Why a person who `has` pieces of the deal already may not order so many."""
    if quantity > terms.most_per_order:
        return Refusal("deal.most_per_order", {"most": terms.most_per_order})
    if terms.most_per_person is not None and has + quantity > terms.most_per_person:
        return Refusal("deal.most_per_person", {"most": terms.most_per_person, "has": has})
    return None
