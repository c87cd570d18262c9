"""Her groups and vouchers on her own page (`/me/card`), for whoever came there by a link of hers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huike.groupbuy.public import reading
from huike.groupbuy.public.words import WORDS
from huike.loyalty.own.sections import Section, Visit

MOST: Final = 10


def read(visit: Visit) -> Mapping[str, Any] | None:
    """The newest parts she has in groups; None where there is none."""
    words = WORDS[visit.language]
    parts = reading.of_customer(visit.customer_id, language=visit.language, words=words, now=visit.now, most=MOST)
    return {"title": words["mine"], "parts": parts} if parts else None


SECTION: Final = Section(key="groups", rank=35, template="groupbuy/own_groups.html", read=read)
