"""A rule in words, in both languages. Pure: names of stores, categories and the like are given by the caller.

Like "近 90 天内购买 ≥ 2 次,且 城市 是 上海 或 杭州" and "bought at least 2 times in the last 90 days, and city is 上海
or 杭州".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal

from huike.customers.built_in import Words
from huike.kernel.money import Money
from huike.segments import marking
from huike.segments.activities import PROPERTY, Activity, Tally
from huike.segments.fields import WHERE_FIELDS, Field, FieldType, Measure, WhereField
from huike.segments.marking import Part
from huike.segments.reading import REACH_CHANNELS, REACH_PURPOSES
from huike.segments.rules import (
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
    Sequence,
    Stretch,
    Value,
    nodes_of,
)
from huike.segments.windows import Ago, Between, CalendarPeriod, Ever, Last, Next, Window

Labels = Mapping[tuple[str, int | str], str]
"""Names by what they name (`store`, `category`, …) and id."""

_MOST_LISTED = 5
_NONE = frozenset({("eq", 0), ("lt", 1), ("lte", 0)})
_ANY = frozenset({("gte", 1), ("gt", 0)})
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentences:
    """A rule in words; the parts of each, where they are known, say what stands out."""

    zh: str
    en: str
    zh_parts: tuple[Part, ...] = ()
    en_parts: tuple[Part, ...] = ()


def sentences_of(rule: Rule, labels: Labels, *, zone: tzinfo) -> Sentences:
    """The rule's sentence in Chinese and in English; a moment that it states, by the clock of `zone`."""
    zh, en = _Chinese(labels), _English(labels)
    moment = None if rule.as_of is None else _moment(rule.as_of.astimezone(zone))
    return _sentences(zh.rule(rule.root, moment), en.rule(rule.root, moment))


def sentences_by_path(rule: Rule, labels: Labels) -> dict[str, Sentences]:
    """Each node of the rule by itself, by its path."""
    zh, en = _Chinese(labels), _English(labels)
    return {path: _sentences(zh.rule(node, None), en.rule(node, None)) for path, node in nodes_of(rule)}


def _sentences(zh: str, en: str) -> Sentences:
    return Sentences(marking.plain(zh), marking.plain(en), marking.parts_of(zh), marking.parts_of(en))


def _moment(at: datetime) -> str:
    """The day alone where the whole of it is meant."""
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (23, 59, 59) else f"{at:%Y-%m-%d %H:%M}"


