"""The people of a whole file at once: found by their identities or made, their files filled, their consent kept.

The result is that of telling the rows one after the other in the order of `ord`, as
`services.find_or_create_by_identity` does, in a handful of statements. No event is announced per person: whoever
announces the file says it all. The staging tables live for one transaction, which is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.backends.utils import CursorWrapper

from huike.customers.households.services import FEWEST, MOST
from huike.customers.models import Source
from huike.customers.services import PROJECT_CONSENT, create_source
from huike.customers.tags.services import BY_IMPORT, say_who
from huike.platform import locks
from huike.platform.audit import Actor

# What a row may say of a person besides who she is, with the type of what is staged: columns of her file of that name.
_PLAIN: Final[Mapping[str, str]] = {
    "gender": "text", "language": "text", "country": "text", "province": "text", "city": "text", "district": "text",
    "address": "text", "occupation": "text", "income": "text", "education": "text", "stage": "text",
    "source_campaign": "text", "latitude": "numeric", "longitude": "numeric", "home_store_id": "bigint",
    "owner_id": "bigint", "member_since_at": "timestamptz",
}  # fmt: skip
# Lists, which are added to and never taken from.
_LISTS: Final = ("tags", "declared_interests")
_IDENTITIES: Final = ("external_id", "card_number", "phone", "email")
_NAMES: Final = ("name", "name_pinyin", "name_initials")
_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys((*_IDENTITIES, *_NAMES), "text"),
    **_PLAIN,
    **dict.fromkeys(_LISTS, "jsonb"),
    "birthday": "jsonb",
    "referrer": "text",
    "company": "text",
    "company_pinyin": "text",
    "company_role": "text",
    "household": "text",
    "household_hmac": "text",
    "email_state": "text",
    "email_given_at": "timestamptz",
    "sms_state": "text",
    "sms_given_at": "timestamptz",
}
COLUMNS: Final = ("ord", *_TYPES)
BUYER_COLUMNS: Final = ("ord", *_IDENTITIES, *_NAMES, "country", "province", "city")
"""What a file of orders says of who bought."""


def copy_customers(columns: Sequence[str] = COLUMNS) -> str:
    """The statement that fills `staged_customer` from a CSV of these columns."""
    return f"COPY staged_customer ({', '.join(columns)}) FROM STDIN (FORMAT csv)"


# What more people than this of one file have in common is a shop's phone or a placeholder: it links nobody.
MOST_HOLDERS: Final = 20
_CONSENT_BATCH: Final = 50_000
_WRITTEN_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many files were made, changed, left as they were; identities that belong to somebody else; referrers whom
    nobody is known by; and people for whom their household has no room."""

    created: int
    updated: int
    unchanged: int
    identities_elsewhere: int
    referrers_unknown: int
    households_full: int


def ensure_source(*, key: str, name: str, channel: str, timezone: str, currency: str, actor: Actor) -> int:
    """The id of the source with this key, made where there is none; one that exists stays as it is."""
    known = Source.objects.filter(key=key).values_list("pk", flat=True).first()
    if known is not None:
        return int(known)
    made = create_source(key=key, name=name, channel=channel, timezone=timezone, currency=currency, actor=actor)
    return int(made.pk)


def stage_customers(cursor: CursorWrapper) -> None:
    """Make the empty `staged_customer`; fill it by `copy_customers`.

    `ord` is unique and orders the rows; identities are normalised, at least one per row; no two rows have all
    identities alike. `tags` and `declared_interests` are JSON lists. `birthday` is
    `{"on": date, "year", "month", "day", "leap"}`, of a solar one `{"on": date}`. `referrer` is the number of a person
    at the source, or of her card; `company` the name of a company; `household` what the source calls a household,
    `household_hmac` the same as it is kept (`rules.household_hmac`).
    """
    columns = ", ".join(f"{name} {type}" for name, type in _TYPES.items())
    cursor.execute(
        f"""
        CREATE TEMP TABLE staged_customer (
            ord bigint NOT NULL, {columns}, customer_id bigint, is_new boolean NOT NULL DEFAULT false
        ) ON COMMIT DROP
        """
    )


