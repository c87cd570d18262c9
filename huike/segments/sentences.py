"""A rule in words, in both languages. Pure: names of stores, categories and the like are given by the caller.

Like "近 90 天内购买 ≥ 2 次,且 城市 是 上海 或 杭州" and "bought at least 2 times in the last 90 days, and city is 上海
or 杭州".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from huike.customers.built_in import Words
from huike.kernel.money import Money
from huike.segments.fields import WHERE_FIELDS, Field, FieldType, Measure, WhereField
from huike.segments.rules import All, AnyOf, Bought, Circle, FieldIs, Filter, Node, Not, Rule, Stretch, Value
from huike.segments.windows import Ago, Between, CalendarPeriod, Ever, Last, Window

Labels = Mapping[tuple[str, int], str]
"""Names by what they name (`store`, `category`, …) and id."""

_MOST_LISTED = 5
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentences:
    zh: str
    en: str


def sentences_of(rule: Rule, labels: Labels) -> Sentences:
    """The rule's sentence in Chinese and in English."""
    zh, en = _Chinese(labels).rule(rule), _English(labels).rule(rule)
    return Sentences(zh, en)


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
    def rule(self, rule: Rule) -> str: ...

    def node(self, node: Node, *, nested: bool) -> str:
        match node:
            case All(nodes) | AnyOf(nodes):
                every = isinstance(node, All)
                if not nodes:
                    return self.everybody if every else self.nobody
                if len(nodes) == 1:
                    return self.node(nodes[0], nested=nested)
                said = (self.also if every else self.either).join(self.node(child, nested=True) for child in nodes)
                return self.grouped(said) if nested else said
            case Not(child):
                return self.denied(self.node(child, nested=False))
            case FieldIs():
                return self.field(node)
            case Bought():
                return self.bought(node)

    @abstractmethod
    def grouped(self, said: str) -> str: ...

    @abstractmethod
    def denied(self, said: str) -> str: ...

    @abstractmethod
    def field(self, node: FieldIs) -> str: ...

    @abstractmethod
    def bought(self, node: Bought) -> str: ...

    def name_of(self, field: Field | WhereField) -> str:
        return self.said(field.words)

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
        return self.or_.join(shown)

    @abstractmethod
    def more(self, count: int) -> str: ...

    def value(self, item: Any, *, type: FieldType, currency: str | None, labels: str | None) -> str:
        if labels is not None:
            return self._labels.get((labels, item), f"#{item}")
        if type is FieldType.MONEY:
            return f"{Money(item, str(currency)).to_decimal():,f} {currency}"
        if isinstance(item, date):
            return item.isoformat()
        if isinstance(item, (int, Decimal)) and not isinstance(item, bool):
            return f"{item:,}"
        return str(item)


def point_of(circle: Circle) -> str:
    """`31.2304, 121.4737`."""
    return f"{circle.latitude.normalize():f}, {circle.longitude.normalize():f}"


