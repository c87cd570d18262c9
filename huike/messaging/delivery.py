"""Sending what is due, so that a kill at any point sends nothing twice and loses nothing silently.

`docs/algorithms/sending.md` is the specification.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any, Final

import psycopg
from django.db import connection, transaction
from procrastinate.exceptions import AlreadyEnqueued
from psycopg.types.json import Jsonb

from huike.channels.email import ReadyMail, ready
from huike.channels.errors import AddressInvalid, HeaderInvalid, Uncertain, Undeliverable, Unreachable
from huike.channels.secrets import SecretUnreadable
from huike.channels.services import Sender, open_transport, sender
from huike.channels.transports import Transport
from huike.customers.models import Customer, Suppression
from huike.customers.services import suppress
from huike.kernel.scope import EVERYTHING
from huike.messaging import gate
from huike.messaging.errors import LinkUnsafe, TemplateInvalid, VariablesMissing
from huike.messaging.events import DispatchDone, MessageBounced
from huike.messaging.mails import MessageToSend, mail_of, people_variables
from huike.messaging.models import Attempt, Dispatch, Message, Receipt, SendRun
from huike.messaging.rules import is_hard_bounce, pause_after, quiet_until
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.locks import hold, lock_number
from huike.platform.outbox import announce
from huike.platform.signals import tell
from huike.platform.timing import WORKER_STOP_SECONDS

logger = logging.getLogger(__name__)

# A run ends before a stopping worker would be cut off; the loop starts the next one at once.
RUN_SECONDS: Final = WORKER_STOP_SECONDS - 5
CLAIM_AT_MOST: Final = 400
_HELD_AT_MOST: Final = 20_000
_LOOK_EVERY_SECONDS: Final = 1.0
_LONGEST_RETRY: Final = timedelta(minutes=10)
_RATE_LOCK: Final = "messaging.rate"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one message; written together with the start of the next."""

    message_id: int
    state: str
    attempt: str
    at: datetime
    reason: str = ""
    code: int | None = None
    detail: str = ""
    not_before_at: datetime | None = None
    bounced: bool = False


# One statement, one durable commit: the message before is finished, the next one may begin. A message that somebody
# ended in the meantime (its run was taken for dead) is not begun; one whose acceptance we hold is finished even so.
_ADVANCE = """
WITH finished AS (
  UPDATE messaging_message
     SET state = %(state)s::text, reason = %(reason)s::text,
         sent_at = CASE WHEN %(state)s::text = 'sent' THEN %(at)s::timestamptz ELSE sent_at END,
         bounced_at = CASE WHEN %(bounced)s THEN COALESCE(bounced_at, %(at)s::timestamptz) ELSE bounced_at END,
         not_before_at = COALESCE(%(not_before_at)s::timestamptz, not_before_at)
   WHERE id = %(done_id)s AND run_id = %(run_id)s
     AND (state = 'sending' OR (state = 'uncertain' AND %(state)s::text = 'sent'))
  RETURNING id
), attempted AS (
  INSERT INTO messaging_attempt (message_id, at, outcome, code, detail)
  SELECT id, %(at)s::timestamptz, %(attempt)s::text, %(code)s::int, %(detail)s::text FROM finished
), begun AS (
  UPDATE messaging_message m SET state = 'sending', attempts_count = attempts_count + 1
    FROM messaging_dispatch d
   WHERE m.id = %(next_id)s AND m.run_id = %(run_id)s AND m.state = 'claimed'
     AND d.id = m.dispatch_id AND d.state = 'open'
  RETURNING m.id
)
SELECT (SELECT count(*) FROM finished), (SELECT count(*) FROM begun)
"""

_REFUSE_UNSENT = """
UPDATE messaging_message SET state = 'not_sent', reason = %(reason)s, variables = variables || %(note)s
 WHERE id = %(id)s AND run_id = %(run_id)s AND state = 'claimed'
"""


def send_due(dispatch_id: int, *, seconds: float = RUN_SECONDS) -> int:
    """Send the due messages of an open dispatch for at most about `seconds`; how many the server took.

    Any number of these may run at once, on any number of machines. Returns early when there is nothing due, when the
    dispatch is paused or stopped, or when the server cannot be reached (noted on the dispatch with a time to try
    again).
    """
    recover_dead_runs()
    identity = sender()
    with _run(dispatch_id, alone=identity.rate_per_second is not None) as run_id:
        if run_id is None:
            return 0
        return _Sending(dispatch_id, run_id, identity, until=time.monotonic() + seconds).work()


