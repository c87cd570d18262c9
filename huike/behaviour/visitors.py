"""Whose an event is: visitors, what they turn out to be, and claiming what they did. The rules are in
docs/algorithms/tracking.md §5. Everything here runs in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from huike.behaviour import cart_upkeep, interests, rules
from huike.behaviour.events import VisitorClaimed
from huike.behaviour.rules import Taken
from huike.customers import selectors as customers
from huike.customers import services as customer_services
from huike.customers.errors import CustomerNotFound, EmailInvalid, IdentityOfNobody, PhoneInvalid
from huike.platform.outbox import announce

ANONYMOUS, USER = "anonymous", "user"
# A visitor's last sight is a rough figure: noted at most so often, so that a busy one is not written with each event.
_SEEN_NOTED_EVERY = timedelta(minutes=10)

Key = tuple[int, str, str]
"""(source id, kind, value)."""


@dataclass(slots=True)
class Known:
    """A visitor as this round knows it; `customer_id` and `user_id` change as links are found."""

    id: int
    source_id: int
    kind: str
    user_id: int | None
    customer_id: int | None
    traits: dict[str, Any] | None = None
    is_new: bool = False


def keys_of(event: Taken) -> list[Key]:
    """Every visitor an event names, its owner first."""
    keys: list[Key] = []
    if event.user_id is not None:
        keys.append((event.source_id, USER, event.user_id))
    if event.anonymous_id is not None:
        keys.append((event.source_id, ANONYMOUS, event.anonymous_id))
    if event.previous_id is not None and event.previous_id != event.user_id:
        keys.append((event.source_id, ANONYMOUS, event.previous_id))
    return keys


def meet(events: Sequence[Taken]) -> dict[Key, Known]:
    """The visitors these events name, made where they are new."""
    seen: dict[Key, tuple[datetime, datetime]] = {}
    for event in events:
        for key in keys_of(event):
            first, last = seen.get(key, (event.occurred_at, event.occurred_at))
            seen[key] = (min(first, event.occurred_at), max(last, event.occurred_at))
    if not seen:
        return {}
    known = _find(seen)
    missing = sorted(key for key in seen if key not in known)
    with connection.cursor() as cursor:
        if missing:
            cursor.execute(
                """
                INSERT INTO behaviour_visitor (source_id, kind, value, traits, first_seen_at, last_seen_at)
                SELECT s, k, v, '{}', f, l FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[],
                                                      %s::timestamptz[]) AS t (s, k, v, f, l)
                    ON CONFLICT (source_id, kind, value) DO NOTHING
                """,
                [*map(list, zip(*missing, strict=True)), *map(list, zip(*(seen[k] for k in missing), strict=True))],
            )
            made = _find(missing)
            for visitor in made.values():
                visitor.is_new = True
            known |= made
        cursor.execute(
            """
            UPDATE behaviour_visitor v SET last_seen_at = t.l
              FROM unnest(%s::bigint[], %s::timestamptz[]) AS t (id, l)
             WHERE v.id = t.id AND v.last_seen_at < t.l - make_interval(secs => %s)
            """,
            [[known[key].id for key in seen], [seen[key][1] for key in seen], _SEEN_NOTED_EVERY.total_seconds()],
        )
    return known


def _find(keys: Iterable[Key]) -> dict[Key, Known]:
    listed = sorted(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT v.source_id, v.kind, v.value, v.id, v.user_id, c.id
              FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS t (s, k, v)
              JOIN behaviour_visitor v ON v.source_id = t.s AND v.kind = t.k AND v.value = t.v
              LEFT JOIN customers_customer c ON c.id = v.customer_id AND c.state <> 'erased'
            """,
            list(map(list, zip(*listed, strict=True))),
        )
        return {
            (source_id, kind, value): Known(id, source_id, kind, user_id, customer_id)
            for source_id, kind, value, id, user_id, customer_id in cursor.fetchall()
        }