class _Language(ABC):
    """How one language puts a rule together; each says what only it can."""

    key: Literal["zh", "en"]
    ops: Mapping[str, str]
    units: Mapping[str, str]
    everybody: str
    nobody: str
    also: str
    either: str
    or_: str

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    @abstractmethod
    def rule(self, root: Node, moment: str | None) -> str:
        """A node as a sentence of its own; `moment` is when it is asked."""
        ...

    def node(self, node: Node, *, nested: bool) -> str:
        match node:
            case All(nodes) | AnyOf(nodes):
                every = isinstance(node, All)
                if not nodes:
                    return marking.field(self.everybody if every else self.nobody)
                if len(nodes) == 1:
                    return self.node(nodes[0], nested=nested)
                said = marking.joint(self.also if every else self.either).join(
                    self.node(child, nested=True) for child in nodes
                )
                return self.grouped(said) if nested else said
            case Not(InSegment(segment_id)):
                return self.in_segment(self.segment(segment_id), denied=True)
            case Not(child):
                return self.denied(self.node(child, nested=False))
            case FieldIs():
                return self.field(node)
            case Bought():
                return self.bought(node)
            case Happened():
                return self.happened(node)
            case Sequence():
                return self.sequence(node)
            case InSegment(segment_id):
                return self.in_segment(self.segment(segment_id))
            case Reachable(channel, purpose):
                return self.reachable(self.said(REACH_CHANNELS[channel]), self.said(REACH_PURPOSES[purpose]))
            case Bucket():
                return self.bucket(node)

    def segment(self, segment_id: int) -> str:
        return self._labels.get(("segment", segment_id), f"#{segment_id}")

    @abstractmethod
    def grouped(self, said: str) -> str: ...

    @abstractmethod
    def denied(self, said: str) -> str: ...

    @abstractmethod
    def field(self, node: FieldIs) -> str: ...

    @abstractmethod
    def bought(self, node: Bought) -> str: ...

    @abstractmethod
    def happened(self, node: Happened) -> str: ...

    @abstractmethod
    def sequence(self, node: Sequence) -> str: ...

    @abstractmethod
    def in_segment(self, name: str, *, denied: bool = False) -> str: ...

    @abstractmethod
    def reachable(self, channel: str, purpose: str) -> str: ...

    @abstractmethod
    def bucket(self, node: Bucket) -> str: ...

    @abstractmethod
    def condition(self, name: str, op: str, value: Value, asked: _Asked) -> str:
        """A filter: what it is of, how it compares, with what."""
        ...

    def details(self, what: Occurrence) -> list[str]:
        """The filters of an activity, each in words."""
        assert what.activity is not None  # noqa: S101 - asked of activities
        return [
            self.condition(*self._named(what.activity, f), f.value, self._asked(what.activity, f, what.currency))
            for f in what.where
        ]

    def _named(self, activity: Activity, condition: Filter) -> tuple[str, str]:
        if condition.field.startswith(PROPERTY):
            return marking.field(condition.field.removeprefix(PROPERTY)), condition.op
        return marking.field(self.said(activity.details[condition.field].words)), condition.op

    def _asked(self, activity: Activity, condition: Filter, currency: str | None) -> _Asked:
        if condition.field.startswith(PROPERTY):
            sample = condition.value[0] if isinstance(condition.value, tuple) else condition.value
            type = FieldType.NUMBER if isinstance(sample, (int, Decimal)) else FieldType.TEXT
            return _Asked(type)
        detail = activity.details[condition.field]
        return _Asked(detail.type, currency, detail.labels, detail.choice_words)

    def summed(self, node: Happened) -> str:
        """What a sum is of."""
        assert node.what.activity is not None  # noqa: S101 - the reader makes no other
        of = str(node.of)
        is_property = of.startswith(PROPERTY)
        return marking.field(
            of.removeprefix(PROPERTY) if is_property else self.said(node.what.activity.details[of].words)
        )

    def name_of(self, field: Field | WhereField) -> str:
        return marking.field(self.said(field.words))

    def said(self, words: Words) -> str:
        return words.zh if self.key == "zh" else words.en

    def values(
        self,
        value: Value,
        *,
        type: FieldType,
        currency: str | None,
        labels: str | None,
        choices: Mapping[str, Words] | None = None,
    ) -> str:
        items = value if isinstance(value, tuple) else (value,)
        shown = [
            self.said(choices[item])
            if choices and isinstance(item, str) and item in choices
            else self.value(item, type=type, currency=currency, labels=labels)
            for item in items[:_MOST_LISTED]
        ]
        if len(items) > _MOST_LISTED:
            shown.append(self.more(len(items) - _MOST_LISTED))
        return marking.value(self.or_.join(shown))

    @abstractmethod
    def more(self, count: int) -> str: ...

    def value(self, item: Any, *, type: FieldType, currency: str | None, labels: str | None) -> str:
        return marking.value(self._written(item, type=type, currency=currency, labels=labels))

    def _written(self, item: Any, *, type: FieldType, currency: str | None, labels: str | None) -> str:
        if labels is not None:
            return self._labels.get((labels, item), f"#{item}")
        if type is FieldType.MONEY:
            return Money(item, str(currency)).written()
        if isinstance(item, date):
            return item.isoformat()
        if isinstance(item, (int, Decimal)) and not isinstance(item, bool):
            return f"{item:,}"
        return str(item)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a comparison is of."""

    type: FieldType
    currency: str | None = None
    labels: str | None = None
    choices: Mapping[str, Words] | None = None


def point_of(circle: Circle) -> str:
    """`31.2304, 121.4737`."""
    return f"{circle.latitude.normalize():f}, {circle.longitude.normalize():f}"


def _is_any(node: Happened) -> bool:
    return node.tally is Tally.COUNT and (node.op, node.value) in _ANY


def _is_none(node: Happened) -> bool:
    return node.tally is Tally.COUNT and (node.op, node.value) in _NONE


def _tally_type(node: Happened) -> FieldType:
    if node.tally in {Tally.FIRST_AT, Tally.LAST_AT}:
        return FieldType.INSTANT
    return FieldType.MONEY if node.what.currency and node.tally is Tally.SUM else FieldType.NUMBER


def _km(value: Circle | AroundStore) -> str:
    return marking.value(f"{value.km.normalize():f}")


def _percent(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:f}%"


class _Chinese(_Language):
    key = "zh"
    ops = {
        "eq": "是", "ne": "不是", "in": "是", "not_in": "不是", "contains": "包含", "starts_with": "开头是",
        "gt": ">", "gte": "≥", "lt": "<", "lte": "≤",
    }  # fmt: skip
    units = {"minutes": "分钟", "hours": "小时", "days": "天", "weeks": "周", "months": "个月", "years": "年"}
    periods = {
        ("this", "week"): "本周", ("last", "week"): "上周", ("this", "month"): "本月", ("last", "month"): "上月",
        ("this", "quarter"): "本季度", ("last", "quarter"): "上季度", ("this", "year"): "今年",
        ("last", "year"): "去年", ("next", "week"): "下周", ("next", "month"): "下月", ("next", "quarter"): "下季度",
        ("next", "year"): "明年",
    }  # fmt: skip
    measures: Mapping[str, tuple[str, str]] = {
        "orders": ("购买", " 次"), "lines": ("购买明细", " 行"), "quantity": ("购买件数", " 件"), "net": ("消费", ""),
        "average_order": ("平均每单", ""), "distinct_products": ("购买商品种类", " 种"), "first_at": ("首次购买", ""),
        "last_at": ("最近一次购买", ""),
    }  # fmt: skip
    everybody, nobody, also, either, or_ = "所有客户", "没有客户", "，且 ", "，或 ", " 或 "

    def rule(self, root: Node, moment: str | None) -> str:
        said = self.node(root, nested=False)
        return f"{said}（截至 {moment}）" if moment else said

    def grouped(self, said: str) -> str:
        return f"{marking.joint('（')}{said}{marking.joint('）')}"

    def denied(self, said: str) -> str:
        return f"{marking.joint('不满足（')}{said}{marking.joint('）')}"

    def more(self, count: int) -> str:
        return f"等另外 {count} 项"

    def field(self, node: FieldIs) -> str:
        field = node.field
        name = self.name_of(field)
        if field.type is FieldType.BOOL:
            has_it = self.said(field.words).startswith("有")
            said = name if has_it else f"是{name}"
            return said if node.value else f"{'没' if has_it else '不'}{said}"
        if node.op in {"is_set", "is_not_set"}:
            return f"{name} {'已填' if node.op == 'is_set' else '未填'}"
        if isinstance(node.value, Stretch):
            joint = "" if "anniversary" in node.op else " "
            return f"{name}{joint}{self._stretch(node.op, node.value)}"
        if isinstance(node.value, CalendarPeriod):
            return f"{name} 在{marking.value(self.periods[node.value.which, node.value.unit])}"
        if isinstance(node.value, AroundStore):
            store = self._labels.get(("store", node.value.store_id), f"#{node.value.store_id}")
            return f"{name} 在门店「{marking.value(store)}」周围 {_km(node.value)} 公里内"
        if isinstance(node.value, Circle):
            return f"{name} 在 {marking.value(point_of(node.value))} 周围 {_km(node.value)} 公里内"
        if field.type is FieldType.BIRTHDAY and isinstance(node.value, tuple):
            months = marking.value(self.or_.join(f"{month} 月" for month in node.value))
            return f"{name} {'在' if node.op == 'in' else '不在'} {months}"
        if node.op == "between" and isinstance(node.value, tuple):
            low, high = (self._one(field.type, item, node.currency, field.labels) for item in node.value)
            return f"{name} 在 {low} 到 {high} 之间"
        said = self.values(
            node.value,
            type=field.type,
            currency=node.currency,
            labels=field.labels,
            choices=field.choice_words,
        )
        return f"{name} {self._op(node.op, field.type)} {said}"

    def _one(self, type: FieldType, item: Any, currency: str | None, labels: str | None) -> str:
        return self.value(item, type=type, currency=currency, labels=labels)

    def _op(self, op: str, type: FieldType) -> str:
        if type in {FieldType.DATE, FieldType.INSTANT}:
            return {"gt": "晚于", "gte": "不早于", "lt": "早于", "lte": "不晚于"}.get(op, self.ops[op])
        if type in {FieldType.NUMBER, FieldType.MONEY}:
            return {"eq": "=", "ne": "≠"}.get(op, self.ops[op])
        if type is FieldType.LIST:
            return {"in": "包含", "not_in": "不包含"}.get(op, self.ops[op])
        return self.ops[op]

    def bought(self, node: Bought) -> str:
        is_ever, when = isinstance(node.window, Ever), self.window(node.window)
        what = self.filters(node.where, node.currency)
        said, unit = self.measures[node.measure.value]
        verb = marking.field(said)
        if node.measure is Measure.ORDERS and (node.op, node.value) in _NONE:
            return f"{marking.field('从未购买')}{what}" if is_ever else f"{when}{marking.field('没有购买')}{what}"
        if node.measure is Measure.ORDERS and (node.op, node.value) in _ANY:
            return f"{'' if is_ever else when}{marking.field('购买过')}{what}"
        if is_ever and node.measure in {Measure.FIRST_AT, Measure.LAST_AT, Measure.AVERAGE_ORDER}:
            when = ""
        type = FieldType.INSTANT if node.measure in {Measure.FIRST_AT, Measure.LAST_AT} else FieldType.NUMBER
        if isinstance(node.value, Stretch):
            amount = self._stretch(node.op, node.value)
        else:
            shown = FieldType.MONEY if node.measure in {Measure.NET, Measure.AVERAGE_ORDER} else type
            if node.op == "between" and isinstance(node.value, tuple):
                low, high = (self._one(shown, item, node.currency, None) for item in node.value)
                amount = f"在 {low} 到 {high}{unit} 之间"
            else:
                said = self.values(node.value, type=shown, currency=node.currency, labels=None)
                amount = f"{self._op(node.op, type)} {said}{unit}"
        return f"{when}{verb}{what} {amount}"

    def filters(self, conditions: tuple[Filter, ...], currency: str | None) -> str:
        return self._in_brackets([self.filter(condition, currency) for condition in conditions])

    @staticmethod
    def _in_brackets(said: list[str]) -> str:
        return f"（{'，'.join(said)}）" if said else ""

    def filter(self, condition: Filter, currency: str | None) -> str:
        field = WHERE_FIELDS[condition.field]
        if condition.op in {"is_set", "is_not_set"}:
            return f"{'有' if condition.op == 'is_set' else '无'}{self.name_of(field)}"
        if condition.op == "between" and isinstance(condition.value, tuple):
            low, high = (self._one(field.type, item, currency, None) for item in condition.value)
            return f"{self.name_of(field)} 在 {low} 到 {high} 之间"
        said = self.values(
            condition.value, type=field.type, currency=currency, labels=field.labels, choices=field.choice_words
        )
        return f"{self.name_of(field)} {self._op(condition.op, field.type)} {said}"

    def happened(self, node: Happened) -> str:
        assert node.what.verb is not None  # noqa: S101 - the reader makes no other
        when, what = self.window(node.window), self._in_brackets(self.details(node.what))
        verb = marking.field(self.said(node.what.verb.words))
        is_ever, is_ahead = isinstance(node.window, Ever), node.what.verb.ahead
        if _is_none(node):
            none = self.said(node.what.verb.none)
            return (
                f"{'' if is_ever else when}{marking.field(f'从来{none}' if is_ever and not is_ahead else none)}{what}"
            )
        if _is_any(node):
            if is_ever:
                return f"{'' if is_ahead else marking.field('曾')}{verb}{what}"
            return f"{when}{verb}{what}"
        if is_ever and node.tally in {Tally.FIRST_AT, Tally.LAST_AT}:
            when = ""
        amount = self.condition("", node.op, node.value, _Asked(_tally_type(node), node.what.currency)).strip()
        match node.tally:
            case Tally.COUNT:
                return f"{when}{verb}{what} {amount} 次"
            case Tally.SUM:
                return f"{when}{verb}{what}的{self.summed(node)}合计 {amount}"
            case _:
                return f"{when}{'首次' if node.tally is Tally.FIRST_AT else '最近一次'}{verb}{what} {amount}"

    def sequence(self, node: Sequence) -> str:
        within = ""
        if node.within is not None:
            within = f" {marking.value(f'{node.within.n} {self.units[node.within.unit]}内')}"
        then = self.step(node.then, denied=not node.followed)
        when = "" if isinstance(node.window, Ever) else self.window(node.window)
        return f"{when}{self.step(node.first)}{marking.joint('，之后')}{within}{then}"

    def step(self, what: Occurrence, *, denied: bool = False) -> str:
        if what.activity is None:
            said = self.filters(what.where, what.currency)
            return f"{marking.field('没有购买' if denied else '购买')}{said}"
        assert what.verb is not None  # noqa: S101 - an activity is told by a verb
        said = self._in_brackets(self.details(what))
        return f"{marking.field(self.said(what.verb.none if denied else what.verb.words))}{said}"

    def in_segment(self, name: str, *, denied: bool = False) -> str:
        return f"{marking.field('不属于人群' if denied else '属于人群')}「{marking.value(name)}」"

    def reachable(self, channel: str, purpose: str) -> str:
        return f"{marking.field('可用')}{marking.value(channel)}{marking.field('触达')}（{marking.value(purpose)}）"

    def bucket(self, node: Bucket) -> str:
        share = marking.value(f"{_percent(node.low)} 到 {_percent(node.high)}")
        return f"{marking.field('随机分组')}「{marking.value(node.salt)}」在 {share}"

    def condition(self, name: str, op: str, value: Value, asked: _Asked) -> str:
        if op in {"is_set", "is_not_set"}:
            return f"{name} {'有值' if op == 'is_set' else '没有值'}"
        if asked.type is FieldType.BOOL:
            return name if value else f"没有{name}"
        if isinstance(value, Stretch):
            return f"{name} {self._stretch(op, value)}"
        if op == "between" and isinstance(value, tuple):
            low, high = (self._one(asked.type, item, asked.currency, asked.labels) for item in value)
            return f"{name} 在 {low} 到 {high} 之间"
        said = self.values(value, type=asked.type, currency=asked.currency, labels=asked.labels, choices=asked.choices)
        return f"{name} {self._op(op, asked.type)} {said}"

    def _stretch(self, op: str, value: Stretch) -> str:
        many = f"{value.n} {self.units[value.unit]}"
        said = {
            "last_n": f"在近 {many}内",
            "next_n": f"在未来 {many}内",
            "anniversary_last_n": f"的周年日在近 {many}内",
            "anniversary_next_n": f"的周年日在未来 {many}内",
        }[op]
        return marking.value(said)

    def window(self, window: Window) -> str:
        return marking.value(self._window(window))

    def _window(self, window: Window) -> str:
        match window:
            case Ever():
                return "累计"
            case Last(n, unit):
                return f"近 {n} {self.units[unit]}内"
            case Next(n, unit):
                return f"未来 {n} {self.units[unit]}内"
            case Between(from_on, to_on):
                if from_on is None:
                    return f"{to_on} 及以前"
                return f"{from_on} 到 {to_on} 期间" if to_on else f"{from_on} 起"
            case Ago(from_n, to_n, unit):
                return f"{from_n} 到 {to_n} {self.units[unit]}前"
            case CalendarPeriod(which, unit):
                return self.periods[which, unit]


class _English(_Language):
    key = "en"
    denials = {
        "has_phone": "has no phone number", "has_email": "has no e-mail address", "has_card": "has no card number",
        "member": "is not a member",
    }  # fmt: skip
    ops = {
        "eq": "is", "ne": "is not", "in": "is", "not_in": "is not", "contains": "contains",
        "starts_with": "starts with", "gt": "is more than", "gte": "is at least", "lt": "is less than",
        "lte": "is at most",
    }  # fmt: skip
    units = {"minutes": "minute", "hours": "hour", "days": "day", "weeks": "week", "months": "month", "years": "year"}
    measures: Mapping[str, str] = {
        "orders": "time", "lines": "order line", "quantity": "item", "net": "", "average_order": "",
        "distinct_products": "different product", "first_at": "", "last_at": "",
    }  # fmt: skip
    amounts = {"eq": "exactly", "ne": "not exactly", "gt": "more than", "gte": "at least", "lt": "less than",
               "lte": "at most"}  # fmt: skip
    everybody, nobody, also, either, or_ = "all customers", "no customers", ", and ", ", or ", " or "

    def rule(self, root: Node, moment: str | None) -> str:
        said = self.node(root, nested=False)
        return marking.capitalised(f"{said} (as of {moment})" if moment else said)

    def grouped(self, said: str) -> str:
        return f"{marking.joint('(')}{said}{marking.joint(')')}"

    def denied(self, said: str) -> str:
        return f"{marking.joint('not (')}{said}{marking.joint(')')}"

    def more(self, count: int) -> str:
        return f"{count} more"

    def _units(self, n: int, unit: str) -> str:
        return f"{n} {self.units[unit]}{'' if n == 1 else 's'}"

    def _op(self, op: str, type: FieldType) -> str:
        if type in {FieldType.DATE, FieldType.INSTANT}:
            return {"gt": "is after", "gte": "is on or after", "lt": "is before", "lte": "is on or before"}.get(
                op, "is on" if op == "eq" else "is not on"
            )
        if type is FieldType.LIST:
            return {"contains": "include", "in": "include", "not_in": "do not include"}[op]
        return self.ops[op]

    def field(self, node: FieldIs) -> str:
        field = node.field
        name = self.name_of(field)
        if field.type is FieldType.BOOL:
            return name if node.value else marking.field(self.denials[field.key])
        if node.op in {"is_set", "is_not_set"}:
            verb = "are" if field.type is FieldType.LIST else "is"
            return f"{name} {verb} {'known' if node.op == 'is_set' else 'not known'}"
        if isinstance(node.value, Stretch):
            return f"{name} {self._stretch(node.op, node.value)}"
        if isinstance(node.value, CalendarPeriod):
            return f"{name} is {marking.value(f'{node.value.which} {node.value.unit}')}"
        if isinstance(node.value, AroundStore):
            store = self._labels.get(("store", node.value.store_id), f"#{node.value.store_id}")
            return f"{name} is within {_km(node.value)} km of the store “{marking.value(store)}”"
        if isinstance(node.value, Circle):
            return f"{name} is within {_km(node.value)} km of {marking.value(point_of(node.value))}"
        if field.type is FieldType.BIRTHDAY and isinstance(node.value, tuple):
            months = marking.value(self.or_.join(_MONTHS[int(str(month)) - 1] for month in node.value))
            return f"{name} is {'in' if node.op == 'in' else 'not in'} {months}"
        if node.op == "between" and isinstance(node.value, tuple):
            low, high = (
                self.value(item, type=field.type, currency=node.currency, labels=field.labels) for item in node.value
            )
            return f"{name} is between {low} and {high}"
        said = self.values(
            node.value,
            type=field.type,
            currency=node.currency,
            labels=field.labels,
            choices=field.choice_words,
        )
        return f"{name} {self._op(node.op, field.type)} {said}"

    def bought(self, node: Bought) -> str:
        when = self.window(node.window)
        what = self.filters(node.where, node.currency)
        is_ever = isinstance(node.window, Ever)
        if node.measure is Measure.ORDERS and (node.op, node.value) in _NONE:
            if is_ever:
                return f"{marking.field('never bought' if what else 'never bought anything')}{what}"
            return f"{marking.field('bought nothing')}{what} {when}"
        if node.measure is Measure.ORDERS and (node.op, node.value) in _ANY:
            if is_ever:
                return f"{marking.field('has bought' if what else 'has bought something')}{what}"
            return f"{marking.field('bought')}{what} {when}"
        if node.measure in {Measure.FIRST_AT, Measure.LAST_AT}:
            which = "first" if node.measure is Measure.FIRST_AT else "last"
            return f"{marking.field(f'{which} purchase')}{what}{'' if is_ever else f' {when}'} {self._moment(node)}"
        if is_ever and node.measure is Measure.AVERAGE_ORDER:
            return f"{marking.field('spent on average per order')} {self._amount(node, FieldType.MONEY)}{what}"
        if node.measure in {Measure.NET, Measure.AVERAGE_ORDER}:
            verb = "spent" if node.measure is Measure.NET else "spent on average per order"
            return f"{marking.field(verb)} {self._amount(node, FieldType.MONEY)}{what} {when}"
        amount = self._amount(node, FieldType.NUMBER)
        noun = self.measures[node.measure.value] + ("" if node.value == 1 else "s")
        return f"{marking.field('bought')} {amount} {noun}{what} {when}"

    def _moment(self, node: Bought) -> str:
        if isinstance(node.value, Stretch):
            return self._stretch(node.op, node.value)
        if node.op == "between" and isinstance(node.value, tuple):
            return f"is between {marking.value(str(node.value[0]))} and {marking.value(str(node.value[1]))}"
        return f"{self._op(node.op, FieldType.INSTANT)} {marking.value(str(node.value))}"

    def _amount(self, node: Bought, type: FieldType) -> str:
        if node.op == "between" and isinstance(node.value, tuple):
            low, high = (self.value(item, type=type, currency=node.currency, labels=None) for item in node.value)
            return f"between {low} and {high}"
        said = self.value(node.value, type=type, currency=node.currency, labels=None)
        return f"{self.amounts[node.op]} {said}"

    def filters(self, conditions: tuple[Filter, ...], currency: str | None) -> str:
        if not conditions:
            return ""
        said = []
        for condition in conditions:
            field = WHERE_FIELDS[condition.field]
            if condition.op in {"is_set", "is_not_set"}:
                said.append(f"{self.name_of(field)}: {'any' if condition.op == 'is_set' else 'none'}")
                continue
            if condition.op == "between" and isinstance(condition.value, tuple):
                low, high = (
                    self.value(item, type=field.type, currency=currency, labels=None) for item in condition.value
                )
                said.append(f"{self.name_of(field)} is between {low} and {high}")
                continue
            shown = self.values(
                condition.value, type=field.type, currency=currency, labels=field.labels, choices=field.choice_words
            )
            said.append(f"{self.name_of(field)} {self._op(condition.op, field.type)} {shown}")
        return f" ({', '.join(said)})"

    def happened(self, node: Happened) -> str:
        assert node.what.verb is not None  # noqa: S101 - the reader makes no other
        when, what = self.window(node.window), self._in_brackets(self.details(node.what))
        verb = marking.field(self.said(node.what.verb.words))
        is_ever = isinstance(node.window, Ever)
        if _is_none(node) or _is_any(node):
            when = marking.value("at any time") if is_ever else when
            return f"{marking.field(self.said(node.what.verb.none)) if _is_none(node) else verb}{what} {when}"
        asked = _Asked(_tally_type(node), node.what.currency)
        if asked.type is FieldType.INSTANT:
            which = "first" if node.tally is Tally.FIRST_AT else "last"
            when = "" if is_ever else f" {when}"
            return f"{which} time that she {verb}{what}{when} {self.condition('', node.op, node.value, asked).strip()}"
        if node.op == "between" and isinstance(node.value, tuple):
            low, high = (self.value(item, type=asked.type, currency=asked.currency, labels=None) for item in node.value)
            amount = f"between {low} and {high}"
        else:
            amount = self.value(node.value, type=asked.type, currency=asked.currency, labels=None)
            amount = f"{self.amounts[node.op]} {amount}"
        if node.tally is Tally.SUM:
            return f"{verb}{what} with {self.summed(node)} of {amount} {when if is_ever else f'in all {when}'}"
        return f"{verb}{what} {amount} time{'' if node.value == 1 else 's'} {when}"

    def sequence(self, node: Sequence) -> str:
        within = (
            "" if node.within is None else f" {marking.value(f'within {self._units(node.within.n, node.within.unit)}')}"
        )
        then = self.step(node.then, denied=not node.followed)
        when = "" if isinstance(node.window, Ever) else f" {self.window(node.window)}"
        return f"{self.step(node.first)}{when}{marking.joint(', then ')}{then}{within}"

    def step(self, what: Occurrence, *, denied: bool = False) -> str:
        if what.activity is None:
            said = self.filters(what.where, what.currency)
            return f"{marking.field('bought nothing' if denied else 'bought')}{said}"
        assert what.verb is not None  # noqa: S101 - an activity is told by a verb
        said = self._in_brackets(self.details(what))
        return f"{marking.field(self.said(what.verb.none if denied else what.verb.words))}{said}"

    @staticmethod
    def _in_brackets(said: list[str]) -> str:
        return f" ({', '.join(said)})" if said else ""

    def in_segment(self, name: str, *, denied: bool = False) -> str:
        return f"{marking.field('is not in the segment' if denied else 'is in the segment')} “{marking.value(name)}”"

    def reachable(self, channel: str, purpose: str) -> str:
        return f"{marking.field('may be reached by')} {marking.value(channel)} for {marking.value(purpose)}"

    def bucket(self, node: Bucket) -> str:
        share = marking.value(f"{_percent(node.low)} to {_percent(node.high)}")
        return f"is in {share} of the {marking.field('random split')} “{marking.value(node.salt)}”"

    def condition(self, name: str, op: str, value: Value, asked: _Asked) -> str:
        if op in {"is_set", "is_not_set"}:
            return f"{name} is {'known' if op == 'is_set' else 'not known'}"
        if asked.type is FieldType.BOOL:
            return name if value else f"not ({name})"
        if isinstance(value, Stretch):
            return f"{name} {self._stretch(op, value)}"
        if op == "between" and isinstance(value, tuple):
            low, high = (
                self.value(item, type=asked.type, currency=asked.currency, labels=asked.labels) for item in value
            )
            return f"{name} is between {low} and {high}"
        said = self.values(value, type=asked.type, currency=asked.currency, labels=asked.labels, choices=asked.choices)
        return f"{name} {self._op(op, asked.type)} {said}"

    def _stretch(self, op: str, value: Stretch) -> str:
        many = self._units(value.n, value.unit)
        said = {
            "last_n": f"is in the last {many}",
            "next_n": f"is in the next {many}",
            "anniversary_last_n": f"had its anniversary in the last {many}",
            "anniversary_next_n": f"has its anniversary in the next {many}",
        }[op]
        return marking.value(said)

    def window(self, window: Window) -> str:
        return marking.value(self._window(window))

    def _window(self, window: Window) -> str:
        match window:
            case Ever():
                return "in all"
            case Last(n, unit):
                return f"in the last {self._units(n, unit)}"
            case Next(n, unit):
                return f"in the next {self._units(n, unit)}"
            case Between(from_on, to_on):
                if from_on is None:
                    return f"up to {to_on}"
                return f"from {from_on} to {to_on}" if to_on else f"since {from_on}"
            case Ago(from_n, to_n, unit):
                return f"between {from_n} and {self._units(to_n, unit)} ago"
            case CalendarPeriod(which, unit):
                return f"{which} {unit}"