@contextmanager
def _run(dispatch_id: int, *, alone: bool) -> Iterator[int | None]:
    """A run that counts as alive as long as this process holds its lock. None when it must be alone and is not."""
    with psycopg.connect(**connection_parameters(), autocommit=True) as lock:
        if alone and not _try_lock(lock, lock_number(_RATE_LOCK)):
            yield None
            return
        # The lock is taken before the row is seen by others: a run without a lock is a dead one.
        with lock.transaction():
            row = lock.execute(
                "INSERT INTO messaging_send_run (dispatch_id) VALUES (%s) RETURNING id", [dispatch_id]
            ).fetchone()
            run_id = int(row[0]) if row else 0
            _try_lock(lock, _run_lock(run_id))
        try:
            yield run_id
        finally:
            _end_run(run_id)


def _try_lock(lock: psycopg.Connection[Any], number: int) -> bool:
    row = lock.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
    return bool(row and row[0])


def _run_lock(run_id: int) -> int:
    return lock_number("messaging.run", run_id)


def connection_parameters() -> dict[str, Any]:
    """How to reach the database outside Django's pool."""
    wanted = {"dbname", "user", "password", "host", "port"}
    return {key: value for key, value in connection.get_connection_params().items() if key in wanted}


def recover_dead_runs() -> int:
    """End the runs whose process is gone: what they had taken is queued again, what they were sending is uncertain.
    The number of runs ended."""
    ended = 0
    for run_id in SendRun.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_run_lock(run_id)])
            if cursor.fetchone()[0]:
                _end_run(run_id)
                ended += 1
    return ended


def _end_run(run_id: int) -> None:
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        # Attempts whose end nobody saw are written down as such.
        cursor.execute(
            """
            WITH unsure AS (
              UPDATE messaging_message SET state = 'uncertain' WHERE run_id = %(run_id)s AND state = 'sending'
              RETURNING id
            ), noted AS (
              INSERT INTO messaging_attempt (message_id, at, outcome, detail)
              SELECT id, %(now)s, 'uncertain', 'the sending process ended' FROM unsure
            )
            UPDATE messaging_message SET state = 'queued', run_id = NULL, claimed_at = NULL
             WHERE run_id = %(run_id)s AND state = 'claimed'
            """,
            {"run_id": run_id, "now": now},
        )
        cursor.execute("UPDATE messaging_send_run SET ended_at = %s WHERE id = %s AND ended_at IS NULL", [now, run_id])


_CLAIM = """
WITH due AS (
  SELECT id, customer_id FROM messaging_message
   WHERE dispatch_id = %(dispatch_id)s AND state IN ('queued', 'held') AND not_before_at <= %(now)s
   ORDER BY not_before_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), judged AS (
  SELECT candidate.id, {refusal} AS refusal, reach.address
    FROM due candidate {joins}
)
UPDATE messaging_message m
   SET state = CASE WHEN j.refusal IS NOT NULL THEN 'not_sent'
                    WHEN %(quiet_until)s::timestamptz IS NOT NULL THEN 'held' ELSE 'claimed' END,
       reason = COALESCE(j.refusal, ''),
       not_before_at = CASE WHEN j.refusal IS NULL THEN COALESCE(%(quiet_until)s, m.not_before_at)
                            ELSE m.not_before_at END,
       run_id = %(run_id)s,
       claimed_at = CASE WHEN j.refusal IS NULL AND %(quiet_until)s::timestamptz IS NULL THEN %(now)s END
  FROM judged j
 WHERE m.id = j.id
RETURNING m.id, m.state, m.customer_id, m.campaign_id, m.template_version_id, m.language, m.variables::text, j.address
"""


