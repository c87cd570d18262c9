"""Her groups and vouchers on her own page (`/me/card`), for whoever came there by a link of hers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huike.groupbuy.groups import selectors as groups
from huike.groupbuy.public import reading
from huike.groupbuy.public.words import WORDS
from huike.loyalty.own.sections import Section, Visit

MOST: Final = 10


def read(visit: Visit) -> Mapping[str, Any] | None:
    """The newest parts she has in groups; None where there is none."""
    words = WORDS[visit.language]
    hers = groups.list_participations(customer_id=visit.customer_id).exclude(state="lapsed")
    parts = [
        reading.summary(one, language=visit.language, words=words, now=visit.now)
        for one in hers.order_by("-joined_at", "-pk")[:MOST]
    ]
    return {"title": words["mine"], "parts": parts} if parts else None


SECTION: Final = Section(key="groups", rank=35, template="groupbuy/own_groups.html", read=read)
