"""Imports as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.imports.answers import SOURCE_KEY_PATTERN
from huike.orders.models import SalesChannel
from huike.platform.schema import Schema

ImportKind = Literal["orders", "lines", "customers"]
ImportState = Literal["proposed", "checking", "checked", "running", "done", "failed", "cancelled"]
DateOrder = Literal["auto", "year_first", "day_first", "month_first"]
SourceKey = Annotated[str, Field(pattern=SOURCE_KEY_PATTERN)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


StatusMeaning = Literal["paid", "unpaid", "closed", "refunded"]
StatusWords = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=80)], StatusMeaning],
    Field(max_length=100, description="Words of the status columns, and what each means"),
]


class ColumnOut(Schema):
    name: str
    sample: list[str] = Field(description="Up to five values")
    type: Literal["number", "instant", "email", "text", "empty"]


class FieldOut(Schema):
    key: str
    required: bool
    label_code: str
    label: str | None = Field(description="What the operator calls a field of his own; built-in ones have none")
    kinds: list[ImportKind]


class FormatOut(Schema):
    """How the file is read. Encoding, delimiter and header may be corrected with `reread`."""

    type: Literal["csv", "jsonl", "xlsx", "parquet"]
    compression: Literal["none", "gzip"]
    encoding: str | None
    delimiter: str | None
    has_header: bool


class SourceAnswer(Schema):
    key: SourceKey
    name: Annotated[str, Field(min_length=1, max_length=120)]
    channel: SalesChannel


class Answers(Schema):
    """What a person confirms once per file: which column means what, and what no column says."""

    mapping: dict[str, str | None]
    source: SourceAnswer
    currency: CurrencyCode
    timezone: Annotated[str, Field(max_length=60)]
    duplicate_lines: Literal["keep", "drop"] = "keep"
    cancellation_prefix: Annotated[str, Field(max_length=10)] = "C"
    date_order: DateOrder = "auto"
    decimal: Literal[".", ","] = "."
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"
    status_words: StatusWords = Field(default_factory=dict)
    paid_for: Literal["line", "order"] = "order"


class Questions(Schema):
    """Proposed answers, in the shape of a check request without its mapping."""

    source: SourceAnswer
    currency: str
    timezone: str
    duplicate_lines: Literal["keep", "drop"]
    cancellation_prefix: str
    date_order: DateOrder
    decimal: Literal[".", ","]
    phone_region: str
    status_words: StatusWords
    paid_for: Literal["line", "order"]


class ReasonOut(Schema):
    """Why rows were refused. `params.field` and `params.column` name the cell, `params.value` shows the example's."""

    code: str
    params: dict[str, Any]
    count: int
    example_row: int


class CheckOut(Schema):
    """What would be imported. `totals` counts whatever the kind has; amounts are minor units of `totals.currency`."""

    rows: int
    ok_rows: int
    refused_rows: int
    blank_rows: int
    dropped_rows: int
    date_order: Literal["iso", "year_first", "day_first", "month_first"] | None
    date_order_certain: bool
    reasons: list[ReasonOut]
    totals: dict[str, Any]
    preview: list[dict[str, Any]] = Field(description="The first 20 rows as understood")


class ResultOut(Schema):
    """What was written: the check's totals, and of orders (or customers) how many are new, replaced, as before."""

    totals: dict[str, Any]
    created: int
    updated: int
    unchanged: int
    refused: int
    customers_created: int
    customers_updated: int
    products_created: int
    identities_elsewhere: int
    closed: int = Field(0, description="Orders that were closed unpaid and are not known: nothing was written of them")
    values_elsewhere: int = Field(0, description="Values of unique fields that another customer holds, left with her")
    references_unknown: int = Field(0, description="References to somebody who went since the check: left empty")
    households_full: int = Field(0, description="People whose household has no room for them: left out of it")
    referrers_unknown: int = Field(0, description="Referrers that nobody is known by: left empty")


class ErrorOut(Schema):
    code: str
    params: dict[str, Any]


class UsedMapping(Schema):
    """The saved mapping an import was proposed with, as it was called and numbered then."""

    id: int
    name: str
    version: int


class ImportRow(Schema):
    id: int
    kind: ImportKind
    filename: str
    origin: Literal["screen", "command", "folder", "call"] = Field(description="How the file came")
    mapping: UsedMapping | None
    preset: str | None
    bytes: int
    state: ImportState
    job_id: int | None
    created_at: datetime
    finished_at: datetime | None
    result: ResultOut | None
    error: ErrorOut | None


class ImportOut(ImportRow):
    format: FormatOut
    columns: list[ColumnOut]
    mapping_proposed: dict[str, str | None]
    fields: list[FieldOut]
    questions: Questions
    answers: Answers | None
    check: CheckOut | None
    fitting: list[UsedMapping] = Field(description="Saved mappings all of whose columns the file has, the best first")


class RereadIn(Schema):
    encoding: Annotated[str, Field(max_length=20)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    has_header: bool | None = None


MappingName = Annotated[str, Field(min_length=1, max_length=60)]


class ReadAs(Schema):
    """How a file is read where that cannot be told for certain."""

    encoding: Annotated[str, Field(max_length=20)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    has_header: bool | None = None


class SavedMappingOut(Schema):
    id: int
    name: str
    kind: ImportKind
    preset: str | None
    version: int
    columns: list[str]
    answers: Answers
    format: ReadAs
    from_folder: bool
    folder: str = Field(description="Where files are dropped that are to be imported with it, below the data folder")
    created_at: datetime
    changed_at: datetime
    used_at: datetime | None


class SaveMappingIn(Schema):
    """What was confirmed for an import, to be kept under a name."""

    name: MappingName
    import_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    answers: Answers


class ChangeMappingIn(Schema):
    name: MappingName | None = None
    from_folder: bool | None = None
    answers: Answers | None = None
    import_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="The file that the answers were given for"
    )


class CopyMappingIn(Schema):
    name: MappingName


class MappingRules(Schema):
    """The rules of a saved mapping, flat."""

    source_key: SourceKey
    source_name: Annotated[str, Field(min_length=1, max_length=120)]
    channel: SalesChannel
    currency: CurrencyCode
    timezone: Annotated[str, Field(max_length=60)]
    duplicate_lines: Literal["keep", "drop"]
    cancellation_prefix: Annotated[str, Field(max_length=10)]
    date_order: DateOrder
    decimal: Literal[".", ","]
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    status_words: StatusWords
    paid_for: Literal["line", "order"]


class MappingFile(Schema):
    """A saved mapping as a file, to be carried to another Huike."""

    kind: Literal["huike.import-mapping"]
    version: Literal[1]
    name: MappingName
    import_: ImportKind = Field(alias="import")
    preset: Annotated[str, Field(max_length=30)] = ""
    columns: Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=2000)]
    mapping: Annotated[
        dict[Annotated[str, Field(max_length=80)], Annotated[str, Field(max_length=500)]], Field(max_length=300)
    ]
    rules: MappingRules
    format: ReadAs


class PresetOut(Schema):
    """A platform whose exports are known."""

    key: str
    kind: ImportKind
    source_name: str
    columns: dict[str, list[str]] = Field(description="For each field the headers that mean it, the surest first")
    sample: list[list[str]] = Field(description="The first rows of the sample file")


class ProposeIn(Schema):
    """What to propose for a file: a saved mapping or a preset."""

    mapping_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    preset: Annotated[str, Field(max_length=30)] | None = None


class StartIn(Schema):
    refused: Literal["keep_good", "refuse_all"]