def claim(dispatch_id: int, *, run_id: int, identity: Sender, limit: int) -> tuple[list[MessageToSend], int]:
    """Take due messages through the gate. What may be sent now, and how many rows were looked at."""
    now = clock.now()
    dispatch = Dispatch.objects.get(pk=dispatch_id)
    limits = gate.limits()
    quiet = quiet_until(limits, purpose=dispatch.purpose, now=now, zone=get_config().zone)
    asked = gate.gate(channel=dispatch.channel, purpose=dispatch.purpose, now=now, limits=limits)
    with transaction.atomic():
        # Two claims at once could both see the last free place under a person's cap.
        hold("messaging.claim", dispatch.channel)
        with connection.cursor() as cursor:
            cursor.execute(
                _CLAIM.format(refusal=asked.refusal, joins=asked.joins),
                {
                    **asked.params,
                    "dispatch_id": dispatch_id,
                    "run_id": run_id,
                    "now": now,
                    "quiet_until": quiet,
                    "limit": _HELD_AT_MOST if quiet else limit,
                },
            )
            rows = cursor.fetchall()
        if rows and dispatch.campaign_id is not None:
            tell(f"campaign:{dispatch.campaign_id}", {"id": dispatch.campaign_id, "state": "sending"})
    taken = [row for row in rows if row[1] == Message.State.CLAIMED]
    people = people_variables(
        Customer.objects.in_bulk([row[2] for row in taken]), {row[2]: row[5] for row in taken}, scope=EVERYTHING
    )
    return [
        MessageToSend(
            id=row[0],
            campaign_id=row[3],
            template_version_id=row[4],
            language=row[5],
            variables=json.loads(row[6]),
            address=row[7],
            person=people[row[2]],
            sender=identity,
        )
        for row in taken
    ], len(rows)


class _Pace:
    """A token bucket shared by threads: `rate_per_second` None never waits."""

    def __init__(self, rate_per_second: int | None) -> None:
        self._gap_seconds = 1 / rate_per_second if rate_per_second else 0.0
        self._next_at = time.monotonic()
        self._lock = Lock()

    def wait_seconds(self) -> float:
        """Take the next place; how long to wait for it."""
        if not self._gap_seconds:
            return 0.0
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next_at)
            self._next_at = at + self._gap_seconds
            return at - now