def recognise(events: Sequence[Taken], known: Mapping[Key, Known], *, trusted: frozenset[int], now: datetime) -> None:
    """Find out whom the visitors stand for, in the order of the events: users by their external id, devices by their
    user, and for trusted sources by what identify tells. Claims what they did before."""
    before = {visitor.id: (visitor.user_id, visitor.customer_id) for visitor in known.values()}
    _recognise_users(known)
    users = {visitor.id: visitor for visitor in known.values() if visitor.kind == USER}
    for event in events:
        owner = known[keys_of(event)[0]]
        if event.kind == "identify":
            owner.traits = {**(owner.traits or {}), **event.traits}
            if event.source_id in trusted and event.user_id is not None:
                owner.customer_id = _customer_told(event, owner.customer_id, now=now) or owner.customer_id
        if owner.kind == USER:
            for key in keys_of(event)[1:]:
                device = known[key]
                device.user_id = owner.id
    for visitor in known.values():
        user = users.get(visitor.user_id) if visitor.user_id is not None else None
        if user is not None and user.customer_id is not None:
            visitor.customer_id = user.customer_id
    _follow_merges(known.values())
    changed = [v for v in known.values() if (v.user_id, v.customer_id) != before[v.id] or v.traits]
    _save(changed, now=now)
    claim(
        {
            visitor.id: visitor.customer_id
            for visitor in changed
            if visitor.customer_id is not None
            and before[visitor.id][1] != visitor.customer_id
            and not (visitor.is_new and visitor.kind == ANONYMOUS)
        },
        now=now,
    )


def _follow_merges(visitors: Iterable[Known]) -> None:
    """Hold the files until the end of the transaction, so that none is merged away under what is written for it; one
    that just was is followed to its heir."""
    ids = sorted({visitor.customer_id for visitor in visitors if visitor.customer_id is not None})
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, CASE WHEN state = 'active' THEN id ELSE merged_into_id END FROM customers_customer "
            "WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [ids],
        )
        heirs = dict(cursor.fetchall())
    for visitor in visitors:
        if visitor.customer_id is not None:
            visitor.customer_id = heirs.get(visitor.customer_id)


def _recognise_users(known: Mapping[Key, Known]) -> None:
    strangers = [(key[0], key[2]) for key, visitor in known.items() if key[1] == USER and visitor.customer_id is None]
    for (source_id, value), customer_id in customers.customers_by_external_id(strangers).items():
        known[source_id, USER, value].customer_id = customer_id


def _customer_told(event: Taken, customer_id: int | None, *, now: datetime) -> int | None:
    """The customer whom a trusted source's identify names, made where nobody is."""
    assert event.user_id is not None  # noqa: S101 - the caller looked
    told = [("external", event.user_id), *_readable(event.traits, event.source_id)]
    if customer_id is not None:
        told.append(("id", str(customer_id)))
    name = event.traits.get("name") or event.traits.get("firstName")
    try:
        found = customer_services.find_or_create_by_identity(
            told,
            source_id=event.source_id,
            name=rules.clean_text(name)[:200] if isinstance(name, str) else "",
            now=now,
        )
    except CustomerNotFound:
        return None
    return None if found is None else found.id


# The trait each kind is told in; WeChat's own names are those of its API.
_TRAITS = {"wechat_unionid": "unionid", "wechat_openid": "openid", "phone": "phone", "email": "email"}


def _readable(traits: Mapping[str, Any], source_id: int) -> list[tuple[str, str]]:
    """What a trusted source tells of a person as it is looked up; what cannot be read is left out. A phone without
    country code is one of the address's country, where one is told."""
    address = traits.get("address")
    country = address.get("country") if isinstance(address, dict) else None
    told: list[tuple[str, str]] = []
    for kind, trait in _TRAITS.items():
        text = traits.get(trait)
        if isinstance(text, str) and text.strip() and len(text) <= rules.LONGEST_ID:
            try:
                value = customer_services.normalise_buyer(
                    kind,
                    rules.clean_text(text),
                    source=source_id,
                    country=country[:80] if isinstance(country, str) else None,
                )
            except (EmailInvalid, PhoneInvalid, IdentityOfNobody):
                continue
            told.append((kind, value))
    return told


