"""A till for Huike, whole and small: who stands here, what will it cost, sell, take back; with and without the server.

Copy it with `member_code.py`; they need Python and `cryptography`, nothing else. Every write carries a key of its own,
so that asking again is always safe. What cannot be told now is put into a queue on disk, signed, before the receipt is
printed, and told later; a sale whose answer never came is among it, since it is the same sale.

    till = Till(folder, name="SH01-1", source="till-sh01", store_code="SH01", server=Server("https://crm.example", key))
    receipt = till.sell([Item("T101", "19.00", 2)], member=till.member_of(scanned), paid={"wallet": 3800})
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

try:
    from member_code import MemberCodes
except ImportError:  # beside the house it is a module of a package
    from examples.till.member_code import MemberCodes

TIMEOUT_SECONDS = 3.0


class ServerAway(Exception):
    """Nobody answered, or not in time. What was asked may have happened."""


class Refused(Exception):
    """The server answered that this cannot be done; `problem` says why (RFC 9457)."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("code", "refused"))
        self.problem = problem


class OfflineLimit(Exception):
    """Without the server no more points may be taken."""


class Road(Protocol):
    """How the till reaches the house."""

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        """The answer. Raises ServerAway, Refused."""


@dataclass
class Server:
    """The house over HTTP."""

    address: str
    api_key: str

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        # Always the operator's own address, never one from outside.
        request = Request(f"{self.address}/api/v1{path}", data=data, headers=headers, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            if error.code >= 500:
                raise ServerAway(str(error)) from error
            raise Refused(json.load(error)) from error
        except (URLError, TimeoutError, ConnectionError, ValueError) as error:
            raise ServerAway(str(error)) from error


@dataclass(frozen=True)
class Item:
    """One product: price as decimal text, discount in minor units."""

    sku: str
    price: str
    quantity: int = 1
    discount_minor: int = 0


@dataclass(frozen=True)
class Receipt:
    """What was printed. `answer` is the server's; None where it will hear of the sale later."""

    number: str
    answer: Mapping[str, Any] | None


class Till:
    """One till: a folder with its key and its queue, and a road to the house."""

    def __init__(
        self, folder: Path, *, name: str, source: str, store_code: str | None, server: Road, currency: str = "CNY"
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.source, self.store_code, self.currency = name, source, store_code, currency
        self.server = server
        self._key = _key_in(folder / "till.key")
        self._db = sqlite3.connect(folder / "queue.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # a receipt is printed after this, never before
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS queue (sequence INTEGER PRIMARY KEY AUTOINCREMENT, receipt TEXT UNIQUE,"
            " session TEXT, body TEXT, signature TEXT, points INTEGER, told INTEGER NOT NULL DEFAULT 0, outcome TEXT)"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT)")

    @property
    def public_key(self) -> str:
        """What the till is registered with."""
        return b64encode(self._key.public_key().public_bytes_raw()).decode()

    # While the server answers

    def prepare(self) -> None:
        """Fetch what the till needs without the server: the key of members' codes, and its own limits."""
        codes = self.server.call("GET", "/loyalty/member-code-key")["public_key"]
        mine = next(till for till in self.server.call("GET", "/checkout/tills") if till["name"] == self.name)
        self._note("codes", codes)
        self._note("most_sale", str(mine["most_points_sale"]))
        self._note("most_session", str(mine["most_points_session"]))

    def identify(self, **by: str) -> Mapping[str, Any]:
        """Who stands here, by `code`, `card_number` or `phone`."""
        return self.server.call("POST", "/loyalty/members/identify", by, key=uuid.uuid4().hex)

    def quote(
        self, items: Sequence[Item], *, member: Mapping[str, Any], coupons: Sequence[str] = (), points_minor: int = 0
    ) -> Mapping[str, Any]:
        """What it will come to, what she may pay with points and stored value, what she will earn, her count cards."""
        order = self._order(self.next_receipt(), "sale", items, member, coupons=coupons)
        return self.server.call(
            "POST", "/checkout/quote", {**order, "points_minor": points_minor, "member_price": True}
        )

    def hold(
        self, receipt: str, member: Mapping[str, Any], *, points: int = 0, stored_value_minor: int = 0
    ) -> Mapping[str, Any]:
        """Set points, stored value or both apart while she pays the rest; the sale of this receipt settles them."""
        body = {
            "source": self.source,
            "order_external_id": receipt,
            "customer": member,
            "points": points,
            "stored_value_minor": stored_value_minor,
        }
        return self.server.call("POST", "/checkout/holds", body, key=f"{receipt}:hold")

    def release(self, receipt: str) -> Mapping[str, Any]:
        """Let go of what was held for a sale that does not happen."""
        body = {"source": self.source, "order_external_id": receipt}
        return self.server.call("POST", "/checkout/holds/release", body)

    def use_card(
        self, member: Mapping[str, Any], card_key: str, uses: int = 1, *, number: str = ""
    ) -> Mapping[str, Any]:
        """Take uses of a count card she brought; what is left. Ask again with the same `number`, and it is one use.

        Only with the server: without it nobody can say what is left. Raises ServerAway, Refused.
        """
        number = number or self.next_receipt()
        body = {
            "source": self.source,
            "external_id": number,
            "customer": member,
            "card_key": card_key,
            "uses": uses,
            "store_code": self.store_code,
        }
        return self.server.call("POST", "/checkout/uses", body, key=f"{number}:uses")

    # Selling, with or without it

    def next_receipt(self) -> str:
        """A number this till never printed."""
        return f"{self.name}-{uuid.uuid4().hex[:12]}"

    def sell(
        self,
        items: Sequence[Item],
        *,
        member: Mapping[str, Any] | None = None,
        paid: Mapping[str, int] | None = None,
        coupons: Sequence[str] = (),
        member_price: bool = False,
        receipt: str = "",
        points: int = 0,
    ) -> Receipt:
        """Sell. `points` are what the tender `points` costs; offline they are bounded. Raises Refused, OfflineLimit."""
        receipt = receipt or self.next_receipt()
        order = self._order(receipt, "sale", items, member, paid=paid, coupons=coupons)
        return self._commit(receipt, order, points=points, member_price=member_price)

    def take_back(
        self,
        items: Sequence[Item],
        *,
        of: str,
        member: Mapping[str, Any] | None = None,
        refunded: Mapping[str, int] | None = None,
    ) -> Receipt:
        """Goods come back. Raises Refused."""
        receipt = self.next_receipt()
        order = {**self._order(receipt, "return", items, member, paid=refunded), "return_of": {"external_id": of}}
        return self._commit(receipt, order, points=0, member_price=False)

    def _commit(self, receipt: str, order: dict[str, Any], *, points: int, member_price: bool) -> Receipt:
        if not self.is_offline:
            try:
                asked = {**order, "member_price": member_price}
                return Receipt(receipt, self.server.call("POST", "/orders", asked, key=receipt))
            except ServerAway:
                self._note("session", uuid.uuid4().hex)
        self._queue(receipt, order, points)
        return Receipt(receipt, None)

    def _order(
        self,
        receipt: str,
        kind: str,
        items: Sequence[Item],
        member: Mapping[str, Any] | None,
        *,
        paid: Mapping[str, int] | None = None,
        coupons: Sequence[str] = (),
    ) -> dict[str, Any]:
        return {
            "source": self.source,
            "external_id": receipt,
            "kind": kind,
            "placed_at": datetime.now(UTC).isoformat(),
            "channel": "pos",
            "store_code": self.store_code,
            "currency": self.currency,
            "customer": member,
            "lines": [
                {
                    "sku": item.sku,
                    "quantity": str(item.quantity),
                    "unit_price": item.price,
                    "discount_minor": item.discount_minor,
                }
                for item in items
            ],
            **({"coupons": list(coupons)} if coupons else {}),
            **({"payments": [{"tender": t, "amount_minor": a} for t, a in paid.items()]} if paid and kind else {}),
        }

    # Without the server

    @property
    def is_offline(self) -> bool:
        """Whether sales go into the queue, until it is told."""
        return self._noted("session") != ""

    def member_of(self, code: str) -> Mapping[str, Any]:
        """Who stands here by the code of her phone, read without the server. Raises member_code.CodeRefused."""
        return {"card_number": self._codes().take(code, now=time.time())}

    def _codes(self) -> MemberCodes:
        if not hasattr(self, "_known_codes"):
            self._known_codes = MemberCodes(self._noted("codes"))
        return self._known_codes

    def _queue(self, receipt: str, order: Mapping[str, Any], points: int) -> None:
        session = self._noted("session")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            (used,) = self._db.execute(
                "SELECT coalesce(sum(points), 0) FROM queue WHERE session = ?", [session]
            ).fetchone()
            most_sale, most_session = int(self._noted("most_sale") or 0), int(self._noted("most_session") or 0)
            if points and (points > most_sale or used + points > most_session):
                raise OfflineLimit
            last = self._db.execute("SELECT sequence, body FROM queue ORDER BY sequence DESC LIMIT 1").fetchone()
            sequence = last[0] + 1 if last else 1
            previous = sha256(last[1].encode()).hexdigest() if last else ""
            told = {
                "till": self.name,
                "sequence": sequence,
                "session": str(uuid.UUID(session)),
                "previous": previous,
                "order": order,
            }
            body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            signature = b64encode(self._key.sign(body.encode())).decode()
            self._db.execute(
                "INSERT INTO queue (sequence, receipt, session, body, signature, points) VALUES (?, ?, ?, ?, ?, ?)",
                [sequence, receipt, session, body, signature, points],
            )
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def waiting(self) -> list[dict[str, str]]:
        """What the house has not heard yet, in the order it happened."""
        rows = self._db.execute("SELECT body, signature FROM queue WHERE NOT told ORDER BY sequence").fetchall()
        return [{"body": body, "signature": signature} for body, signature in rows]

    def replay(self, *, piece: int = 50) -> list[Mapping[str, Any]]:
        """Tell the house what happened without it; what it answered. Ends the time offline. Raises ServerAway."""
        answers: list[Mapping[str, Any]] = []
        waiting = self.waiting()
        for start in range(0, len(waiting), piece):
            part = waiting[start : start + piece]
            answer = self.server.call("POST", "/checkout/offline", {"till": self.name, "items": part})
            for item, became in zip(part, answer["items"], strict=True):
                if became["kept"]:
                    sequence = json.loads(item["body"])["sequence"]
                    self._db.execute(
                        "UPDATE queue SET told = 1, outcome = ? WHERE sequence = ?", [became["state"], sequence]
                    )
                answers.append(became)
        if not self.waiting():
            self._note("session", "")
        return answers

    def _note(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", [name, value]
        )

    def _noted(self, name: str) -> str:
        found = self._db.execute("SELECT value FROM notes WHERE name = ?", [name]).fetchone()
        return found[0] if found else ""


def _key_in(path: Path) -> Ed25519PrivateKey:
    """The till's own key, made at its first start; it never leaves the till."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