def write_customers(
    cursor: CursorWrapper,
    *,
    source_id: int,
    source_channel: str,
    overwrite: bool,
    report: Callable[[int, int], None] = lambda done, of: None,
) -> PeopleCounts:
    """Give each staged row its customer, made where nobody is known by any of its identities, and fill the files.

    With `overwrite` what a row says replaces what the file says; without, it fills only what is empty. `report` is told
    how many people of how many are written, and may raise to stop.
    """
    say_who(BY_IMPORT)
    cursor.execute("SELECT EXISTS (SELECT FROM staged_customer WHERE household IS NOT NULL)")
    tells_households = bool(cursor.fetchone()[0])
    if tells_households:
        # Before any file, as whoever moves somebody by hand does.
        locks.hold("households")
    _list_identities(cursor, source_id)
    _match(cursor)
    _gather_files(cursor)
    # In one order, whatever the plan of the update: a till may hold two files as well.
    cursor.execute(
        "SELECT FROM customers_customer WHERE id IN (SELECT customer_id FROM staged_file WHERE NOT is_new) "
        "ORDER BY id FOR NO KEY UPDATE"
    )
    created = updated = done = 0
    slices = _slices(cursor)
    people = sum(size for _, _, size in slices)
    for first, last, size in slices:
        report(done, people)
        created += _create(cursor, source_id, source_channel, first=first, last=last)
        updated += _update(cursor, overwrite=overwrite, first=first, last=last)
        done += size
    report(done, people)
    updated_by_referrer, unknown = _refer(cursor, source_id, overwrite=overwrite)
    _join_companies(cursor)
    full = _join_households(cursor, source_id) if tells_households else 0
    cursor.execute(
        """
        SELECT (SELECT count(DISTINCT customer_id) FROM staged_customer),
               (SELECT count(*) FROM staged_identity WHERE links AND owner_id IS DISTINCT FROM customer_id)
        """
    )
    people, elsewhere = cursor.fetchone()
    updated += updated_by_referrer
    return PeopleCounts(created, updated, people - created - updated, elsewhere, unknown, full)


def _slices(cursor: CursorWrapper) -> list[tuple[int, int, int]]:
    """First and last customer, and how many, of each part of the staged files that is written at once."""
    cursor.execute(
        """
        SELECT min(customer_id), max(customer_id), count(*)
          FROM (SELECT customer_id, (row_number() OVER (ORDER BY customer_id) - 1) / %s AS slice FROM staged_file) AS f
         GROUP BY slice ORDER BY slice
        """,
        [_WRITTEN_AT_ONCE],
    )
    return list(cursor.fetchall())


def _list_identities(cursor: CursorWrapper, source_id: int) -> None:
    cursor.execute("CREATE INDEX ON staged_customer (ord)")
    cursor.execute("ANALYZE staged_customer")
    cursor.execute(
        """
        CREATE TEMP TABLE staged_identity ON COMMIT DROP AS
        SELECT s.ord, v.strength, v.kind, v.source_id, v.value, true AS links,
               NULL::bigint AS customer_id, NULL::bigint AS owner_id
          FROM staged_customer s
         CROSS JOIN LATERAL (VALUES (1, 'external', %s::bigint, s.external_id), (2, 'card', NULL, s.card_number),
                                    (3, 'phone', NULL, s.phone), (4, 'email', NULL, s.email))
               AS v (strength, kind, source_id, value)
         WHERE v.value IS NOT NULL
        """,
        [source_id],
    )
    cursor.execute("CREATE INDEX ON staged_identity (value, kind)")
    cursor.execute("CREATE INDEX ON staged_identity (ord)")
    cursor.execute("ANALYZE staged_identity")
    # A person's only identity links her whatever others do with it.
    cursor.execute(
        """
        UPDATE staged_identity i SET links = false
          FROM (SELECT kind, value FROM staged_identity WHERE kind <> 'external'
                 GROUP BY kind, value HAVING count(*) > %s) shared
         WHERE i.kind = shared.kind AND i.value = shared.value
           AND EXISTS (SELECT FROM staged_identity other WHERE other.ord = i.ord AND other.strength < i.strength)
        """,
        [MOST_HOLDERS],
    )
    cursor.execute(
        """
        UPDATE staged_identity i SET links = false
          FROM customers_shared_identity shared
         WHERE i.kind = shared.kind AND i.value = shared.value AND i.source_id IS NOT DISTINCT FROM shared.source_id
           AND EXISTS (SELECT FROM staged_identity other WHERE other.ord = i.ord AND other.strength < i.strength)
        """
    )


