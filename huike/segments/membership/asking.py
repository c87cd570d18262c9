"""Questions about several rules at once, and about a few customers only."""

from __future__ import annotations

import array
from collections.abc import Iterator, Sequence
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap64

from huike.lake.engine import Reading
from huike.lake.registry import tables
from huike.segments import expression
from huike.segments.expression import Moment
from huike.segments.membership.rules import FEW
from huike.segments.rules import Rule

Question = tuple[Rule, Moment]

ASKED_TOGETHER = 25
"""Rules in one pass: more make one question too large to plan."""


def members_among(reading: Reading, questions: Sequence[Question], customers: BitMap64) -> list[BitMap64]:
    """Of each question, the customers among these of whom its rule holds. For a few customers."""
    return [found for lot in _lots(questions) for found in _members_of_lot(reading, lot, customers)]


def _lots(questions: Sequence[Question]) -> Iterator[Sequence[Question]]:
    for start in range(0, len(questions), ASKED_TOGETHER):
        yield questions[start : start + ASKED_TOGETHER]


def _members_of_lot(reading: Reading, lot: Sequence[Question], customers: BitMap64) -> list[BitMap64]:
    rows = reading.table(narrowed(expression.holding(lot), customers))
    return [_ids(rows.filter(rows.column(f"h{index}")).column("id")) for index in range(len(lot))]


def _ids(column: pa.ChunkedArray) -> BitMap64:
    numbers = pc.cast(column, pa.uint64()).to_numpy()
    return BitMap64(array.array("Q", numbers.tobytes()))


def narrowed(question: Any, customers: BitMap64) -> Any:
    """The question, asked of a lake that has no other customers than these: right for all that a rule may say, since a
    condition looks at a customer's own rows."""
    among = ibis.literal(list(customers), type="array<int64>").unnest().name("among").as_table()
    narrow = {
        spec.expression.op(): spec.expression.filter(spec.expression[spec.customer].isin(among.among)).op()
        for spec in tables()
        if spec.is_about_customers
    }
    return question.op().replace(narrow).to_expr()


def still_there(reading: Reading, customers: BitMap64, moment: Moment) -> BitMap64:
    """Those of the customers who are in the lake and in scope."""
    question = expression.customers(moment).select("id")
    return customers & reading.ids(narrowed(question, customers) if len(customers) <= FEW else question)
