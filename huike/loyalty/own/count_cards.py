"""Her count cards on her own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huike.loyalty.count_cards import selectors
from huike.loyalty.count_cards.selectors import CardView
from huike.loyalty.own.page_words import WORDS
from huike.loyalty.own.sections import Section, Visit
from huike.loyalty.own.value import last_day


def read(visit: Visit) -> Mapping[str, Any] | None:
    """The uses she has left of each card, and what of them ends when; None where nothing is left."""
    words = WORDS[visit.language]
    cards = [_card(view, words) for view in selectors.hers(visit.customer_id, now=visit.now) if view.lots]
    return {"title": words["count_cards"], "cards": cards} if cards else None


def _card(view: CardView, words: Mapping[str, str]) -> dict[str, Any]:
    left = view.standing.balance
    return {
        "name": view.name,
        "left": words["uses_left_one" if left == 1 else "uses_left"].format(uses=f"{left:,}"),
        "facts": [
            words["uses_end"].format(uses=f"{lot.left:,}", day=last_day(lot.expires_at))
            for lot in view.lots
            if lot.expires_at is not None
        ],
    }


SECTION: Final = Section(key="count_cards", rank=15, template="loyalty/own_count_cards.html", read=read)
