"""Attempts out: due deliveries are claimed, posted, and what came of it is written down.

`docs/algorithms/webhooks.md` is the specification. A claim is durable before the network is touched and ends by itself,
so a killed worker loses nothing; whoever claims next finds the attempt whose end nobody saw.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from threading import Event, Thread
from typing import Any, Final

from django.db import connection, transaction

from huike.channels.secrets import SecretUnreadable
from huike.customers.selectors import customers_by_id
from huike.platform import audit, clock, sql
from huike.platform.config import get_config
from huike.platform.outward.addresses import Policy, policy_of
from huike.platform.outward.posting import Post, attempt
from huike.platform.outward.results import Result
from huike.platform.signals import nudge
from huike.webhooks.intake import topic_of
from huike.webhooks.models import Attempt, Delivery, Endpoint, Secret
from huike.webhooks.rules import BODY_LIMIT_BYTES, Verdict, disabled_for_failing, judge
from huike.webhooks.signing import headers_of, unseal

CLAIM_SECONDS: Final = 60.0  # four times what an attempt can last
AT_ONCE: Final = 32
AT_ONCE_PER_ENDPOINT: Final = 8
_IDLE_SECONDS: Final = 0.5
_STOP_SECONDS: Final = 5.0

_ENDPOINTS_WITH_WORK: Final = """
SELECT e.id FROM webhooks_endpoint e
 WHERE e.is_enabled AND (e.held_until_at IS NULL OR e.held_until_at <= %(now)s)
   AND EXISTS (SELECT FROM webhooks_delivery d
                WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.due_at <= %(now)s
                  AND (d.claimed_until IS NULL OR d.claimed_until <= %(now)s))
 ORDER BY e.id
"""

_CLAIM: Final = """
WITH due AS (
  SELECT d.id, d.claim IS NOT NULL AS interrupted, d.claimed_until
    FROM webhooks_delivery d
   WHERE d.endpoint_id = %(endpoint_id)s AND d.state = 'pending' AND d.due_at <= %(now)s
     AND (d.claimed_until IS NULL OR d.claimed_until <= %(now)s)
     AND (d.customer_id IS NULL OR NOT EXISTS (
            SELECT FROM webhooks_delivery p
             WHERE p.endpoint_id = d.endpoint_id AND p.customer_id = d.customer_id AND p.state = 'pending'
               AND p.id < d.id))
   ORDER BY d.due_at, d.id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
), noted AS (
  INSERT INTO webhooks_attempt (delivery_id, at, duration_ms, outcome, address, detail, response)
  SELECT id, %(now)s, 0, 'interrupted', '', '', '' FROM due WHERE interrupted
)
UPDATE webhooks_delivery d
   SET claim = %(claim)s, claimed_until = %(claimed_until)s, tries = d.tries + 1, attempts_count = d.attempts_count + 1
  FROM due WHERE d.id = due.id
RETURNING d.id, d.message_id, d.type, d.customer_id, d.data::text, d.occurred_at, d.tries
"""

_FINISH: Final = """
UPDATE webhooks_delivery d
   SET state = t.state, due_at = COALESCE(t.due_at, d.due_at), claim = NULL, claimed_until = NULL,
       last_status = t.status, last_outcome = t.outcome,
       finished_at = CASE WHEN t.state = 'pending' THEN NULL ELSE %(now)s::timestamptz END
  FROM unnest(%(ids)s::bigint[], %(claims)s::bigint[], %(states)s::text[], %(due_ats)s::timestamptz[],
              %(statuses)s::int[], %(outcomes)s::text[]) AS t (id, claim, state, due_at, status, outcome)
 WHERE d.id = t.id AND d.claim = t.claim AND d.state = 'pending'
RETURNING d.id, d.customer_id
"""

# What waits for a delivery is due no earlier than it, or every search for due ones would meet the whole queue.
_PUT_OFF_FOLLOWERS: Final = """
UPDATE webhooks_delivery SET due_at = %(due_at)s::timestamptz
 WHERE endpoint_id = %(endpoint_id)s AND customer_id = %(customer_id)s AND state = 'pending' AND id > %(id)s
   AND due_at < %(due_at)s::timestamptz
"""

_NOTE_ON_ENDPOINT: Final = """
UPDATE webhooks_endpoint
   SET last_success_at = CASE WHEN %(success)s::boolean THEN %(now)s::timestamptz ELSE last_success_at END,
       failing_since_at = CASE WHEN %(success)s::boolean THEN NULL
                               ELSE COALESCE(failing_since_at, %(now)s::timestamptz) END,
       held_until_at = CASE WHEN %(hold)s::timestamptz IS NULL THEN held_until_at
                            ELSE GREATEST(held_until_at, %(hold)s::timestamptz) END
 WHERE id = %(id)s::bigint