def _save(visitors: Sequence[Known], *, now: datetime) -> None:
    if not visitors:
        return
    ordered = sorted(visitors, key=lambda visitor: visitor.id)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE behaviour_visitor v
               SET user_id = t.user_id, customer_id = t.customer_id, traits = v.traits || t.traits,
                   linked_at = CASE WHEN t.customer_id IS NOT NULL AND v.customer_id IS DISTINCT FROM t.customer_id
                                    THEN %s ELSE v.linked_at END
              FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::jsonb[]) AS t (id, user_id, customer_id, traits)
             WHERE v.id = t.id
            """,
            [
                now,
                [v.id for v in ordered],
                [v.user_id for v in ordered],
                [v.customer_id for v in ordered],
                [rules.storable_json(v.traits or {}) for v in ordered],
            ],
        )


def claim(found: Mapping[int, int], *, now: datetime) -> int:
    """Give customers what visitors of theirs (visitor id → customer id), and devices of these that nobody else owns,
    did while they were nobody's; the number of events. Idempotent: what belongs to somebody stays."""
    if not found:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE behaviour_visitor v SET customer_id = t.customer_id, linked_at = %s
              FROM unnest(%s::bigint[], %s::bigint[]) AS t (visitor_id, customer_id)
             WHERE v.user_id = t.visitor_id AND v.customer_id IS NULL RETURNING v.id, t.customer_id
            """,
            [now, *_columns(found)],
        )
        everyone = {**dict(cursor.fetchall()), **found}
        cursor.execute(
            """
            WITH moved AS (
                UPDATE behaviour_event e SET customer_id = t.customer_id
                  FROM unnest(%s::bigint[], %s::bigint[]) AS t (visitor_id, customer_id)
                 WHERE e.visitor_id = t.visitor_id AND e.customer_id IS NULL RETURNING e.visitor_id
            ) SELECT visitor_id, count(*) FROM moved GROUP BY visitor_id ORDER BY visitor_id
            """,
            _columns(everyone),
        )
        moved = dict(cursor.fetchall())
        if not moved:
            return 0
        theirs = _columns({visitor_id: everyone[visitor_id] for visitor_id in moved})
        # Ended carts are history and move as they are; a live one is told anew with the customer's own.
        cursor.execute(
            """
            UPDATE behaviour_cart k SET customer_id = t.customer_id
              FROM unnest(%s::bigint[], %s::bigint[]) AS t (visitor_id, customer_id)
             WHERE k.visitor_id = t.visitor_id AND k.customer_id IS NULL AND k.ended_at IS NOT NULL
            """,
            theirs,
        )
        cursor.execute(
            """
            DELETE FROM behaviour_cart WHERE visitor_id = ANY(%s) AND customer_id IS NULL
            RETURNING source_id, visitor_id
            """,
            [theirs[0]],
        )
        owners = [cart_upkeep.Owner(source, visitor, everyone[visitor]) for source, visitor in cursor.fetchall()]
    announce(
        *(
            VisitorClaimed(customer_id=everyone[visitor_id], visitor_id=visitor_id, events_count=count, occurred_at=now)
            for visitor_id, count in moved.items()
        )
    )
    cart_upkeep.tell_anew(owners, now=now)
    interests.read_claimed(theirs[0])
    return sum(moved.values())


def _columns(pairs: Mapping[int, int]) -> list[list[int]]:
    ordered = sorted(pairs.items())
    return [[key for key, _ in ordered], [value for _, value in ordered]]


_STRANGERS_AT_ONCE = 5_000


def claim_known(*, now: datetime) -> int:
    """Claim for every user visitor whose external id has become somebody's since; the number of events moved. A
    transaction for each lot of visitors."""
    total, after_id = 0, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT id, source_id, value FROM behaviour_visitor
                 WHERE kind = 'user' AND customer_id IS NULL AND id > %s ORDER BY id LIMIT %s
                """,
                [after_id, _STRANGERS_AT_ONCE],
            )
            rows = cursor.fetchall()
            strangers = {(source_id, value): visitor_id for visitor_id, source_id, value in rows}
            known = customers.customers_by_external_id(strangers)
            found = {strangers[pair]: customer_id for pair, customer_id in known.items()}
            cursor.execute(
                """
                UPDATE behaviour_visitor v SET customer_id = t.customer_id, linked_at = %s
                  FROM unnest(%s::bigint[], %s::bigint[]) AS t (visitor_id, customer_id) WHERE v.id = t.visitor_id
                """,
                [now, *_columns(found)],
            )
            total += claim(found, now=now)
        if len(rows) < _STRANGERS_AT_ONCE:
            return total
        after_id = rows[-1][0]
