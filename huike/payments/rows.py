"""Payments where somebody waits for them at a full page: read under their lock and written back by statements that are
prepared once per connection (docs/adr/0011). Off a payer's way everything goes through the ORM."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS

from huike.payments.models import Payment
from huike.platform import sql

_NAMES: Final = tuple(field.attname for field in Payment._meta.concrete_fields)
_JSON: Final = frozenset({"handles", "instruction"})
# All that may change of a payment; `refunding_minor` is the database's own.
_CHANGES: Final = (
    "state", "handles", "provider_reference", "instruction", "return_url", "failure_code", "failure_detail", "problem",
    "problem_detail", "due_at", "tries", "claim", "claimed_until", "unwanted_at", "started_at", "authorise_at",
    "captured_at", "ended_at", "fee_minor", "fee_back_minor", "fee_terms_id",
)  # fmt: skip

# What only names the payment, as a notification that is being kept, does not wait for it.
_LOCKED: Final = f"SELECT {', '.join(_NAMES)} FROM payments_payment WHERE id = %s FOR NO KEY UPDATE"  # noqa: S608
_WRITE: Final = (
    "UPDATE payments_payment SET "  # noqa: S608 - own columns
    + ", ".join(f"{name} = %({name})s{'::jsonb' if name in _JSON else ''}" for name in _CHANGES)
    + " WHERE id = %(id)s"
)


def locked(payment_id: int) -> Payment | None:
    """The payment as it stands, locked until the caller's transaction ends."""
    row = sql.row(_LOCKED, [payment_id])
    if row is None:
        return None
    values = [
        json.loads(value) if name in _JSON and value is not None else value
        for name, value in zip(_NAMES, row, strict=True)
    ]
    return Payment.from_db(DEFAULT_DB_ALIAS, _NAMES, values)


_NEW: Final = tuple(name for name in _NAMES if name not in {"id", "refunding_minor"})
# Whoever comes second with a key writes nothing.
_INSERT: Final = (
    f"INSERT INTO payments_payment ({', '.join(_NEW)}) VALUES ("  # noqa: S608 - own columns
    + ", ".join(f"%({name})s{'::jsonb' if name in _JSON else ''}" for name in _NEW)
    + ") ON CONFLICT (key) DO NOTHING RETURNING id"
)


def insert(payment: Payment) -> bool:
    """A new payment, which has its id then; False where its key is known, and nothing is written."""
    found = sql.row(_INSERT, _values(payment, _NEW))
    if found is None:
        return False
    payment.pk = found[0]
    return True


def write(payment: Payment) -> None:
    """What became of a locked payment."""
    sql.rows(_WRITE, {**_values(payment, _CHANGES), "id": payment.pk})


def _values(payment: Payment, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(payment, name) for name in names}
    for name in _JSON:
        values[name] = None if values[name] is None else json.dumps(values[name], ensure_ascii=False)
    return values
