"""Bodies of SQL's operations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from huike.customers.schemas import NamedRef
from huike.insights.models import Question
from huike.insights.sql.checking import LONGEST_QUESTION
from huike.platform.schema import Schema
from huike.segments.schemas import WordsOut

# Not stripped: errors tell the line.
Sql = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION, strip_whitespace=False)]


class SqlIn(Schema):
    sql: Annotated[Sql, Field(description="One SELECT, WITH or VALUES in DuckDB's dialect")]


class SqlFileIn(SqlIn):
    format: Literal["csv", "xlsx"] = "csv"


class SqlChoiceOut(Schema):
    value: str
    words: WordsOut


class SqlColumnOut(Schema):
    name: str
    type: str
    words: WordsOut
    masked: bool = Field(description="Whether you see it masked: personal data, without customers.unmask")
    choices: list[SqlChoiceOut] = Field(description="What its values mean, where they are few")
    opens: str | None = Field(description="The table whose rows its numbers name")


class SqlTableOut(Schema):
    name: str
    words: WordsOut
    columns: list[SqlColumnOut]


class SqlCatalogueOut(Schema):
    tables: list[SqlTableOut]
    functions: list[str]
    seconds: int
    rows_shown: int
    rows_exported: int
    timezone: str
    fresh_at: datetime | None


class SqlAnswerColumn(Schema):
    name: str
    type: str = Field(description="As DuckDB calls it")


class SqlAnswerOut(Schema):
    """Numbers as JSON's where it holds them exactly, else as text, as decimals are; instants in the operator's zone."""

    columns: list[SqlAnswerColumn]
    rows: list[list[Any]]
    row_count: int
    cut: Literal["rows", "bytes"] | None = Field(description="There is more than is shown: too many rows, or too long")
    elapsed_ms: int
    fresh_at: datetime = Field(description="Everything committed before it is in the answer")
    in_clear: bool = Field(description="Whether personal data was shown in clear")


class SqlCancelledOut(Schema):
    cancelled: bool


class SqlQuestionOut(Schema):
    """`outcome` is null while it is answered, then `answered` or the code of what went wrong."""

    id: int
    sql: str
    purpose: Question.Purpose
    asked_at: datetime
    outcome: str | None
    rows: int | None
    cut: bool
    elapsed_ms: int | None


class SavedQueryIn(Schema):
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
    sql: Sql
    shared: bool = False


class SavedQueryOut(Schema):
    id: int
    name: str
    sql: str
    shared: bool
    mine: bool
    owner: NamedRef | None
    updated_at: datetime