_SAME = "i.kind = t.kind AND i.value = t.value AND i.source_id IS NOT DISTINCT FROM t.source_id"


def _match(cursor: CursorWrapper) -> None:
    """Round by round: a row is ready when no earlier row without a customer shares an identity with it. Nearly all are
    ready in the first round; each round settles at least the first row left."""
    while True:
        cursor.execute("DROP TABLE IF EXISTS ready")
        cursor.execute(
            """
            CREATE TEMP TABLE ready ON COMMIT DROP AS
            SELECT s.ord FROM staged_customer s
             WHERE s.customer_id IS NULL AND s.ord NOT IN (
                   SELECT later.ord FROM (
                       SELECT i.ord, row_number() OVER (PARTITION BY i.kind, i.source_id, i.value ORDER BY i.ord) AS n
                         FROM staged_identity i WHERE i.links AND i.customer_id IS NULL) later
                    WHERE later.n > 1)
            """
        )
        if cursor.rowcount == 0:
            return
        cursor.execute("ANALYZE ready")
        _find_known(cursor)
        _claim_for_newcomers(cursor)


def _find_known(cursor: CursorWrapper) -> None:
    cursor.execute(
        f"""
        UPDATE staged_customer s SET customer_id = known.customer_id
          FROM (SELECT DISTINCT ON (t.ord) t.ord, i.customer_id
                  FROM ready r JOIN staged_identity t ON t.ord = r.ord AND t.links
                  JOIN customers_identity i ON {_SAME} AND i.verified
                 ORDER BY t.ord, t.strength) known
         WHERE s.ord = known.ord
        """
    )


def _claim_for_newcomers(cursor: CursorWrapper) -> None:
    cursor.execute(
        """
        UPDATE staged_customer s
           SET customer_id = nextval(pg_get_serial_sequence('customers_customer', 'id')), is_new = true
          FROM ready r WHERE r.ord = s.ord AND s.customer_id IS NULL
        """
    )
    cursor.execute(
        "UPDATE staged_identity t SET customer_id = s.customer_id FROM staged_customer s, ready r "
        "WHERE s.ord = t.ord AND r.ord = t.ord"
    )
    # The identity before the file: its unique index decides between this file and a till that meets the same newcomer.
    cursor.execute(
        """
        INSERT INTO customers_identity (customer_id, kind, source_id, value, verified, created_at)
        SELECT t.customer_id, t.kind, t.source_id, t.value, true, now()
          FROM staged_identity t JOIN ready r ON r.ord = t.ord
         WHERE t.links
           AND NOT EXISTS (SELECT FROM customers_identity i
                            WHERE i.kind = t.kind AND i.value = t.value AND i.verified
                              AND i.source_id IS NOT DISTINCT FROM t.source_id)
         ORDER BY t.kind, t.value
            ON CONFLICT DO NOTHING
        """
    )
    cursor.execute(
        f"""
        UPDATE staged_identity t SET owner_id = i.customer_id
          FROM ready r, customers_identity i
         WHERE r.ord = t.ord AND {_SAME} AND i.verified
        """
    )
    # Lost to a till in that moment: the row is the person the till made, whichever other identities are new.
    cursor.execute(
        """
        UPDATE staged_customer s SET customer_id = lost.owner_id, is_new = false
          FROM (SELECT DISTINCT ON (t.ord) t.ord, t.owner_id
                  FROM staged_identity t JOIN ready r ON r.ord = t.ord
                 WHERE t.links AND t.owner_id <> t.customer_id ORDER BY t.ord, t.strength) lost
         WHERE s.ord = lost.ord AND s.is_new
        RETURNING s.ord
        """
    )
    if cursor.rowcount:
        cursor.execute(
            """
            UPDATE customers_identity i SET customer_id = s.customer_id
              FROM staged_identity t JOIN staged_customer s ON s.ord = t.ord
             WHERE t.customer_id <> s.customer_id AND i.customer_id = t.customer_id
            """
        )
        cursor.execute(
            """
            UPDATE staged_identity t SET customer_id = s.customer_id,
                   owner_id = CASE WHEN t.owner_id = t.customer_id THEN s.customer_id ELSE t.owner_id END
              FROM staged_customer s WHERE s.ord = t.ord AND t.customer_id <> s.customer_id
            """
        )