RETURNING failing_since_at, is_enabled
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery this process may attempt until the claim ends; `post` is the result where it cannot be sent at all."""

    id: int
    claim: int
    endpoint_id: int
    tries: int
    post: Post | Result


def claim(*, busy: Counter[int], limit: int) -> list[Claimed]:
    """Claim due deliveries of every endpoint that has room; `busy` counts this process's attempts per endpoint."""
    claimed: list[Claimed] = []
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_ENDPOINTS_WITH_WORK, {"now": now})
        with_work = [int(row[0]) for row in cursor.fetchall()]
    for endpoint_id in with_work:
        room = min(AT_ONCE_PER_ENDPOINT - busy[endpoint_id], limit - len(claimed))
        if room > 0:
            claimed += _claim_of(endpoint_id, room)
    return claimed


def _claim_of(endpoint_id: int, limit: int) -> list[Claimed]:
    now, token = clock.now(), secrets.randbits(62)
    claimed_until = now + timedelta(seconds=CLAIM_SECONDS)
    with transaction.atomic(), connection.cursor() as cursor:
        endpoint = Endpoint.objects.filter(pk=endpoint_id, is_enabled=True).first()
        if endpoint is None:
            return []
        cursor.execute(
            _CLAIM,
            {"endpoint_id": endpoint_id, "now": now, "limit": limit, "claim": token, "claimed_until": claimed_until},
        )
        rows = sorted(cursor.fetchall())
        sealed = Secret.objects.filter(endpoint=endpoint).exclude(ends_at__lte=now).order_by("-created_at", "-pk")
        signed_with = _unsealed([secret.sealed for secret in sealed])
    people = _people([row[3] for row in rows if row[3] is not None]) if endpoint.includes_person else None
    return [
        Claimed(
            id=pk,
            claim=token,
            endpoint_id=endpoint_id,
            tries=tries,
            post=_post(endpoint.url, message_id, event_type, customer_id, data, occurred_at, signed_with, people),
        )
        for pk, message_id, event_type, customer_id, data, occurred_at, tries in rows
    ]


def _unsealed(sealed: Sequence[str]) -> list[str]:
    try:
        return [unseal(text) for text in sealed]
    except SecretUnreadable:
        return []


