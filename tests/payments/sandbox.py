"""The real sandbox, as a process of its own that can be killed and started again; and a listener that keeps a book."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from huike.payments.listeners import Listener
from huike.payments.selectors import PaymentView, RefundView

SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Sandbox:
    """`url` stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self._state, self._port = folder / "sandbox.sqlite", 0
        self.process: subprocess.Popen[str] | None = None
        self.start()
        self.client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {SECRET}"}, timeout=30, trust_env=False
        )

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "huike.payments.sandbox", f"--port={self._port}", f"--state={self._state}"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HUIKE_PAYMENTS_SANDBOX_SECRET": SECRET},
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self._port = int(self.url.rsplit(":", 1)[1])

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(20)

    def plan(self, **told: Any) -> None:
        assert self.client.put("/admin/plan", json=told).status_code == 200

    def pay(self, *numbers: str, outcome: str = "pay") -> None:
        answer = self.client.post("/admin/pay", json={"numbers": list(numbers), "outcome": outcome})
        assert answer.json() == {"paid": len(numbers)}, answer.text

    def truth(self) -> dict[str, Any]:
        return self.client.get("/admin/truth").raise_for_status().json()

    def money(self) -> tuple[int, int]:
        """What it took, and what it gave back, in minor units."""
        truth = self.truth()
        captured = sum(row["amount_minor"] for row in truth["payments"] if row["state"] == "captured")
        refunded = sum(row["amount_minor"] for row in truth["refunds"] if row["state"] == "succeeded")
        return captured, refunded


class Book(Listener):
    """What a listener heard, in order: (what, reference, amount)."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, int]] = []

    def captured(self, payment: PaymentView, now: datetime) -> None:
        self.heard.append(("captured", payment.reference, payment.amount.amount_minor))

    def ended(self, payment: PaymentView, now: datetime) -> None:
        self.heard.append((payment.state, payment.reference, payment.amount.amount_minor))

    def refund_ended(self, refund: RefundView, now: datetime) -> None:
        self.heard.append((f"refund {refund.state}", refund.reference, refund.amount.amount_minor))