class _Chinese(_Language):
    key = "zh"
    ops = {
        "eq": "是", "ne": "不是", "in": "是", "not_in": "不是", "contains": "包含", "starts_with": "开头是",
        "gt": ">", "gte": "≥", "lt": "<", "lte": "≤",
    }  # fmt: skip
    units = {"hours": "小时", "days": "天", "weeks": "周", "months": "个月", "years": "年"}
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
    everybody, nobody, also, either, or_ = "所有客户", "没有客户", ",且 ", ",或 ", " 或 "

    def rule(self, rule: Rule) -> str:
        said = self.node(rule.root, nested=False)
        return f"{said}(截至 {rule.as_of:%Y-%m-%d %H:%M} UTC)" if rule.as_of else said

    def grouped(self, said: str) -> str:
        return f"({said})"

    def denied(self, said: str) -> str:
        return f"不满足({said})"

    def more(self, count: int) -> str:
        return f"等另外 {count} 项"

    def field(self, node: FieldIs) -> str:
        field = node.field
        name = self.name_of(field)
        if field.type is FieldType.BOOL:
            return name if node.value else f"没有({name})" if name[0] != "有" else f"没{name}"
        if node.op in {"is_set", "is_not_set"}:
            return f"{name} {'已填' if node.op == 'is_set' else '未填'}"
        if isinstance(node.value, Stretch):
            side = "近" if node.op == "last_n" else "未来"
            return f"{name} 在{side} {node.value.n} {self.units[node.value.unit]}内"
        if isinstance(node.value, CalendarPeriod):
            return f"{name} 在{self.periods[node.value.which, node.value.unit]}"
        if isinstance(node.value, Circle):
            return f"{name} 在 {point_of(node.value)} 周围 {node.value.km.normalize():f} 公里内"
        if field.type is FieldType.BIRTHDAY and isinstance(node.value, tuple):
            months = self.or_.join(f"{month} 月" for month in node.value)
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
        when = self.window(node.window)
        what = "".join(self.filter(f, node.currency) for f in node.where)
        verb, unit = self.measures[node.measure.value]
        if node.measure is Measure.ORDERS and (node.op, node.value) == ("eq", 0):
            return f"{when}没有购买{what}"
        if node.measure is Measure.ORDERS and (node.op, node.value) in {("gte", 1), ("gt", 0)}:
            return f"{when}购买过{what}"
        type = FieldType.INSTANT if node.measure in {Measure.FIRST_AT, Measure.LAST_AT} else FieldType.NUMBER
        if isinstance(node.value, Stretch):
            side = "近" if node.op == "last_n" else "未来"
            amount = f"在{side} {node.value.n} {self.units[node.value.unit]}内"
        else:
            shown = FieldType.MONEY if node.measure in {Measure.NET, Measure.AVERAGE_ORDER} else type
            if node.op == "between" and isinstance(node.value, tuple):
                low, high = (self._one(shown, item, node.currency, None) for item in node.value)
                amount = f"在 {low} 到 {high}{unit} 之间"
            else:
                said = self.values(node.value, type=shown, currency=node.currency, labels=None)
                amount = f"{self._op(node.op, type)} {said}{unit}"
        return f"{when}{verb}{what} {amount}"

    def filter(self, condition: Filter, currency: str | None) -> str:
        field = WHERE_FIELDS[condition.field]
        if condition.op == "between" and isinstance(condition.value, tuple):
            low, high = (self._one(field.type, item, currency, None) for item in condition.value)
            return f"({self.name_of(field)} 在 {low} 到 {high} 之间)"
        said = self.values(
            condition.value, type=field.type, currency=currency, labels=field.labels, choices=field.choice_words
        )
        return f"({self.name_of(field)} {self._op(condition.op, field.type)} {said})"

    def window(self, window: Window) -> str:
        match window:
            case Ever():
                return "累计"
            case Last(n, unit):
                return f"近 {n} {self.units[unit]}内"
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
    units = {"hours": "hour", "days": "day", "weeks": "week", "months": "month", "years": "year"}
    measures: Mapping[str, str] = {
        "orders": "time", "lines": "order line", "quantity": "item", "net": "", "average_order": "",
        "distinct_products": "different product", "first_at": "", "last_at": "",
    }  # fmt: skip
    amounts = {"eq": "exactly", "ne": "not exactly", "gt": "more than", "gte": "at least", "lt": "less than",
               "lte": "at most"}  # fmt: skip
    everybody, nobody, also, either, or_ = "all customers", "no customers", ", and ", ", or ", " or "

    def rule(self, rule: Rule) -> str:
        said = self.node(rule.root, nested=False)
        said = f"{said} (as of {rule.as_of:%Y-%m-%d %H:%M} UTC)" if rule.as_of else said
        return said[0].upper() + said[1:]

    def grouped(self, said: str) -> str:
        return f"({said})"

    def denied(self, said: str) -> str:
        return f"not ({said})"

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
            return name if node.value else self.denials[field.key]
        if node.op in {"is_set", "is_not_set"}:
            return f"{name} is {'known' if node.op == 'is_set' else 'not known'}"
        if isinstance(node.value, Stretch):
            side = "last" if node.op == "last_n" else "next"
            return f"{name} is in the {side} {self._units(node.value.n, node.value.unit)}"
        if isinstance(node.value, CalendarPeriod):
            return f"{name} is {node.value.which} {node.value.unit}"
        if isinstance(node.value, Circle):
            return f"{name} is within {node.value.km.normalize():f} km of {point_of(node.value)}"
        if field.type is FieldType.BIRTHDAY and isinstance(node.value, tuple):
            months = self.or_.join(_MONTHS[int(str(month)) - 1] for month in node.value)
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
        if node.measure is Measure.ORDERS and (node.op, node.value) == ("eq", 0):
            return f"bought nothing{what} {when}"
        if node.measure is Measure.ORDERS and (node.op, node.value) in {("gte", 1), ("gt", 0)}:
            return f"bought{what} {when}"
        if node.measure in {Measure.FIRST_AT, Measure.LAST_AT}:
            which = "first" if node.measure is Measure.FIRST_AT else "last"
            return f"{which} purchase{what} {when} {self._moment(node)}"
        if node.measure in {Measure.NET, Measure.AVERAGE_ORDER}:
            verb = "spent" if node.measure is Measure.NET else "spent on average per order"
            return f"{verb} {self._amount(node, FieldType.MONEY)}{what} {when}"
        amount = self._amount(node, FieldType.NUMBER)
        noun = self.measures[node.measure.value] + ("" if node.value == 1 else "s")
        return f"bought {amount} {noun}{what} {when}"

    def _moment(self, node: Bought) -> str:
        if isinstance(node.value, Stretch):
            side = "last" if node.op == "last_n" else "next"
            return f"is in the {side} {self._units(node.value.n, node.value.unit)}"
        if node.op == "between" and isinstance(node.value, tuple):
            return f"is between {node.value[0]} and {node.value[1]}"
        return f"{self._op(node.op, FieldType.INSTANT)} {node.value}"

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

    def window(self, window: Window) -> str:
        match window:
            case Ever():
                return "ever"
            case Last(n, unit):
                return f"in the last {self._units(n, unit)}"
            case Between(from_on, to_on):
                if from_on is None:
                    return f"up to {to_on}"
                return f"from {from_on} to {to_on}" if to_on else f"since {from_on}"
            case Ago(from_n, to_n, unit):
                return f"between {from_n} and {self._units(to_n, unit)} ago"
            case CalendarPeriod(which, unit):
                return f"{which} {unit}"
