"""What people do and what is done for them, as rules may ask about it: a catalogue to which each capability adds its
own. Data only; an activity is a table of the lake with a row for each time.

The capability that owns the table declares the activity when the product starts (`declare`), so that rules may speak of
what stands above them in the house.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from huike.customers.built_in import Words
from huike.lake.registry import TableSpec
from huike.segments.fields import OPERATORS, FieldType, ValueKind


class Tally(StrEnum):
    """What is told of the times it happened."""

    COUNT = "count"
    SUM = "sum"
    FIRST_AT = "first_at"
    LAST_AT = "last_at"


TALLY_TYPES: Mapping[Tally, FieldType] = {
    Tally.COUNT: FieldType.NUMBER,
    Tally.SUM: FieldType.NUMBER,
    Tally.FIRST_AT: FieldType.INSTANT,
    Tally.LAST_AT: FieldType.INSTANT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One way a row tells of something happening: at the instant in its column `at`; a row without it did not happen
    so. `none` says that there was no time at all. `ahead`: it may lie after `as_of`, and be asked about there (a coupon
    will expire)."""

    key: str
    words: Words
    none: Words
    at: str
    ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What rows may be filtered by. `since`: a yes or no that is "yes" from the instant in the column on."""

    key: str
    type: FieldType
    words: Words
    column: str
    value_kind: ValueKind = ValueKind.TEXT
    choice_words: Mapping[str, Words] = field(default_factory=dict)
    labels: str | None = None
    since: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.choice_words)

    @property
    def ops(self) -> tuple[str, ...]:
        return OPERATORS[self.type]


@dataclass(frozen=True, eq=False, kw_only=True)
class Activity:
    """One kind of thing that happens. `table` has `id`, `customer_id` and the columns of the verbs and details.

    - `where`: which rows of the table are of this kind, where not all are.
    - `properties`: a table of free properties of the rows, one for each: `event_id`, `customer_id`, `at`, `key`, and
      its value as `text` or, of a number, in thousandths as `milli`.
    - `currency_column`: of the details that are money.
    """

    key: str
    words: Words
    table: TableSpec
    verbs: Mapping[str, Verb]
    details: Mapping[str, Detail]
    where: tuple[tuple[str, str], ...] = ()
    currency_column: str | None = None
    properties: TableSpec | None = None

    @property
    def may_be_step(self) -> bool:
        """Whether it is something that came before or after another, not only lies ahead."""
        return not all(verb.ahead for verb in self.verbs.values())

    @property
    def sums(self) -> tuple[str, ...]:
        """The details that can be summed, besides properties."""
        return tuple(d.key for d in self.details.values() if d.type in {FieldType.NUMBER, FieldType.MONEY})


PROPERTY = "properties."
"""How a filter begins that asks for a free property: `properties.color`."""

_activities: dict[str, Activity] = {}


def declare(activity: Activity) -> Activity:
    """Add an activity. Raises ValueError where its key is taken, or its table lacks a column."""
    if activity.key in _activities:
        raise ValueError(f"two activities are called {activity.key}")
    columns = {verb.at for verb in activity.verbs.values()} | {detail.column for detail in activity.details.values()}
    columns |= {column for column, _ in activity.where}
    columns |= {activity.currency_column} if activity.currency_column is not None else set()
    missing = {"id", "customer_id", *columns} - set(activity.table.columns)
    if missing:
        raise ValueError(f"activity {activity.key}: {activity.table.name} has no {sorted(missing)}")
    _activities[activity.key] = activity
    return activity


def activities() -> Mapping[str, Activity]:
    """Every declared activity by its key, in the order of declaring."""
    return _activities


def by_key(*parts: Verb) -> dict[str, Verb]:
    return {part.key: part for part in parts}


def details(*parts: Detail) -> dict[str, Detail]:
    return {part.key: part for part in parts}
