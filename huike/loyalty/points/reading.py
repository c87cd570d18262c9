"""What settling needs to know, in as few statements as possible: a till waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huike.customers.birthdays import LunarDay
from huike.loyalty.earning.rules import Buyer
from huike.loyalty.programme.selectors import document_of
from huike.loyalty.terms.document import TermsDocument
from huike.platform import sql


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the terms, and since when it is in effect."""

    terms_id: int
    version: int
    effective_at: datetime

    @property
    def document(self) -> TermsDocument:
        return document_of(self.terms_id)


@dataclass(frozen=True, slots=True)
class RunningProgramme:
    """The programme that runs, with all versions of its terms and the times it paused."""

    id: int
    currency: str
    versions: Sequence[Version]
    pauses: Sequence[tuple[datetime, datetime | None]]

    @property
    def asset(self) -> str:
        return asset_of(self.id)

    def terms_at(self, at: datetime) -> Version | None:
        """The terms a purchase of this instant is judged by; None before the first."""
        return max((v for v in self.versions if v.effective_at <= at), key=lambda v: v.version, default=None)

    @property
    def asks_for_categories(self) -> bool:
        """Whether any version of the terms asks what kind of goods are bought."""
        earnings = [version.document.earning for version in self.versions]
        return any(
            earning.exclusions.category_ids or any(rule.category_ids for rule in earning.multipliers)
            for earning in earnings
        )

    def was_paused(self, at: datetime) -> bool:
        return any(begin <= at and (end is None or at < end) for begin, end in self.pauses)


def asset_of(programme_id: int) -> str:
    """The ledger's name of a programme's points."""
    return f"points:{programme_id}"


_RUNNING = """
SELECT p.id, p.currency,
       (SELECT json_agg(json_build_array(t.id, t.version, t.effective_at) ORDER BY t.version)
          FROM loyalty_terms t WHERE t.programme_id = p.id)::text,
       (SELECT json_agg(json_build_array(x.paused_at, x.resumed_at)) FROM loyalty_pause x
         WHERE x.programme_id = p.id)::text
  FROM loyalty_programme p WHERE p.state IN ('active', 'paused')
"""


def running() -> RunningProgramme | None:
    """The programme that runs; None where there is none."""
    found = sql.row(_RUNNING)
    if found is None:
        return None
    id_, currency, versions, pauses = found
    return RunningProgramme(
        id_,
        currency,
        [Version(terms, number, datetime.fromisoformat(at)) for terms, number, at in json.loads(versions or "[]")],
        [
            (datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None)
            for begin, end in json.loads(pauses or "[]")
        ],
    )


@dataclass(frozen=True, slots=True)
class Row:
    """Where an order stands (`loyalty_order_points`)."""

    order_id: int
    customer_id: int
    placed_at: datetime
    earned: int
    burned: int
    order_xid: int
    serial: int


@dataclass(frozen=True, slots=True)
class Person:
    """A buyer as she was when an order was placed; `joined_at` is None for who is no member."""

    buyer: Buyer
    joined_at: datetime | None


BUYER_COLUMNS = """
c.id, m.joined_at, c.birth_on, c.birth_lunar_month, c.birth_lunar_day, c.birth_lunar_leap, c.birth_lunar_year,
-- The tier she came with: what this very purchase brings does not count for itself.
(SELECT tc.to_tier FROM loyalty_tier_change tc
  WHERE tc.member_id = m.id AND tc.effective_at < o.placed_at
  ORDER BY tc.id DESC LIMIT 1)
"""
"""What `person_of` reads, of an order `o` with BUYER_JOINS."""
BUYER_JOINS = """
  LEFT JOIN customers_customer c ON c.id = o.customer_id
  LEFT JOIN loyalty_member m ON m.customer_id = c.id AND m.programme_id = %(programme)s
"""
_PERSON_AT = f"""
SELECT {BUYER_COLUMNS}
  FROM (SELECT %(customer)s::bigint AS customer_id, %(at)s::timestamptz AS placed_at) o {BUYER_JOINS}
 WHERE c.id IS NOT NULL
"""  # noqa: S608 - fixed texts


def person_at(customer_id: int, at: datetime, programme_id: int) -> Person | None:
    """A customer as she was at an instant; None where there is no such customer."""
    row = sql.row(_PERSON_AT, {"customer": customer_id, "at": at, "programme": programme_id})
    return None if row is None else person_of(row)


def person_of(row: sql.Row) -> Person:
    """Of BUYER_COLUMNS."""
    _, joined_at, born_on, month, day, leap, year, tier = row
    has_lunar = month is not None and day is not None
    lunar = LunarDay(month=month, day=day, leap=bool(leap), year=year) if has_lunar else None
    return Person(Buyer(tier=tier, born_on=born_on, lunar=lunar), joined_at)


def earned_since(customer_ids: Iterable[int], since: datetime) -> list[tuple[int, int, datetime, int]]:
    """What these customers earned by purchases placed since then: (customer, order, placed at, points)."""
    return [
        (row[0], row[1], row[2], row[3])
        for row in sql.rows(
            """
            SELECT customer_id, order_id, placed_at, earned FROM loyalty_order_points
             WHERE customer_id = ANY(%(ids)s::bigint[]) AND placed_at >= %(since)s
            """,
            {"ids": sorted(set(customer_ids)), "since": since},
        )
    ]


def orders_since(since: Mapping[int, datetime]) -> list[int]:
    """The orders each of these customers placed after an instant."""
    found = sql.rows(
        """
        SELECT o.id FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[]) AS t (id, since)
          JOIN orders_order o ON o.customer_id = t.id AND o.placed_at > t.since
        """,
        {"ids": list(since), "since": list(since.values())},
    )
    return [row[0] for row in found]