def _gather_files(cursor: CursorWrapper) -> None:
    """One row per customer in `staged_file`: where several rows are one person, the later row's word, cell by cell.
    Only
    identities that are the person's own are in it."""
    owned = ", ".join(
        f"max(value) FILTER (WHERE kind = '{kind}') AS {column}"
        for kind, column in (("phone", "phone"), ("email", "email"), ("card", "card_number"))
    )
    others = [c for c in COLUMNS if c not in {"ord", *_IDENTITIES}]
    last = ", ".join(
        f"(array_agg({column} ORDER BY ord DESC) FILTER (WHERE {column} IS NOT NULL))[1] AS {column}"
        for column in (*others, "phone", "email", "card_number")
        if column not in _LISTS
    )
    plain = ", ".join(f"s.{column}" for column in others)
    lists = ", ".join(
        f"jsonb_path_query_array(jsonb_agg({column}) FILTER (WHERE {column} IS NOT NULL), '$[*][*]') AS {column}"
        for column in _LISTS
    )
    cursor.execute(
        f"""
        CREATE TEMP TABLE staged_file ON COMMIT DROP AS
        WITH owned AS (SELECT ord, {owned} FROM staged_identity WHERE owner_id = customer_id GROUP BY ord),
             told AS (SELECT s.ord, s.customer_id, s.is_new, {plain}, o.phone, o.email, o.card_number,
                             count(*) OVER (PARTITION BY s.customer_id) AS rows
                        FROM staged_customer s LEFT JOIN owned o ON o.ord = s.ord),
             merged AS (SELECT customer_id, bool_or(is_new) AS is_new, {last}, {lists}
                          FROM told WHERE rows > 1 GROUP BY customer_id)
        SELECT customer_id, is_new, {", ".join(others)}, phone, email, card_number FROM told WHERE rows = 1
         UNION ALL
        SELECT customer_id, is_new, {", ".join(others)}, phone, email, card_number FROM merged
        """
    )
    cursor.execute("CREATE INDEX ON staged_file (customer_id)")
    cursor.execute("ANALYZE staged_file")


def _sorted_list(items: str) -> str:
    return f"(SELECT coalesce(jsonb_agg(DISTINCT item ORDER BY item), '[]') FROM jsonb_array_elements({items}) AS item)"


# The columns of a birthday, from what is staged of it.
_BIRTHDAY: Final[Mapping[str, str]] = {
    "birth_on": "(f.birthday->>'on')::date",
    "birth_lunar_year": "(f.birthday->>'year')::smallint",
    "birth_lunar_month": "(f.birthday->>'month')::smallint",
    "birth_lunar_day": "(f.birthday->>'day')::smallint",
    "birth_lunar_leap": "coalesce((f.birthday->>'leap')::boolean, false)",
}


def _create(cursor: CursorWrapper, source_id: int, source_channel: str, *, first: int, last: int) -> int:
    values = {
        **{column: f"coalesce(f.{column}, '')" for column in _NAMES},
        **{column: f"f.{column}" for column in ("phone", "email", "card_number", *_PLAIN)},
        **_BIRTHDAY,
        **{column: _sorted_list(f"coalesce(f.{column}, '[]')") for column in _LISTS},
    }
    cursor.execute(
        f"""
        INSERT INTO customers_customer (
               id, state, {", ".join(values)}, notes, source_id, source_channel, orders_count, returns_count,
               spent_minor, created_at, updated_at)
        SELECT f.customer_id, 'active', {", ".join(values.values())}, '', %s, %s, 0, 0, 0, now(), now()
          FROM staged_file f WHERE f.is_new AND f.customer_id BETWEEN %s AND %s ORDER BY f.customer_id
        """,
        [source_id, source_channel, first, last],
    )
    return int(cursor.rowcount)


