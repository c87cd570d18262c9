"""Interests as rows: texts read, evidence kept, sums made. In the caller's transaction where not said otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from huike.behaviour.errors import TermNotFound, TermTaken
from huike.behaviour.models import InterestTerm
from huike.behaviour.rules import clean_text
from huike.behaviour.words import Lexicon
from huike.catalog import selectors as catalog
from huike.platform import audit
from huike.platform.audit import Actor
from huike.platform.config import get_config

TEXT_PROPERTIES: Final = ("review_body", "review", "comment", "text", "content", "query")
_MOST_CLAIMED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Text:
    """Something a customer said. `key` names the text: the same one again gives nothing."""

    customer_id: int
    kind: str
    key: UUID
    words: str
    said_at: datetime


def text_key(*parts: object) -> UUID:
    """The name of a text."""
    return UUID(bytes=blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=16).digest())


def text_of(properties: Mapping[str, Any]) -> str:
    """What a person said in the properties of a track event; empty where nothing."""
    said = (properties.get(name) for name in TEXT_PROPERTIES)
    return "\n".join(clean_text(words) for words in said if isinstance(words, str) and words.strip())


def read_texts(texts: Iterable[Text]) -> int:
    """Find the interests in these texts; how many pieces of evidence were new. Without a lexicon none is looked at."""
    terms = dict(InterestTerm.objects.values_list("term", "interest"))
    said = list(texts) if terms else []
    if not said:
        return 0
    lexicon = Lexicon(terms, cache_dir=str(get_config().data_dir.resolve()))
    rows = [
        (text.customer_id, m.interest, m.term, m.sentence, m.sign, text.kind, text.key, m.sentence_number, text.said_at)
        for text in said
        for m in lexicon.mentions(text.words)
    ]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH fresh AS (
                INSERT INTO behaviour_evidence (customer_id, interest, term, sentence, sign, kind, text_key,
                                                sentence_number, said_at)
                SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[],
                                     %s::uuid[], %s::int[], %s::timestamptz[])
                    ON CONFLICT (text_key, sentence_number, interest) DO NOTHING
                RETURNING customer_id, interest
            ) SELECT DISTINCT customer_id, interest, count(*) OVER () FROM fresh ORDER BY customer_id, interest
            """,
            list(map(list, zip(*rows, strict=True))),
        )
        fresh = cursor.fetchall()
    _sum_up([(customer_id, interest) for customer_id, interest, _ in fresh])
    return int(fresh[0][2]) if fresh else 0


# As words.weight_at_epoch, in SQL.
_SUM = """
INSERT INTO behaviour_interest (customer_id, interest, weight, evidence_count, last_said_at)
SELECT e.customer_id, e.interest,
       sum(e.sign * power(2.0::float8, (extract(epoch FROM e.said_at - '2020-01-01Z'::timestamptz)
                                        / 15552000)::float8)),
       count(*), max(e.said_at)
  FROM unnest(%s::bigint[], %s::text[]) AS t (customer_id, interest)
  JOIN behaviour_evidence e ON e.customer_id = t.customer_id AND e.interest = t.interest
 GROUP BY e.customer_id, e.interest ORDER BY e.customer_id, e.interest
    ON CONFLICT (customer_id, interest) DO UPDATE
   SET weight = EXCLUDED.weight, evidence_count = EXCLUDED.evidence_count, last_said_at = EXCLUDED.last_said_at
"""


def _sum_up(pairs: Sequence[tuple[int, str]]) -> None:
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(_SUM, [[customer_id for customer_id, _ in pairs], [interest for _, interest in pairs]])


def sum_up_people(customer_ids: Sequence[int]) -> None:
    """Make the interests of these customers the sums of what evidence they have now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM behaviour_interest i WHERE customer_id = ANY(%s)
               AND NOT EXISTS (SELECT FROM behaviour_evidence e
                                WHERE e.customer_id = i.customer_id AND e.interest = i.interest)
            """,
            [list(customer_ids)],
        )
        cursor.execute(
            "SELECT DISTINCT customer_id, interest FROM behaviour_evidence WHERE customer_id = ANY(%s) ORDER BY 1, 2",
            [list(customer_ids)],
        )
        _sum_up(cursor.fetchall())


def read_claimed(visitor_ids: Sequence[int]) -> int:
    """Read what visitors said while they were nobody's, now that it is a customer's words."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT customer_id, message_key, properties, occurred_at FROM behaviour_event
             WHERE visitor_id = ANY(%s) AND customer_id IS NOT NULL AND kind = 'track' AND properties ?| %s
             ORDER BY occurred_at DESC, id DESC LIMIT %s
            """,
            [list(visitor_ids), list(TEXT_PROPERTIES), _MOST_CLAIMED],
        )
        rows = cursor.fetchall()
    return read_texts(
        [Text(customer_id, "event", key, text_of(json.loads(told)), at) for customer_id, key, told, at in rows]
    )


def set_term(term: str, interest: str, *, actor: Actor) -> InterestTerm:
    """A new term of the lexicon. Texts read before are not read again. Raises TermTaken."""
    with transaction.atomic():
        row, made = InterestTerm.objects.get_or_create(term=term, defaults={"interest": interest})
        if not made:
            raise TermTaken(term=term)
        audit.record(actor, "create_interest_term", subject_kind="interest_term", subject_id=row.pk)
        return row


def delete_term(term_id: int, *, actor: Actor) -> None:
    """Take a term out of the lexicon; the evidence it gave stays. Raises TermNotFound."""
    with transaction.atomic():
        gone, _ = InterestTerm.objects.filter(pk=term_id).delete()
        if not gone:
            raise TermNotFound
        audit.record(actor, "delete_interest_term", subject_kind="interest_term", subject_id=term_id)


def add_terms_of_catalogue(*, actor: Actor) -> int:
    """Each category and brand that is no term yet becomes one, showing an interest of its own name; how many."""
    names = _short(catalog.category_and_brand_names())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO behaviour_interest_term (term, interest) SELECT n, n FROM unnest(%s::text[]) AS t (n) ORDER BY n
                ON CONFLICT (term) DO NOTHING
            """,
            [names],
        )
        made = cursor.rowcount
        if made:
            audit.record(actor, "add_catalogue_terms", subject_kind="interest_term", details={"terms": made})
        return made


def _short(names: Iterable[str]) -> list[str]:
    return [name for name in names if 2 <= len(name.strip()) <= 60]
