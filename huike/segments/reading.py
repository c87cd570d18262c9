"""From JSON to a rule, with every fault named by the path of what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from huike.customers.built_in import Words
from huike.kernel.errors import FieldError
from huike.kernel.money import UnknownCurrency, minor_exponent
from huike.segments.activities import PROPERTY, TALLY_TYPES, Activity, Tally
from huike.segments.activities import activities as declared
from huike.segments.errors import RuleInvalid
from huike.segments.fields import (
    BIRTHDAY_PERIODS,
    CALENDAR_UNITS,
    FIELDS,
    MEASURE_TYPES,
    MEASURED_OPS,
    OPERATORS,
    UNITS,
    WHERE_FIELDS,
    Field,
    FieldType,
    Measure,
    ValueKind,
)
from huike.segments.rules import (
    VERSION,
    All,
    AnyOf,
    AroundStore,
    Bought,
    Bucket,
    Circle,
    FieldIs,
    Filter,
    Happened,
    InSegment,
    Node,
    Not,
    Occurrence,
    Reachable,
    Rule,
    Scalar,
    Sequence,
    Stretch,
    Value,
    Within,
)
from huike.segments.windows import EVER, Ago, Between, CalendarPeriod, Ever, Last, Next, PastWindow, Window

DEEPEST = 20
MOST_NODES = 500
MOST_VALUES = 10_000
LONGEST_TEXT = 300
LONGEST_PROPERTY = 100
LONGEST_SALT = 60
LARGEST_NUMBER = 10**12
LARGEST_STRETCH = 100_000
FURTHEST_KM = 20_040  # half way round the Earth
YEARS = range(1800, 2200)
WINDOW_KINDS = ("ever", "last", "next", "between", "ago", "calendar")
WITHIN_UNITS = ("minutes", "hours", "days", "weeks")
CALENDAR_WHICH = ("this", "last")
REACH_CHANNELS: Mapping[str, Words] = {"email": Words("邮件", "e-mail"), "sms": Words("短信", "SMS")}
REACH_PURPOSES: Mapping[str, Words] = {
    "marketing": Words("营销", "marketing"),
    "service": Words("服务通知", "service"),
}
# Said of in the grammar; there is nothing to ask yet.
KINDS_WITHOUT_DATA = ("service",)
_STRETCH_OPS = frozenset({"last_n", "next_n", "anniversary_last_n", "anniversary_next_n"})


def parse_rule(
    document: Any,
    *,
    default_currency: str,
    fields: Mapping[str, Field] = FIELDS,
    activities: Mapping[str, Activity] | None = None,
) -> Rule:
    """The rule a JSON document states. Amounts of money are integers of minor units; where no currency is named it is
    `default_currency`. `activities` are those declared. Raises RuleInvalid with one error for each fault, at most
    fifty. Whether the segments and stores it names exist is not looked at."""
    reader = _Reader(default_currency, fields, declared() if activities is None else activities)
    rule = reader.rule(document)
    if reader.faults:
        raise RuleInvalid(errors=reader.faults[:50])
    assert rule is not None  # noqa: S101 - a rule without faults was read
    return rule


def parse_window(document: Any, *, path: str) -> PastWindow:
    """A window by itself, of what was. Raises RuleInvalid."""
    reader = _Reader("", {}, {})
    try:
        return reader.past_window(document, path)
    except _Fault:
        raise RuleInvalid(errors=reader.faults) from None


class _Fault(Exception):
    """The part being read is not sound; already noted."""


class _Reader:
    """Reads a document from the top, noting faults and going on beside them."""

    def __init__(self, default_currency: str, fields: Mapping[str, Field], activities: Mapping[str, Activity]) -> None:
        self.faults: list[FieldError] = []
        self._default_currency = default_currency
        self._fields = fields
        self._activities = activities
        self._nodes = 0

    def rule(self, document: Any) -> Rule | None:
        try:
            members = self._members(document, "rule", {"version", "as_of", "root"}, required={"version", "root"})
            if members["version"] != VERSION or isinstance(members["version"], bool):
                self._note("version", "rule.version_unknown", known=[VERSION])
            as_of = None
            if members.get("as_of") is not None:
                as_of = self._instant(members["as_of"], "as_of")
            return Rule(self._node(members["root"], "root", depth=1), as_of)
        except _Fault:
            return None

    def _node(self, document: Any, path: str, *, depth: int) -> Node:
        self._nodes += 1
        if depth > DEEPEST:
            self._fail(path, "rule.too_deep", most=DEEPEST)
        if self._nodes > MOST_NODES:
            self._fail(path, "rule.too_many_conditions", most=MOST_NODES)
        if not isinstance(document, dict):
            self._fail(path, "rule.not_an_object")
        for word in ("all", "any"):
            if word in document:
                self._members(document, path, {word})
                nodes = self._each(
                    document[word], f"{path}.{word}", lambda item, at: self._node(item, at, depth=depth + 1)
                )
                return All(nodes) if word == "all" else AnyOf(nodes)
        if "not" in document:
            self._members(document, path, {"not"})
            return Not(self._node(document["not"], f"{path}.not", depth=depth + 1))
        if "field" in document:
            return self._field(document, path)
        kind = next((word for word in document if word in self._kinds), None)
        if kind is not None:
            self._members(document, path, {kind})
            return self._condition(kind, document[kind], f"{path}.{kind}")
        later = next((word for word in document if word in KINDS_WITHOUT_DATA), None)
        if later is not None:
            self._fail(path, "rule.kind_without_data", kind=later)
        return self._fail(path, "rule.kind_unknown", known=["all", "any", "not", "field", *self._kinds])

    @property
    def _kinds(self) -> tuple[str, ...]:
        return ("bought", *self._activities, "sequence", "segment", "consent", "bucket")

    def _condition(self, kind: str, body: Any, path: str) -> Node:
        match kind:
            case "bought":
                return self._bought(body, path)
            case "sequence":
                return self._sequence(body, path)
            case "segment":
                return InSegment(self._id(body, path))
            case "consent":
                return self._reachable(body, path)
            case "bucket":
                return self._bucket(body, path)
            case _:
                return self._happened(self._activities[kind], body, path)

    def _each(self, items: Any, path: str, read: Callable[[Any, str], Any]) -> tuple[Any, ...]:
        if not isinstance(items, list):
            self._fail(path, "rule.not_a_list")
        found = []
        sound = True
        for index, item in enumerate(items):
            try:
                found.append(read(item, f"{path}.{index}"))
            except _Fault:
                sound = False
                if len(self.faults) >= 50:
                    break
        if not sound:
            raise _Fault
        return tuple(found)

    def _field(self, document: dict[str, Any], path: str) -> FieldIs:
        members = self._members(document, path, {"field", "op", "value", "currency"}, required={"field", "op"})
        field = self._fields.get(members["field"]) if isinstance(members["field"], str) else None
        if field is None:
            self._fail(f"{path}.field", "rule.field_unknown", given=_shown(members["field"]))
        op = self._word(members["op"], f"{path}.op", field.ops)
        value = self._value(members, path, type=field.type, op=op, kind=field.value_kind, choices=field.choices)
        currency = self._currency(members, path, type=field.type, only=field.currency)
        return FieldIs(field=field, op=op, value=value, currency=currency)

    def _bought(self, document: Any, path: str) -> Bought:
        members = self._members(
            document, path, {"measure", "op", "value", "currency", "where", "window"}, required={"measure", "op"}
        )
        measure = Measure(self._word(members["measure"], f"{path}.measure", tuple(Measure)))
        type = MEASURE_TYPES[measure]
        ops = tuple(op for op in OPERATORS[type] if op in MEASURED_OPS)
        op = self._word(members["op"], f"{path}.op", ops)
        value = self._value(members, path, type=type, op=op)
        where = self._each(members.get("where") or [], f"{path}.where", self._filter)
        money = type is FieldType.MONEY or any(WHERE_FIELDS[f.field].type is FieldType.MONEY for f in where)
        currency = self._currency(members, path, type=FieldType.MONEY if money else type)
        window = self._past_window(members, path)
        return Bought(measure=measure, op=op, value=value, currency=currency, where=where, window=window)

    def _filter(self, document: Any, path: str) -> Filter:
        members = self._members(document, path, {"field", "op", "value"}, required={"field", "op"})
        field = WHERE_FIELDS[self._word(members["field"], f"{path}.field", tuple(WHERE_FIELDS))]
        op = self._word(members["op"], f"{path}.op", field.ops)
        value = self._value(members, path, type=field.type, op=op, kind=field.value_kind, choices=field.choices)
        return Filter(field=field.key, op=op, value=value)

    def _happened(self, activity: Activity, document: Any, path: str) -> Happened:
        members = self._members(
            document,
            path,
            {"verb", "measure", "of", "op", "value", "currency", "where", "window"},
            required={"measure", "op"},
        )
        tally = Tally(self._word(members["measure"], f"{path}.measure", tuple(Tally)))
        of, type = self._summed(activity, tally, members, path)
        ops = tuple(op for op in OPERATORS[type] if op in MEASURED_OPS)
        op = self._word(members["op"], f"{path}.op", ops)
        value = self._value(members, path, type=type, op=op)
        window = self._window(members["window"], f"{path}.window") if members.get("window") is not None else EVER
        what = self._occurrence_of(activity, members, path, money=type is FieldType.MONEY)
        if isinstance(window, Next) and not (what.verb and what.verb.ahead):
            self._fail(f"{path}.window", "rule.window_ahead")
        return Happened(what=what, tally=tally, of=of, op=op, value=value, window=window)

    def _summed(
        self, activity: Activity, tally: Tally, members: dict[str, Any], path: str
    ) -> tuple[str | None, FieldType]:
        """What is summed, where a sum is asked for, and what kind of value comes of it."""
        of = members.get("of")
        if tally is not Tally.SUM:
            if of is not None:
                self._fail(f"{path}.of", "rule.value_not_wanted")
            return None, TALLY_TYPES[tally]
        if self._is_property(activity, of):
            return str(of), FieldType.NUMBER
        of = self._word(of, f"{path}.of", activity.sums)
        return of, activity.details[of].type

    def _is_property(self, activity: Activity, name: Any) -> bool:
        return (
            activity.properties is not None
            and isinstance(name, str)
            and name.startswith(PROPERTY)
            and 0 < len(name.removeprefix(PROPERTY)) <= LONGEST_PROPERTY
        )

    def _occurrence_of(
        self, activity: Activity, members: dict[str, Any], path: str, *, money: bool = False
    ) -> Occurrence:
        """The verb, filters and currency of an activity's condition or step."""
        given = members.get("verb")
        if given is None and len(activity.verbs) == 1:
            verb = next(iter(activity.verbs.values()))
        else:
            verb = activity.verbs[self._word(given, f"{path}.verb", tuple(activity.verbs))]
        where = self._each(
            members.get("where") or [], f"{path}.where", lambda item, at: self._detail(activity, item, at)
        )
        money = money or any(
            activity.details[f.field].type is FieldType.MONEY for f in where if f.field in activity.details
        )
        currency = self._currency(members, path, type=FieldType.MONEY if money else FieldType.NUMBER)
        return Occurrence(activity=activity, verb=verb, where=where, currency=currency)

    def _detail(self, activity: Activity, document: Any, path: str) -> Filter:
        members = self._members(document, path, {"field", "op", "value"}, required={"field", "op"})
        name = members["field"]
        if self._is_property(activity, name):
            return self._property(name, members, path)
        detail = activity.details[self._word(name, f"{path}.field", tuple(activity.details))]
        op = self._word(members["op"], f"{path}.op", detail.ops)
        value = self._value(members, path, type=detail.type, op=op, kind=detail.value_kind, choices=detail.choices)
        return Filter(field=detail.key, op=op, value=value)

    def _property(self, name: str, members: dict[str, Any], path: str) -> Filter:
        """A filter on a free property: of text or of a number, as the value is."""
        value = members.get("value")
        sample = value[0] if isinstance(value, list) and value else value
        is_number = isinstance(sample, (int, float)) and not isinstance(sample, bool)
        type = FieldType.NUMBER if is_number else FieldType.TEXT
        op = self._word(members["op"], f"{path}.op", OPERATORS[type])
        return Filter(field=name, op=op, value=self._value(members, path, type=type, op=op))

    def _sequence(self, document: Any, path: str) -> Sequence:
        members = self._members(
            document, path, {"first", "then", "followed", "within", "window"}, required={"first", "then"}
        )
        first = self._step(members["first"], f"{path}.first")
        then = self._step(members["then"], f"{path}.then")
        followed = members.get("followed", True)
        if not isinstance(followed, bool):
            self._fail(f"{path}.followed", "rule.not_yes_or_no")
        within = None
        if members.get("within") is not None:
            stretch = self._stretch(members["within"], f"{path}.within", units=WITHIN_UNITS)
            within = Within(stretch.n, stretch.unit)
        window = self._past_window(members, path)
        return Sequence(first=first, then=then, followed=followed, within=within, window=window)

    @property
    def _steps(self) -> tuple[str, ...]:
        return ("bought", *(key for key, activity in self._activities.items() if activity.may_be_step))

    def _step(self, document: Any, path: str) -> Occurrence:
        if not isinstance(document, dict) or len(document) != 1:
            self._fail(path, "rule.not_a_step", known=list(self._steps))
        kind, body = next(iter(document.items()))
        kind = self._word(kind, path, self._steps)
        at = f"{path}.{kind}"
        if kind != "bought":
            activity = self._activities[kind]
            members = self._members(body, at, {"verb", "currency", "where"})
            step = self._occurrence_of(activity, members, at)
            if step.verb and step.verb.ahead:
                self._fail(f"{at}.verb", "rule.step_ahead")
            return step
        members = self._members(body, at, {"currency", "where"})
        where = self._each(members.get("where") or [], f"{at}.where", self._filter)
        money = any(WHERE_FIELDS[f.field].type is FieldType.MONEY for f in where)
        currency = self._currency(members, at, type=FieldType.MONEY if money else FieldType.NUMBER)
        return Occurrence(where=where, currency=currency)

    def _reachable(self, document: Any, path: str) -> Reachable:
        members = self._members(document, path, {"channel", "purpose"}, required={"channel", "purpose"})
        channel = self._word(members["channel"], f"{path}.channel", tuple(REACH_CHANNELS))
        return Reachable(channel, self._word(members["purpose"], f"{path}.purpose", tuple(REACH_PURPOSES)))

    def _bucket(self, document: Any, path: str) -> Bucket:
        members = self._members(document, path, {"salt", "from", "to"}, required={"salt", "from", "to"})
        salt = members["salt"]
        if not isinstance(salt, str) or not 0 < len(salt) <= LONGEST_SALT:
            self._fail(f"{path}.salt", "rule.not_text", longest=LONGEST_SALT)
        low, high = (self._percent(members[name], f"{path}.{name}") for name in ("from", "to"))
        if low > high:
            self._fail(path, "rule.not_a_range")
        return Bucket(salt, low, high)

    def _percent(self, item: Any, where: str) -> int:
        """A percentage with at most two decimals, in hundredths of a percent."""
        if isinstance(item, bool) or not isinstance(item, (int, float)) or not 0 <= item <= 100:
            self._fail(where, "rule.not_in_range", least=0, most=100)
        hundredths = Decimal(str(item)) * 100
        if hundredths != int(hundredths):
            self._fail(where, "rule.not_a_number")
        return int(hundredths)

    def _id(self, item: Any, where: str) -> int:
        if isinstance(item, bool) or not isinstance(item, int) or not 0 < item < 2**63:
            self._fail(where, "rule.not_a_whole_number")
        return item

    def _value(
        self,
        members: dict[str, Any],
        path: str,
        *,
        type: FieldType,
        op: str,
        kind: ValueKind = ValueKind.TEXT,
        choices: tuple[str, ...] = (),
    ) -> Value:
        where = f"{path}.value"
        if op in {"is_set", "is_not_set"}:
            if members.get("value") is not None:
                self._fail(where, "rule.value_not_wanted")
            return None
        if members.get("value") is None:
            self._fail(where, "rule.value_missing")
        value = members["value"]

        def one(item: Any, at: str) -> Scalar:
            return self._scalar(item, at, type=type, kind=kind, choices=choices)

        if op == "during":
            period = self._members(value, where, {"which", "unit"}, required={"which", "unit"})
            which = self._word(period["which"], f"{where}.which", BIRTHDAY_PERIODS)
            return CalendarPeriod(which, self._word(period["unit"], f"{where}.unit", CALENDAR_UNITS))
        if op == "within":
            return self._circle(value, where)
        if op in _STRETCH_OPS:
            return self._stretch(value, where, units=self._units_of(type, op))
        if op in {"in", "not_in"}:
            values = self._each(value, where, one)
            if len(values) > MOST_VALUES:
                self._fail(where, "rule.too_many_values", most=MOST_VALUES)
            return tuple(dict.fromkeys(values))
        if op == "between":
            ends = self._each(value, where, one)
            if len(ends) != 2 or ends[0] > ends[1]:
                self._fail(where, "rule.not_a_range")
            return ends
        return one(value, where)

    @staticmethod
    def _units_of(type: FieldType, op: str) -> tuple[str, ...]:
        """Days come round in days; only instants are hours away."""
        return UNITS if type is FieldType.INSTANT and op in {"last_n", "next_n"} else UNITS[1:]

    def _scalar(self, item: Any, where: str, *, type: FieldType, kind: ValueKind, choices: tuple[str, ...]) -> Scalar:
        is_word = type in {FieldType.CHOICE, FieldType.LIST} and kind is ValueKind.TEXT
        if type is FieldType.TEXT or is_word:
            if not isinstance(item, str) or not 0 < len(item) <= LONGEST_TEXT:
                self._fail(where, "rule.not_text", longest=LONGEST_TEXT)
            if choices and item not in choices:
                self._fail(where, "rule.not_a_choice", choices=list(choices))
            return item
        if type is FieldType.BOOL:
            if not isinstance(item, bool):
                self._fail(where, "rule.not_yes_or_no")
            return item
        if type in {FieldType.DATE, FieldType.INSTANT}:
            return self._date(item, where)
        if type is FieldType.NUMBER:
            return self._number(item, where)
        if type is FieldType.BIRTHDAY:
            if isinstance(item, bool) or not isinstance(item, int) or not 1 <= item <= 12:
                self._fail(where, "rule.not_a_month")
            return item
        if isinstance(item, bool) or not isinstance(item, int) or abs(item) > LARGEST_NUMBER:
            self._fail(where, "rule.not_a_whole_number")
        return item

    def _number(self, item: Any, where: str) -> int | Decimal:
        """An integer, or a decimal with at most three places; JSON's floats are taken by their shortest text."""
        if isinstance(item, bool) or not isinstance(item, (int, float, str)) or len(str(item)) > 25:
            self._fail(where, "rule.not_a_number")
        try:
            number = Decimal(str(item))
        except InvalidOperation:
            self._fail(where, "rule.not_a_number")
        if not number.is_finite() or abs(number) > LARGEST_NUMBER or number != round(number, 3):
            self._fail(where, "rule.not_a_number")
        return int(number) if number == int(number) else number

    def _currency(self, members: dict[str, Any], path: str, *, type: FieldType, only: str | None = None) -> str | None:
        currency = members.get("currency")
        if type is not FieldType.MONEY:
            if currency is not None:
                self._fail(f"{path}.currency", "rule.currency_not_wanted")
            return None
        if currency is None:
            return only or self._default_currency
        if only is not None and currency != only:
            self._fail(f"{path}.currency", "rule.currency_other", currency=only)
        try:
            minor_exponent(currency if isinstance(currency, str) else "")
        except UnknownCurrency:
            self._fail(f"{path}.currency", "rule.currency_unknown")
        return str(currency)

    def _past_window(self, members: dict[str, Any], path: str) -> PastWindow:
        return EVER if members.get("window") is None else self.past_window(members["window"], f"{path}.window")

    def past_window(self, document: Any, path: str) -> PastWindow:
        window = self._window(document, path)
        if isinstance(window, Next):
            self._fail(path, "rule.window_ahead")
        return window

    def _window(self, document: Any, path: str) -> Window:
        if not isinstance(document, dict) or len(document) != 1:
            self._fail(path, "rule.not_a_window", known=list(WINDOW_KINDS))
        kind, body = next(iter(document.items()))
        at = f"{path}.{kind}"
        if kind == "ever" and body is True:
            return Ever()
        if kind == "last":
            stretch = self._stretch(body, at)
            return Last(stretch.n, stretch.unit)
        if kind == "next":
            stretch = self._stretch(body, at)
            return Next(stretch.n, stretch.unit)
        if kind == "between":
            ends = self._members(body, at, {"from", "to"})
            from_on = self._date(ends["from"], f"{at}.from") if ends.get("from") is not None else None
            to_on = self._date(ends["to"], f"{at}.to") if ends.get("to") is not None else None
            if (from_on is None and to_on is None) or (from_on and to_on and from_on > to_on):
                self._fail(at, "rule.not_a_range")
            return Between(from_on, to_on)
        if kind == "ago":
            far = self._members(body, at, {"from_n", "to_n", "unit"}, required={"from_n", "to_n", "unit"})
            from_n = self._count(far["from_n"], f"{at}.from_n", least=1)
            to_n = self._count(far["to_n"], f"{at}.to_n", least=0)
            if from_n <= to_n:
                self._fail(at, "rule.not_a_range")
            return Ago(from_n, to_n, self._word(far["unit"], f"{at}.unit", UNITS))
        if kind == "calendar":
            period = self._members(body, at, {"which", "unit"}, required={"which", "unit"})
            which = self._word(period["which"], f"{at}.which", CALENDAR_WHICH)
            return CalendarPeriod(which, self._word(period["unit"], f"{at}.unit", CALENDAR_UNITS))
        return self._fail(path, "rule.not_a_window", known=list(WINDOW_KINDS))

    def _stretch(self, document: Any, path: str, *, units: tuple[str, ...] = UNITS) -> Stretch:
        members = self._members(document, path, {"n", "unit"}, required={"n", "unit"})
        return Stretch(
            self._count(members["n"], f"{path}.n", least=1), self._word(members["unit"], f"{path}.unit", units)
        )

    def _circle(self, document: Any, path: str) -> Circle | AroundStore:
        if isinstance(document, dict) and "store" in document:
            members = self._members(document, path, {"store", "km"}, required={"store", "km"})
            km = self._measured(members["km"], f"{path}.km", 0, FURTHEST_KM)
            return AroundStore(self._id(members["store"], f"{path}.store"), km)
        words = {"latitude", "longitude", "km"}
        members = self._members(document, path, words, required=words)
        return Circle(
            latitude=self._measured(members["latitude"], f"{path}.latitude", -90, 90),
            longitude=self._measured(members["longitude"], f"{path}.longitude", -180, 180),
            km=self._measured(members["km"], f"{path}.km", 0, FURTHEST_KM),
        )

    def _measured(self, item: Any, where: str, least: int, most: int) -> Decimal:
        """A number with at most six decimals, the least and the most included."""
        if isinstance(item, bool) or not isinstance(item, (int, float)) or not least <= item <= most:
            self._fail(where, "rule.not_in_range", least=least, most=most)
        return round(Decimal(str(item)), 6)

    def _count(self, item: Any, where: str, *, least: int) -> int:
        if isinstance(item, bool) or not isinstance(item, int) or not least <= item <= LARGEST_STRETCH:
            self._fail(where, "rule.not_a_count", least=least, most=LARGEST_STRETCH)
        return item

    def _date(self, item: Any, where: str) -> date:
        try:
            if not isinstance(item, str) or len(item) != 10:
                raise ValueError
            day = date.fromisoformat(item)
        except ValueError:
            self._fail(where, "rule.not_a_date")
        if day.year not in YEARS:
            self._fail(where, "rule.not_a_date")
        return day

    def _instant(self, item: Any, where: str) -> datetime:
        try:
            at = datetime.fromisoformat(item if isinstance(item, str) else "")
            if at.tzinfo is None or at.year not in YEARS:
                raise ValueError
            return at.astimezone(UTC)
        except (ValueError, OverflowError):
            self._fail(where, "rule.not_an_instant")

    def _word(self, item: Any, where: str, known: tuple[str, ...]) -> str:
        if not isinstance(item, str) or item not in known:
            self._fail(where, "rule.word_unknown", given=_shown(item), known=[str(word) for word in known])
        return item

    def _members(
        self, document: Any, path: str, known: set[str], *, required: set[str] | None = None
    ) -> dict[str, Any]:
        if not isinstance(document, dict):
            self._fail(path, "rule.not_an_object")
        for name in sorted(set(document) - known):
            self._fail(f"{path}.{name[:60]}", "rule.member_unknown", known=sorted(known))
        for name in sorted((required or set()) - set(document)):
            self._fail(f"{path}.{name}", "rule.member_missing")
        return document

    def _note(self, where: str, code: str, **params: Any) -> None:
        self.faults.append(FieldError(where, code, params))

    def _fail(self, where: str, code: str, **params: Any) -> NoReturn:
        self._note(where, code, **params)
        raise _Fault


def _shown(item: Any) -> str:
    return str(item)[:60]