class _Sending:
    """One run: a claiming thread (the caller's) and one thread per SMTP connection."""

    def __init__(self, dispatch_id: int, run_id: int, identity: Sender, *, until: float) -> None:
        self._dispatch_id, self._run_id, self._identity = dispatch_id, run_id, identity
        self._until = until
        self._parameters = connection_parameters()
        self._pace = _Pace(identity.rate_per_second)
        self._ready: deque[MessageToSend] = deque()
        self._more = Event()
        self._end = Event()
        self._halt = Event()
        self._trouble: str = ""
        self._failure: BaseException | None = None
        self._sent_count = 0
        self._lock = Lock()

    def work(self) -> int:
        try:
            transports = [open_transport() for _ in range(self._identity.connections_count)]
        except SecretUnreadable as error:
            self._stop_for(error.title)
            self._note_reachability()
            return 0
        threads = [
            Thread(target=self._guarded, args=(transport,), name=f"send {self._run_id}.{number}", daemon=True)
            for number, transport in enumerate(transports)
        ]
        for thread in threads:
            thread.start()
        try:
            self._feed()
        finally:
            self._end.set()
            self._more.set()
            for thread in threads:
                thread.join()
        if self._failure is not None:
            raise self._failure
        self._note_reachability()
        return self._sent_count

    def _feed(self) -> None:
        rate = self._identity.rate_per_second
        size = CLAIM_AT_MOST if rate is None else max(1, min(CLAIM_AT_MOST, rate * 5))
        while not self._halt.is_set() and time.monotonic() < self._until:
            if len(self._ready) > size // 2:
                time.sleep(0.01)
                continue
            messages, seen_count = claim(self._dispatch_id, run_id=self._run_id, identity=self._identity, limit=size)
            if seen_count == 0:
                return
            self._ready.extend(messages)
            self._more.set()
        if time.monotonic() >= self._until:
            # Out of time: what is still waiting goes back to the queue with the end of the run.
            self._halt.set()

    def _guarded(self, transport: Transport) -> None:
        try:
            with psycopg.connect(**self._parameters, autocommit=True) as side:
                self._send_all(side, transport)
        except BaseException as error:  # noqa: BLE001 - raised again by the run's own thread
            self._failure = error
            self._halt.set()
        finally:
            transport.close()
            connection.close()

    def _send_all(self, side: psycopg.Connection[Any], transport: Transport) -> None:
        before: _Outcome | None = None
        while True:
            message = self._next(wait=before is None)
            if message is None:
                if before is None:
                    return
                self._advance(side, before, None)
                before = None
                continue
            mail = self._prepared(side, message)
            if mail is None:
                continue
            wait_seconds = self._pace.wait_seconds()
            if wait_seconds and before is not None:
                self._advance(side, before, None)
                before = None
            if wait_seconds and self._halt.wait(wait_seconds):
                return
            begun = self._advance(side, before, message.id)
            before = None
            if begun:
                before = self._hand_over(transport, mail, message)
            elif not _is_open(side, self._dispatch_id):
                self._halt.set()

    def _next(self, *, wait: bool) -> MessageToSend | None:
        """The next message; None when there is none now (not waiting) or none will come (waiting)."""
        while not self._halt.is_set():
            try:
                return self._ready.popleft()
            except IndexError:
                if not wait or self._end.is_set():
                    return None
                self._more.wait(0.05)
                self._more.clear()
        return None

    def _prepared(self, side: psycopg.Connection[Any], message: MessageToSend) -> ReadyMail | None:
        """The mail, or None after writing down why there is none."""
        note: dict[str, Any] = {}
        try:
            return ready(mail_of(message, now=clock.now()))
        except VariablesMissing as error:
            reason, note = "variable_missing", {"missing": error.params["missing"]}
        except (TemplateInvalid, LinkUnsafe, HeaderInvalid, AddressInvalid) as error:
            reason = error.code
        side.execute(_REFUSE_UNSENT, {"id": message.id, "run_id": self._run_id, "reason": reason, "note": Jsonb(note)})
        return None

    def _hand_over(self, transport: Transport, mail: ReadyMail, message: MessageToSend) -> _Outcome:
        try:
            answer = transport.send(mail)
        except Undeliverable as refusal:
            return self._refused(message, refusal)
        except Uncertain as error:
            return _Outcome(
                message.id, Message.State.UNCERTAIN, Attempt.Outcome.UNCERTAIN, clock.now(), detail=error.detail
            )
        except Unreachable as error:
            self._stop_for(error.detail)
            # Nothing was delivered, and it is nobody's fault but the connection's.
            return _Outcome(
                message.id, Message.State.QUEUED, Attempt.Outcome.DEFERRED, clock.now(), detail=error.detail
            )
        with self._lock:
            self._sent_count += 1
        return _Outcome(message.id, Message.State.SENT, Attempt.Outcome.ACCEPTED, clock.now(), code=250, detail=answer)

    def _refused(self, message: MessageToSend, refusal: Undeliverable) -> _Outcome:
        try:
            return self._judge_refusal(message, refusal)
        finally:
            # Rare, so the thread keeps no connection of the pool for it.
            connection.close()

    def _judge_refusal(self, message: MessageToSend, refusal: Undeliverable) -> _Outcome:
        now = clock.now()
        attempts_count = Message.objects.values_list("attempts_count", flat=True).get(pk=message.id)
        pause = None if refusal.permanent else pause_after(attempts_count)
        if pause is not None:
            return _Outcome(
                message.id,
                Message.State.QUEUED,
                Attempt.Outcome.DEFERRED,
                now,
                code=refusal.smtp_code,
                detail=refusal.detail,
                not_before_at=now + pause,
            )
        hard = is_hard_bounce(smtp_code=refusal.smtp_code, detail=refusal.detail)
        if hard:
            note_bounce(message.id, detail=f"{refusal.smtp_code} {refusal.detail}", now=now)
        return _Outcome(
            message.id,
            Message.State.FAILED,
            Attempt.Outcome.REFUSED,
            now,
            reason=f"smtp_{refusal.smtp_code}",
            code=refusal.smtp_code,
            detail=refusal.detail,
            bounced=hard,
        )

    def _advance(self, side: psycopg.Connection[Any], before: _Outcome | None, next_id: int | None) -> bool:
        row = side.execute(
            _ADVANCE,
            {
                "run_id": self._run_id,
                "done_id": before.message_id if before else None,
                "state": before.state if before else "",
                "reason": before.reason if before else "",
                "at": before.at if before else None,
                "attempt": before.attempt if before else "",
                "code": before.code if before else None,
                "detail": before.detail[:300] if before else "",
                "bounced": bool(before and before.bounced),
                "not_before_at": before.not_before_at if before else None,
                "next_id": next_id,
            },
        ).fetchone()
        return bool(row and row[1])

    def _stop_for(self, trouble: str) -> None:
        self._trouble = trouble
        self._halt.set()

    def _note_reachability(self) -> None:
        dispatch = Dispatch.objects.filter(pk=self._dispatch_id)
        if not self._trouble:
            dispatch.exclude(trouble="").update(trouble="", failures_count=0, retry_at=None)
            return
        failures_count = dispatch.values_list("failures_count", flat=True).get() + 1
        pause = min(timedelta(seconds=5 * 2 ** min(failures_count, 20)), _LONGEST_RETRY)
        dispatch.update(trouble=self._trouble[:300], failures_count=failures_count, retry_at=clock.now() + pause)