def _update(cursor: CursorWrapper, *, overwrite: bool, first: int, last: int) -> int:
    columns = (*_PLAIN, "phone", "email", "card_number")
    takes_name, takes_birthday = "f.name IS NOT NULL", "f.birthday IS NOT NULL"
    if overwrite:
        values = {column: f"coalesce(f.{column}, c.{column})" for column in columns}
    else:
        values = {column: f"coalesce(c.{column}, f.{column})" for column in columns}
        takes_name += " AND c.name = ''"
        takes_birthday += " AND c.birth_on IS NULL AND c.birth_lunar_month IS NULL"
    for column in _NAMES:
        values[column] = f"CASE WHEN {takes_name} THEN f.{column} ELSE c.{column} END"
    for column, told in _BIRTHDAY.items():
        values[column] = f"CASE WHEN {takes_birthday} THEN {told} ELSE c.{column} END"
    for column in _LISTS:
        merged = _sorted_list(f"c.{column} || f.{column}")
        values[column] = f"CASE WHEN f.{column} IS NULL THEN c.{column} ELSE {merged} END"
    cursor.execute(
        f"""
        UPDATE customers_customer c
           SET {", ".join(f"{column} = n.{column}" for column in values)}, updated_at = now()
          FROM (SELECT c.id, {", ".join(f"{value} AS {column}" for column, value in values.items())}
                  FROM customers_customer c JOIN staged_file f ON f.customer_id = c.id
                 WHERE NOT f.is_new AND c.state = 'active' AND f.customer_id BETWEEN %s AND %s) n
         WHERE c.id = n.id
           AND ({", ".join(f"c.{column}" for column in values)})
               IS DISTINCT FROM ({", ".join(f"n.{column}" for column in values)})
        """,
        [first, last],
    )
    return int(cursor.rowcount)


def _refer(cursor: CursorWrapper, source_id: int, *, overwrite: bool) -> tuple[int, int]:
    """Write who referred whom, after everybody of the file is known; how many files that were there changed, and how
    many referrers nobody is known by. Nobody refers herself."""
    cursor.execute("SELECT EXISTS (SELECT FROM staged_file WHERE referrer IS NOT NULL)")
    if not cursor.fetchone()[0]:
        return 0, 0
    cursor.execute(
        """
        CREATE TEMP TABLE staged_referral ON COMMIT DROP AS
        SELECT f.customer_id, f.is_new,
               (SELECT coalesce(h.merged_into_id, h.id) FROM customers_identity i
                  JOIN customers_customer h ON h.id = i.customer_id
                 WHERE i.verified AND (i.kind = 'external' AND i.source_id = %s AND i.value = f.referrer
                                       OR i.kind = 'card' AND i.value = upper(f.referrer))
                 ORDER BY i.kind DESC LIMIT 1) AS referrer_id
          FROM staged_file f WHERE f.referrer IS NOT NULL
        """,
        [source_id],
    )
    kept = "" if overwrite else "AND c.referrer_id IS NULL"
    cursor.execute(
        f"""
        WITH changed AS (
            UPDATE customers_customer c SET referrer_id = r.referrer_id, updated_at = now()
              FROM staged_referral r
             WHERE c.id = r.customer_id AND c.state = 'active' AND r.referrer_id <> c.id
               AND c.referrer_id IS DISTINCT FROM r.referrer_id {kept}
         RETURNING r.customer_id, r.is_new)
        SELECT (SELECT count(*) FROM changed c WHERE NOT c.is_new AND NOT EXISTS (
                    SELECT FROM customers_customer before
                     WHERE before.id = c.customer_id AND before.updated_at = now())),
               (SELECT count(*) FROM staged_referral WHERE referrer_id IS NULL OR referrer_id = customer_id)
        """
    )
    changed, unknown = cursor.fetchone()
    return int(changed), int(unknown)