def _people(customer_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    return {
        pk: {"name": person.name, "phone": person.phone, "email": person.email}
        for pk, person in customers_by_id(customer_ids).items()
    }


def _post(
    url: str,
    message_id: str,
    event_type: str,
    customer_id: int | None,
    data: str,
    occurred_at: datetime,
    signed_with: Sequence[str],
    people: dict[int, dict[str, Any]] | None,
) -> Post | Result:
    if not signed_with:
        return Result(outcome="unsigned", detail="the secret was encrypted under another HUIKE_SECRET_KEY")
    content: dict[str, Any] = {"type": event_type, "timestamp": occurred_at.isoformat(), "data": json.loads(data)}
    if people is not None and customer_id is not None:
        content["person"] = people.get(customer_id)
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    if len(body.encode()) > BODY_LIMIT_BYTES:
        return Result(outcome="too_large", detail=f"the body exceeds {BODY_LIMIT_BYTES} bytes")
    return Post(
        url=url,
        headers=headers_of(message_id, body, at=clock.now(), signed_with=signed_with),
        body=body.encode(),
    )


@dataclass(frozen=True, slots=True)
class _Ended:
    """An attempt that ended, and what follows from it."""

    claimed: Claimed
    result: Result
    verdict: Verdict


def finish(ended: Sequence[tuple[Claimed, Result]]) -> None:
    """Write down attempts that ended, and what follows from each, in one transaction. An endpoint that took one of them
    is not failing. Without effect on a delivery that somebody else has claimed."""
    now = clock.now()
    judged = [
        _Ended(done, result, judge(result, tries=done.tries, now=now, share=random.random()))  # noqa: S311 - jitter, not a secret
        for done, result in ended
    ]
    # Endpoints in key order: another worker may be writing about the same ones.
    judged.sort(key=lambda one: one.claimed.endpoint_id)
    with transaction.atomic():
        customers: dict[int, int | None] = dict(sql.rows(_FINISH, _columns(judged, now)))
        mine = [one for one in judged if one.claimed.id in customers]
        Attempt.objects.bulk_create([_attempt(one, now) for one in mine])
        for endpoint_id, theirs in groupby(mine, key=lambda one: one.claimed.endpoint_id):
            _note_on_endpoint(endpoint_id, list(theirs), customers, now)
            nudge(topic_of(endpoint_id))


def _columns(judged: Sequence[_Ended], now: datetime) -> dict[str, Any]:
    return {
        "ids": [one.claimed.id for one in judged],
        "claims": [one.claimed.claim for one in judged],
        "states": [one.verdict.state for one in judged],
        "due_ats": [one.verdict.due_at for one in judged],
        "statuses": [one.result.status for one in judged],
        "outcomes": [one.result.outcome for one in judged],
        "now": now,
    }


def _attempt(one: _Ended, now: datetime) -> Attempt:
    return Attempt(
        delivery_id=one.claimed.id,
        at=now - timedelta(milliseconds=one.result.duration_ms),
        duration_ms=one.result.duration_ms,
        outcome=one.result.outcome,
        status=one.result.status,
        address=one.result.address,
        detail=one.result.detail,
        response=one.result.response,
    )


def _note_on_endpoint(
    endpoint_id: int, ended: Sequence[_Ended], customers: Mapping[int, int | None], now: datetime
) -> None:
    for one in ended:
        customer_id = customers[one.claimed.id]
        if one.verdict.state == Delivery.State.PENDING and customer_id is not None:
            follow = {"endpoint_id": endpoint_id, "customer_id": customer_id, "id": one.claimed.id}
            sql.rows(_PUT_OFF_FOLLOWERS, {**follow, "due_at": one.verdict.due_at})
    success = any(one.verdict.state == Delivery.State.DELIVERED for one in ended)
    holds = [one.verdict.hold_endpoint_until_at for one in ended if one.verdict.hold_endpoint_until_at is not None]
    note = {"id": endpoint_id, "success": success, "now": now, "hold": max(holds, default=None)}
    ((failing_since_at, is_enabled),) = sql.rows(_NOTE_ON_ENDPOINT, note)
    if is_enabled and any(one.verdict.endpoint_gone for one in ended):
        _turn_off(endpoint_id, Endpoint.DisabledReason.GONE, now)
    elif is_enabled and disabled_for_failing(failing_since_at, now=now):
        _turn_off(endpoint_id, Endpoint.DisabledReason.FAILING, now)


def _turn_off(endpoint_id: int, reason: Endpoint.DisabledReason, now: datetime) -> None:
    Endpoint.objects.filter(pk=endpoint_id).update(is_enabled=False, disabled_reason=reason, disabled_at=now)
    audit.record(
        audit.SYSTEM, "disable_webhook", subject_kind="webhook", subject_id=endpoint_id, details={"reason": reason}
    )


def let_go(claimed: Sequence[Claimed]) -> None:
    """End the claims of attempts cut off by an orderly stop: the next worker takes them at once."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE webhooks_delivery SET claimed_until = %s WHERE id = %s AND claim = %s AND state = 'pending'",
            [(clock.now(), one.id, one.claim) for one in claimed],
        )


Submit = Callable[[Claimed], "Future[Result]"]


@contextmanager
def _line(policy: Policy) -> Iterator[Submit]:
    """A thread whose event loop does the network; what is given to it is answered by a future."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="webhooks: network", daemon=True)
    thread.start()

    async def one(claimed: Claimed) -> Result:
        if isinstance(claimed.post, Result):
            return claimed.post
        return await attempt(claimed.post, policy=policy)

    try:
        yield lambda claimed: asyncio.run_coroutine_threadsafe(one(claimed), loop)
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(_STOP_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_STOP_SECONDS)
        if not thread.is_alive():
            loop.close()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Sending:
    """The attempts of this process: claims made, futures waited for, ends written, all by the one calling thread."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._under_way: dict[Future[Result], Claimed] = {}

    def turn(self, *, idle_seconds: float, stop: Event) -> bool:
        """Claim what there is room for and write down what has ended; whether there is or was anything to do."""
        busy = Counter(claimed.endpoint_id for claimed in self._under_way.values())
        claimed = claim(busy=busy, limit=AT_ONCE - len(self._under_way)) if len(self._under_way) < AT_ONCE else []
        for one in claimed:
            self._under_way[self._submit(one)] = one
        if not self._under_way:
            return False
        ended, _ = wait(self._under_way, timeout=0 if stop.is_set() else idle_seconds, return_when=FIRST_COMPLETED)
        self._write_down(ended)
        return True

    def end(self) -> None:
        """Wait a moment for what is under way; let go of the rest."""
        ended, _ = wait(self._under_way, timeout=_STOP_SECONDS)
        self._write_down(ended)
        let_go(list(self._under_way.values()))

    def _write_down(self, ended: Iterable[Future[Result]]) -> None:
        """What ended meanwhile is written at once: the busier the house, the more to a commit."""
        done = [(self._under_way.pop(future), future.result()) for future in ended]
        if done:
            finish(done)


def run_forever(stop: Event) -> None:
    """Send what is due until `stop` is set."""
    with _line(policy_of(get_config().webhook_allowed_networks)) as submit:
        sending = _Sending(submit)
        while not stop.is_set():
            if not sending.turn(idle_seconds=_IDLE_SECONDS, stop=stop):
                stop.wait(_IDLE_SECONDS)
        with suppress(Exception):  # the claims end by themselves where even this fails
            sending.end()


def send_due() -> None:
    """Send until nothing is due any more, and return."""
    never = Event()
    with _line(policy_of(get_config().webhook_allowed_networks)) as submit:
        sending = _Sending(submit)
        while sending.turn(idle_seconds=_IDLE_SECONDS, stop=never):
            pass
