"""What the sandbox remembers: one SQLite file, one writer. What a method returned survives the process."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from threading import RLock
from typing import Any, Final

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS payment (
    number TEXT PRIMARY KEY, id TEXT NOT NULL, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL,
    subject TEXT NOT NULL, notify_url TEXT NOT NULL, return_url TEXT NOT NULL, expires_at REAL NOT NULL,
    state TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL, captured_at REAL);
CREATE TABLE IF NOT EXISTS refund (
    number TEXT PRIMARY KEY, id TEXT NOT NULL, payment TEXT NOT NULL REFERENCES payment(number),
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, notify_url TEXT NOT NULL, state TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL, due_at REAL, ended_at REAL);
CREATE INDEX IF NOT EXISTS refund_of ON refund(payment);
CREATE INDEX IF NOT EXISTS refund_due ON refund(due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS notice (
    serial INTEGER PRIMARY KEY, id TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL, due_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS notice_due ON notice(due_at);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Row = dict[str, Any]


class Conflict(Exception):
    """The state of things does not allow it; the text is a code."""


class Store:
    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # The kernel keeps what was written when the process is killed; only a power cut would need more.
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; {_TABLES}")

    def __enter__(self) -> Store:
        """One transaction of one thread."""
        self._lock.acquire()
        self._db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self._db.execute("COMMIT" if kind is None else "ROLLBACK")
        finally:
            self._lock.release()

    def setting(self, name: str) -> str | None:
        row = self._one("SELECT value FROM setting WHERE name = ?", name)
        return row["value"] if row else None

    def set(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def payment(self, number: str, now: float) -> Row | None:
        """The payment as it stands: one whose time is over is closed."""
        row = self._one("SELECT * FROM payment WHERE number = ?", number)
        if row and row["state"] == "pending" and row["expires_at"] <= now:
            return self.move(row, "closed", code="expired")
        return row

    def open(self, told: Row, now: float) -> Row:
        """A new payment, or the one of this number. Raises Conflict where that one is of other money."""
        found = self.payment(told["number"], now)
        if found is not None:
            if (found["amount_minor"], found["currency"]) != (told["amount_minor"], told["currency"]):
                raise Conflict("number_reused")
            return found
        if told["expires_at"] <= now:
            raise Conflict("expired")
        self._db.execute(
            "INSERT INTO payment (number, id, amount_minor, currency, subject, notify_url, return_url, expires_at,"
            " state, created_at) VALUES (:number, :id, :amount_minor, :currency, :subject, :notify_url, :return_url,"
            " :expires_at, 'pending', :now)",
            {**told, "id": f"sp_{secrets.token_hex(8)}", "now": now},
        )
        return self._must("SELECT * FROM payment WHERE number = ?", told["number"])

    def move(self, payment: Row, state: str, *, code: str = "", captured_at: float | None = None) -> Row:
        self._db.execute(
            "UPDATE payment SET state = ?, code = ?, captured_at = ? WHERE number = ?",
            (state, code, captured_at, payment["number"]),
        )
        return self._must("SELECT * FROM payment WHERE number = ?", payment["number"])

    def refund(self, number: str, now: float) -> Row | None:
        """The refund as it stands: one that took its time has succeeded by now."""
        row = self._one("SELECT * FROM refund WHERE number = ?", number)
        if row and row["due_at"] is not None and row["due_at"] <= now:
            return self.end_refund(row, "succeeded", now)
        return row

    def give_back(self, told: Row, *, state: str, code: str, due_at: float | None, now: float) -> Row:
        """A new refund, or the one of this number. Raises Conflict where there is less to give back."""
        found = self.refund(told["number"], now)
        if found is not None:
            if (found["payment"], found["amount_minor"]) != (told["payment"], told["amount_minor"]):
                raise Conflict("number_reused")
            return found
        payment = self.payment(told["payment"], now)
        if payment is None or payment["state"] != "captured":
            raise Conflict("not_captured")
        back = self._must(
            "SELECT coalesce(sum(amount_minor), 0) AS minor FROM refund WHERE payment = ? AND state <> 'refused'",
            told["payment"],
        )["minor"]
        if back + told["amount_minor"] > payment["amount_minor"] or told["amount_minor"] <= 0:
            raise Conflict("amount_exceeds")
        self._db.execute(
            "INSERT INTO refund (number, id, payment, amount_minor, currency, notify_url, state, code, created_at,"
            " due_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                told["number"], f"sr_{secrets.token_hex(8)}", told["payment"], told["amount_minor"],
                payment["currency"], told["notify_url"], state, code, now, due_at, None if due_at else now,
            ),
        )  # fmt: skip
        return self._must("SELECT * FROM refund WHERE number = ?", told["number"])

    def end_refund(self, refund: Row, state: str, now: float) -> Row:
        self._db.execute(
            "UPDATE refund SET state = ?, due_at = NULL, ended_at = ? WHERE number = ?", (state, now, refund["number"])
        )
        return self._must("SELECT * FROM refund WHERE number = ?", refund["number"])

    def refunds_due(self, now: float) -> list[Row]:
        return self._all("SELECT * FROM refund WHERE due_at <= ? LIMIT 200", now)

    def tell(self, url: str, about: str, row: Row, due_ats: Iterable[float]) -> None:
        """Queue a notification, once for each instant, all under one id."""
        notice_id = f"sn_{secrets.token_hex(12)}"
        body = json.dumps({"type": about, "data": shown(row)})
        self._db.executemany(
            "INSERT INTO notice (id, url, body, due_at) VALUES (?, ?, ?, ?)",
            [(notice_id, url, body, due_at) for due_at in due_ats],
        )

    def notices_due(self, now: float, *, held_until: float, limit: int) -> list[Row]:
        """Take what is to be told now; it comes again at `held_until` where nobody says that it was told."""
        rows = self._all("SELECT * FROM notice WHERE due_at <= ? ORDER BY due_at LIMIT ?", now, limit)
        self._db.executemany(
            "UPDATE notice SET due_at = ?, tries = tries + 1 WHERE serial = ?",
            [(held_until, row["serial"]) for row in rows],
        )
        return rows

    def told(self, serial: int) -> None:
        self._db.execute("DELETE FROM notice WHERE serial = ?", (serial,))

    def tell_later(self, serial: int, due_at: float) -> None:
        self._db.execute("UPDATE notice SET due_at = ? WHERE serial = ?", (due_at, serial))

    def truth(self) -> dict[str, Any]:
        """Everything that was taken and given back."""
        return {
            "payments": [shown(row) for row in self._all("SELECT * FROM payment ORDER BY created_at")],
            "refunds": [shown(row) for row in self._all("SELECT * FROM refund ORDER BY created_at")],
            "notices_waiting": self._must("SELECT count(*) AS n FROM notice")["n"],
        }

    def statement(self, starts_at: float, ends_at: float) -> dict[str, Any]:
        """What was captured and what was given back in [starts_at, ends_at)."""
        captured = "SELECT * FROM payment WHERE captured_at >= ? AND captured_at < ? ORDER BY captured_at"
        refunded = "SELECT * FROM refund WHERE state = 'succeeded' AND ended_at >= ? AND ended_at < ? ORDER BY ended_at"
        return {
            "payments": [shown(row) for row in self._all(captured, starts_at, ends_at)],
            "refunds": [shown(row) for row in self._all(refunded, starts_at, ends_at)],
        }

    def _one(self, statement: str, *values: Any) -> Row | None:
        row = self._db.execute(statement, values).fetchone()
        return dict(row) if row else None

    def _must(self, statement: str, *values: Any) -> Row:
        return dict(self._db.execute(statement, values).fetchone())

    def _all(self, statement: str, *values: Any) -> list[Row]:
        return [dict(row) for row in self._db.execute(statement, values)]


def shown(row: Row) -> Row:
    """A payment or refund as it is told to outsiders."""
    return {name: value for name, value in row.items() if name not in {"notify_url", "return_url", "due_at"}}