def _join_companies(cursor: CursorWrapper) -> None:
    """Make each person a contact of the company her row names, found by its name or made; a role that is told replaces
    the one that was."""
    cursor.execute("SELECT EXISTS (SELECT FROM staged_file WHERE company IS NOT NULL)")
    if not cursor.fetchone()[0]:
        return
    cursor.execute(
        """
        INSERT INTO customers_company (name, name_pinyin, industry, phone, address, notes, created_at, updated_at)
        SELECT f.company, max(f.company_pinyin), '', '', '', '', now(), now() FROM staged_file f
         WHERE f.company IS NOT NULL AND NOT EXISTS (SELECT FROM customers_company c WHERE c.name = f.company)
         GROUP BY f.company ORDER BY f.company
        """
    )
    cursor.execute(
        """
        INSERT INTO customers_company_contact AS k (company_id, customer_id, role, since_at)
        SELECT (SELECT min(c.id) FROM customers_company c WHERE c.name = f.company), f.customer_id,
               coalesce(f.company_role, ''), now()
          FROM staged_file f JOIN customers_customer p ON p.id = f.customer_id AND p.state = 'active'
         WHERE f.company IS NOT NULL ORDER BY f.customer_id
            ON CONFLICT (company_id, customer_id) DO UPDATE SET role = EXCLUDED.role
         WHERE EXCLUDED.role <> '' AND EXCLUDED.role <> k.role
        """
    )


def _join_households(cursor: CursorWrapper, source_id: int) -> int:
    """Make each person a member of the household her row names, found by what this source calls it or made, and take
    her out of another; how many found it full. The first of the file heads a household that has no head."""
    cursor.execute(
        """
        INSERT INTO customers_household (name, address, source_id, told_hmac, created_at, updated_at)
        SELECT f.household, '', %s, f.household_hmac, now(), now()
          FROM staged_file f JOIN customers_customer p ON p.id = f.customer_id AND p.state = 'active'
         WHERE f.household IS NOT NULL GROUP BY f.household, f.household_hmac ORDER BY f.household
            ON CONFLICT (source_id, told_hmac) DO NOTHING
        """,
        [source_id],
    )
    cursor.execute(
        """
        CREATE TEMP TABLE joining ON COMMIT DROP AS
        SELECT h.id AS household_id, f.customer_id, m.household_id AS left_id,
               row_number() OVER (PARTITION BY h.id ORDER BY s.ord) AS n
          FROM staged_file f
          JOIN customers_customer p ON p.id = f.customer_id AND p.state = 'active'
          JOIN customers_household h ON h.source_id = %s AND h.told_hmac = f.household_hmac
          JOIN (SELECT customer_id, min(ord) AS ord FROM staged_customer GROUP BY customer_id) s
            ON s.customer_id = f.customer_id
          LEFT JOIN customers_household_member m ON m.customer_id = f.customer_id
         WHERE m.household_id IS DISTINCT FROM h.id
        """,
        [source_id],
    )
    cursor.execute(
        """
        DELETE FROM joining j
         WHERE j.n + (SELECT count(*) FROM customers_household_member m WHERE m.household_id = j.household_id) > %s
        """,
        [MOST],
    )
    full = int(cursor.rowcount)
    cursor.execute("DELETE FROM customers_household_member m USING joining j WHERE m.customer_id = j.customer_id")
    # Whoever is in it longest follows a head who left.
    cursor.execute(
        """
        UPDATE customers_household_member m SET role = 'head'
          FROM (SELECT DISTINCT ON (household_id) id, household_id FROM customers_household_member
                 WHERE household_id IN (SELECT left_id FROM joining) ORDER BY household_id, joined_at, id) next
         WHERE m.id = next.id AND NOT EXISTS (SELECT FROM customers_household_member h
                                               WHERE h.household_id = next.household_id AND h.role = 'head')
        """
    )
    cursor.execute(
        """
        INSERT INTO customers_household_member (household_id, customer_id, role, joined_at)
        SELECT j.household_id, j.customer_id,
               CASE WHEN j.n = min(j.n) OVER (PARTITION BY j.household_id)
                     AND NOT EXISTS (SELECT FROM customers_household_member h
                                      WHERE h.household_id = j.household_id AND h.role = 'head')
                    THEN 'head' ELSE 'other' END, now()
          FROM joining j ORDER BY j.customer_id
        """
    )
    # As by hand, a household ends when fewer than two are left, unless the file itself says so of it.
    ended = """
        SELECT j.left_id FROM joining j JOIN customers_household h ON h.id = j.left_id
         WHERE (SELECT count(*) FROM customers_household_member m WHERE m.household_id = h.id) < %s
           AND NOT EXISTS (SELECT FROM staged_file f WHERE h.source_id = %s AND h.told_hmac = f.household_hmac)
    """
    cursor.execute(f"CREATE TEMP TABLE ended ON COMMIT DROP AS {ended}", [FEWEST, source_id])
    cursor.execute("DELETE FROM customers_household_member WHERE household_id IN (SELECT left_id FROM ended)")
    cursor.execute("DELETE FROM customers_household WHERE id IN (SELECT left_id FROM ended)")
    return full


