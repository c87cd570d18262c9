"""What the sandbox does with money: every deed one transaction of its store, with the outcomes the plan asks for."""

from __future__ import annotations

import json
import time
from collections import Counter
from threading import Lock
from typing import Any

from huike.payments.sandbox.faults import CALL_FAULTS, NOTICE_FAULTS, Plan, chance, drawn, plan_of
from huike.payments.sandbox.store import Conflict, Row, Store


class Desk:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = Lock()
        self._calls: Counter[tuple[str, str]] = Counter()
        with store:
            self.plan = plan_of(json.loads(store.setting("plan") or "{}"))
            self._left = [entry.times for entry in self.plan.script]  # beside the script

    def set_plan(self, told: dict[str, Any]) -> Plan:
        """From now on these faults. Raises PlanInvalid."""
        plan = plan_of(told)
        with self.store as store:
            store.set("plan", json.dumps(told))
        with self._lock:
            self.plan, self._left = plan, [entry.times for entry in plan.script]
            self._calls.clear()
        return plan

    def fault_of(self, verb: str, number: str) -> str:
        """What befalls this call as a call, or nothing."""
        with self._lock:
            self._calls[verb, number] += 1
            nth = self._calls[verb, number]
        return self._scripted(verb, number, CALL_FAULTS) or drawn(self.plan, CALL_FAULTS, verb, number, nth)

    def _scripted(self, verb: str, number: str, among: tuple[str, ...]) -> str:
        with self._lock:
            for place, entry in enumerate(self.plan.script):
                fits = entry.verb == verb and entry.number in ("", number) and entry.fault in among
                if fits and self._left[place] > 0:
                    self._left[place] -= 1
                    return entry.fault
        return ""

    def _outcome(self, verb: str, number: str, *among: str) -> str:
        return self._scripted(verb, number, among) or drawn(self.plan, among, "outcome", verb, number)

    def open(self, told: Row) -> Row:
        with self.store as store:
            return store.open(told, time.time())

    def payment(self, number: str) -> Row | None:
        with self.store as store:
            return store.payment(number, time.time())

    def pay(self, number: str, outcome: str = "pay") -> Row | None:
        """The payer decides. Raises Conflict where it is too late, except for what was decided the same way before."""
        now = time.time()
        refused = outcome == "refuse"
        turn = "refuse_payment" if refused else self._outcome("pay", number, "refuse_payment", "two_steps")
        with self.store as store:
            payment = store.payment(number, now)
            if payment is None:
                return None
            if payment["state"] in {"captured", "authorised"} and not refused:
                return payment
            if payment["state"] != "pending":
                raise Conflict(payment["state"])
            if turn == "refuse_payment":
                payment = store.move(payment, "failed", code="card_declined")
            elif turn == "two_steps":
                payment = store.move(payment, "authorised")
            else:
                payment = store.move(payment, "captured", captured_at=now)
            self._tell(store, "payment", payment, now)
            return payment

    def capture(self, number: str) -> Row | None:
        now = time.time()
        with self.store as store:
            payment = store.payment(number, now)
            if payment is None or payment["state"] == "captured":
                return payment
            if payment["state"] != "authorised":
                raise Conflict(payment["state"])
            payment = store.move(payment, "captured", captured_at=now)
            self._tell(store, "payment", payment, now)
            return payment

    def close(self, number: str) -> Row | None:
        """What was not captured can no longer be."""
        now = time.time()
        with self.store as store:
            payment = store.payment(number, now)
            if payment is not None and payment["state"] in {"pending", "authorised"}:
                payment = store.move(payment, "closed", code="closed")
                self._tell(store, "payment", payment, now)
            return payment

    def refund(self, told: Row) -> Row:
        """Raises Conflict."""
        now = time.time()
        turn = self._outcome("refund", told["number"], "refuse_refund", "late_refund")
        state, code, due_at = "succeeded", "", None
        if turn == "refuse_refund":
            state, code = "refused", "account_closed"
        elif turn == "late_refund":
            state, due_at = "processing", now + self.plan.refund_seconds
        with self.store as store:
            known = store.refund(told["number"], now)
            refund = store.give_back(told, state=state, code=code, due_at=due_at, now=now)
            if known is None and refund["state"] != "processing":
                self._tell(store, "refund", refund, now)
            return refund

    def query_refund(self, number: str) -> Row | None:
        with self.store as store:
            return store.refund(number, time.time())

    def end_late_refunds(self) -> None:
        now = time.time()
        with self.store as store:
            for refund in store.refunds_due(now):
                self._tell(store, "refund", store.end_refund(refund, "succeeded", now), now)

    def _tell(self, store: Store, about: str, row: Row, now: float) -> None:
        name = (about, row["number"], row["state"])
        turn = self._scripted("notify", row["number"], NOTICE_FAULTS) or drawn(self.plan, NOTICE_FAULTS, *name)
        if turn == "notice_lost":
            return
        late = now + self.plan.late_seconds * chance(self.plan.seed, "late", *name)
        due_ats = {"notice_twice": [now, late], "notice_late": [late]}.get(turn, [now])
        store.tell(row["notify_url"], about, row, due_ats)