def _is_open(side: psycopg.Connection[Any], dispatch_id: int) -> bool:
    row = side.execute("SELECT state = 'open' FROM messaging_dispatch WHERE id = %s", [dispatch_id]).fetchone()
    return bool(row and row[0])


def note_bounce(message_id: int, *, detail: str, now: datetime) -> None:
    """The address does not exist: write it down and never write to it again."""
    with transaction.atomic():
        message = Message.objects.select_related("customer").get(pk=message_id)
        Receipt.objects.create(message=message, kind=Receipt.Kind.BOUNCED, at=now, detail=detail[:300])
        if message.customer.email:
            suppress(
                message.customer.email,
                channel=message.channel,
                reason=Suppression.Reason.BOUNCED,
                customer_id=message.customer_id,
                detail=detail[:300],
                actor=SYSTEM,
            )
        announce(
            MessageBounced(
                message_id=message.pk,
                campaign_id=message.campaign_id,
                customer_id=message.customer_id,
                occurred_at=now,
            )
        )


_FINISH = """
UPDATE messaging_dispatch d SET state = 'done', done_at = %(now)s
 WHERE d.state = 'open'
   AND NOT EXISTS (SELECT 1 FROM messaging_message m WHERE m.dispatch_id = d.id AND m.state IN ('queued', 'held'))
   AND NOT EXISTS (SELECT 1 FROM messaging_send_run r
                     JOIN messaging_message m ON m.run_id = r.id AND m.state IN ('claimed', 'sending')
                    WHERE r.dispatch_id = d.id AND r.ended_at IS NULL)
RETURNING d.id, d.campaign_id
"""


def finish_dispatches() -> int:
    """Mark done the open dispatches with nothing left to send, and announce it; how many."""
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FINISH, {"now": now})
        done = cursor.fetchall()
        announce(*(DispatchDone(dispatch_id=row[0], campaign_id=row[1], occurred_at=now) for row in done))
        for dispatch_id, campaign_id in done:
            tell(f"campaign:{campaign_id}", {"id": campaign_id, "dispatch_id": dispatch_id, "state": "done"})
    return len(done)


def start_due_runs() -> int:
    """Enqueue a run for each open dispatch with due messages that none is working on; how many."""
    from huike.messaging.tasks import send_dispatch

    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.id FROM messaging_dispatch d
             WHERE d.state = 'open' AND (d.retry_at IS NULL OR d.retry_at <= %(now)s)
               AND EXISTS (SELECT 1 FROM messaging_message m WHERE m.dispatch_id = d.id
                              AND m.state IN ('queued', 'held') AND m.not_before_at <= %(now)s)
               AND NOT EXISTS (SELECT 1 FROM messaging_send_run r WHERE r.dispatch_id = d.id AND r.ended_at IS NULL)
             ORDER BY d.id
            """,
            {"now": now},
        )
        due = [row[0] for row in cursor.fetchall()]
    started = 0
    for dispatch_id in due:
        try:
            with transaction.atomic():
                send_dispatch.configure(queueing_lock=f"dispatch:{dispatch_id}").defer(dispatch_id=dispatch_id)
            started += 1
        except AlreadyEnqueued:
            continue
    return started


def run_forever(stop: Event) -> None:
    """Keep open dispatches moving until `stop` is set."""
    while not stop.is_set():
        recover_dead_runs()
        finish_dispatches()
        start_due_runs()
        stop.wait(_LOOK_EVERY_SECONDS)
