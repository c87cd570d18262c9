"""The statements by which groups, participations and stock change: each names the states it may leave, and whoever
comes second changes nothing. In the caller's transaction; the order of locks is section 8 of the specification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from huike.platform import sql

_TAKE = """
UPDATE groupbuy_deal SET taken = taken + %(pieces)s
 WHERE id = %(deal)s AND state = 'on_sale' AND taken + %(pieces)s <= stock RETURNING id
"""


def take_pieces(deal_id: int, pieces: int) -> bool:
    """Take so many from the stock; False where fewer are left, or the deal is not on sale any more."""
    return bool(sql.rows(_TAKE, {"deal": deal_id, "pieces": pieces}))


def release_pieces(deal_id: int, pieces: int) -> None:
    if pieces:
        sql.rows("UPDATE groupbuy_deal SET taken = taken - %s WHERE id = %s", [pieces, deal_id])


# The group's row says whether there is a seat; who comes second finds none, and nothing of hers changes.
_SEAT = """
WITH taken AS (
    UPDATE groupbuy_group SET seats = seats + 1, leader_id = COALESCE(leader_id, %(participation)s)
     WHERE id = %(group)s AND state = 'forming' AND seats < size RETURNING seats
), seated AS (
    UPDATE groupbuy_participation
       SET state = 'seated', reason = '', seat_payment_id = %(payment)s, is_paying = %(paying)s, seated_at = %(at)s
     WHERE id = %(participation)s AND state = 'reserved' AND EXISTS (SELECT FROM taken) RETURNING id
), noted AS (
    INSERT INTO groupbuy_participation_change (participation_id, at, from_state, to_state, reason)
    SELECT id, %(at)s, 'reserved', 'seated', '' FROM seated
), led AS (
    INSERT INTO groupbuy_group_change (group_id, at, kind, participation_id, seats)
    SELECT %(group)s, %(at)s, 'led', seated.id, taken.seats FROM seated, taken WHERE taken.seats = 1
)
SELECT seats FROM taken
"""


def take_seat(participation_id: int, group_id: int, *, payment_id: int, is_paying: bool, at: datetime) -> int | None:
    """A seat for a reserved part whose row is locked, by this payment; the first who takes one leads. How many are
    taken now, None where there was none to be had."""
    told = {"participation": participation_id, "group": group_id, "payment": payment_id, "paying": is_paying, "at": at}
    found = sql.row(_SEAT, told)
    return None if found is None else int(found[0])


_LEAVE_SEAT = """
UPDATE groupbuy_group SET seats = seats - 1, leader_id = %(leader)s::bigint
 WHERE id = %(group)s AND state = 'forming' AND seats > 0 RETURNING seats
"""


def leave_seat(group_id: int, *, leader_id: int | None) -> int:
    """One seat fewer, and who leads now; how many are left."""
    (seats,) = sql.rows(_LEAVE_SEAT, {"group": group_id, "leader": leader_id})[0]
    return int(seats)


_END = """
UPDATE groupbuy_group
   SET state = %(state)s, reason = %(reason)s, ended_at = %(at)s,
       seats = CASE WHEN %(failed)s THEN 0 ELSE seats END, leader_id = CASE WHEN %(failed)s THEN NULL ELSE leader_id END
 WHERE id = %(group)s AND state = 'forming' RETURNING id
"""


def end_group(group_id: int, state: str, *, reason: str = "", at: datetime) -> bool:
    """Let it be formed or failed; False where it has ended already."""
    told = {"group": group_id, "state": state, "failed": state == "failed", "reason": reason, "at": at}
    return bool(sql.rows(_END, told))


def note(group_id: int, kind: str, *, seats: int, participation_id: int | None = None, at: datetime) -> None:
    """Write down what happened to a group."""
    sql.rows(
        """
        INSERT INTO groupbuy_group_change (group_id, at, kind, participation_id, seats)
        VALUES (%(group)s, %(at)s, %(kind)s, %(participation)s::bigint, %(seats)s)
        """,
        {"group": group_id, "at": at, "kind": kind, "participation": participation_id, "seats": seats},
    )


_MOVE = """
WITH before AS (
    SELECT id, state FROM groupbuy_participation
     WHERE id = ANY(%(ids)s::bigint[]) AND state = ANY(%(from)s::text[]) ORDER BY id FOR UPDATE
), moved AS (
    UPDATE groupbuy_participation p
       SET state = %(to)s::text, reason = %(reason)s::text, ended_at = %(ended)s::timestamptz
      FROM before WHERE p.id = before.id
    RETURNING p.id, before.state
), noted AS (
    INSERT INTO groupbuy_participation_change (participation_id, at, from_state, to_state, reason)
    SELECT id, %(at)s::timestamptz, state, %(to)s::text, %(reason)s::text FROM moved
)
SELECT id FROM moved ORDER BY id
"""


def move(ids: Sequence[int], to_state: str, *, from_states: Sequence[str], reason: str = "", at: datetime) -> list[int]:
    """Let these participations be in another state, those that are in one of `from_states`; which they were."""
    ended = at if to_state in {"refunded", "lapsed"} else None
    found = sql.rows(
        _MOVE,
        {
            "ids": list(ids),
            "from": [str(state) for state in from_states],
            "to": to_state,
            "reason": reason,
            "ended": ended,
            "at": at,
        },
    )
    return [row[0] for row in found]


_CONFIRM = """
WITH before AS (
    SELECT id FROM groupbuy_participation WHERE group_id = %(group)s AND state = 'seated' ORDER BY id FOR UPDATE
), moved AS (
    UPDATE groupbuy_participation p SET state = 'confirmed', reason = '' FROM before WHERE p.id = before.id
    RETURNING p.id, p.quantity
), noted AS (
    INSERT INTO groupbuy_participation_change (participation_id, at, from_state, to_state, reason)
    SELECT id, %(at)s, 'seated', 'confirmed', '' FROM moved
), formed AS (
    INSERT INTO groupbuy_group_change (group_id, at, kind, seats)
    SELECT %(group)s, %(at)s, 'formed', count(*) FROM moved
)
SELECT m.id, m.quantity, t.document::text
  FROM moved m
  JOIN groupbuy_group g ON g.id = %(group)s
  JOIN groupbuy_deal_terms t ON t.id = g.terms_id
 ORDER BY m.id
"""


def confirm(group_id: int, *, at: datetime) -> list[sql.Row]:
    """Confirm everybody with a seat in a group that was formed just now: her part, its pieces, and the group's terms as
    they are stored."""
    return sql.rows(_CONFIRM, {"group": group_id, "at": at})