def write_consent(cursor: CursorWrapper, *, purpose: str, how: str, now: datetime) -> int:
    """Append what the staged files say of consent, each word once, and bring the standing consent up to date; the
    number
    of words appended.

    `*_state` is `yes` or `no`. A `no` after a grant is a withdrawal, else a denial. Without its instant a `no`
    counts as
    given `now` unless the person stands at "no", and a `yes` only where nothing is known of her.
    """
    appended = 0
    for channel in ("email", "sms"):
        cursor.execute(
            f"""
            INSERT INTO customers_consent_event
                   (customer_id, channel, purpose, state, given_at, how, wording_version, recorded_at)
            SELECT w.customer_id, %(channel)s, %(purpose)s, w.state, w.given_at, %(how)s, '', now()
              FROM (SELECT f.customer_id, k.state AS standing, f.{channel}_given_at IS NOT NULL AS is_dated,
                           coalesce(f.{channel}_given_at, %(now)s) AS given_at,
                           CASE WHEN f.{channel}_state = 'yes' THEN 'granted'
                                WHEN EXISTS (SELECT FROM customers_consent_event e
                                              WHERE e.customer_id = f.customer_id AND e.channel = %(channel)s
                                                AND e.purpose = %(purpose)s AND e.state = 'granted'
                                                AND e.given_at < coalesce(f.{channel}_given_at, %(now)s))
                                THEN 'withdrawn' ELSE 'denied' END AS state
                      FROM staged_file f
                      LEFT JOIN customers_consent k
                        ON k.customer_id = f.customer_id AND k.channel = %(channel)s AND k.purpose = %(purpose)s
                     WHERE f.{channel}_state IS NOT NULL) w
             WHERE CASE WHEN w.is_dated THEN NOT EXISTS (
                            SELECT FROM customers_consent_event e
                             WHERE e.customer_id = w.customer_id AND e.channel = %(channel)s AND e.purpose = %(purpose)s
                               AND e.given_at = w.given_at
                               AND (e.state = 'granted') = (w.state = 'granted'))
                        WHEN w.state = 'granted' THEN w.standing IS NULL
                        ELSE w.standing IS NULL OR w.standing = 'granted' END
             ORDER BY w.customer_id
            """,
            {"channel": channel, "purpose": purpose, "how": how, "now": now},
        )
        appended += cursor.rowcount
    if appended:
        _project_consent(cursor)
    return appended


def _project_consent(cursor: CursorWrapper) -> None:
    last_id = 0
    while True:
        cursor.execute(
            "SELECT f.customer_id, COALESCE(c.merged_into_id, c.id) FROM staged_file f "
            "JOIN customers_customer c ON c.id = f.customer_id WHERE f.customer_id > %s "
            "AND (f.email_state IS NOT NULL OR f.sms_state IS NOT NULL) ORDER BY f.customer_id LIMIT %s",
            [last_id, _CONSENT_BATCH],
        )
        rows = cursor.fetchall()
        if not rows:
            return
        cursor.execute(PROJECT_CONSENT, {"customer_ids": [standing_id for _, standing_id in rows]})
        last_id = rows[-1][0]


def set_home_stores(cursor: CursorWrapper, store_of: Mapping[int, int]) -> None:
    """Give each of these customers (by id) her home store (by id), whatever it was."""
    cursor.execute(
        """
        UPDATE customers_customer c SET home_store_id = t.store_id
          FROM unnest(%s::bigint[], %s::bigint[]) AS t (customer_id, store_id)
         WHERE c.id = t.customer_id
        """,
        [list(store_of), list(store_of.values())],
    )
