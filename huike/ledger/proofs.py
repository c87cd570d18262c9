"""The proof that the books are right, and the record that it was made."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime

from huike.kernel.errors import HuikeError
from huike.ledger import selectors
from huike.ledger.models import Entry, Proof, Transaction

_MOST_NAMED = 100


class BooksDiffer(HuikeError):
    code = "ledger.books_differ"
    status = 500
    title = "The books are not as they must be"


def prove(*, now: datetime) -> Proof:
    """Look at all the books and keep what was found. Raises BooksDiffer where anything is wrong; the record stays."""
    started = time.monotonic()
    faults = selectors.verify()
    proof = Proof.objects.create(
        at=now,
        transactions=Transaction.objects.count(),
        entries=Entry.objects.count(),
        faults=[asdict(fault) for fault in faults[:_MOST_NAMED]],
        seconds=time.monotonic() - started,
    )
    if faults:
        first = faults[0]
        raise BooksDiffer(
            f"{len(faults)} faults; the first: {first.kind} {first.what}: {first.found} instead of {first.expected}",
            faults=len(faults),
        )
    return proof


def latest() -> Proof | None:
    return Proof.objects.order_by("-id").first()
