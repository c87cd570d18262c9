"""What rules mean, told a second time: plain Python over plain rows, reading the JSON document itself.

Shares nothing with the code under test but the library that knows the lunar calendar, which it asks from the other
side."""

from __future__ import annotations

import calendar
import hashlib
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from lunar_python import Solar

Row = dict[str, Any]
FAR_PAST, FAR_FUTURE = datetime(1700, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)

BALANCES: dict[str, tuple[str, str | None]] = {
    "points": ("points", None),
    "stored_value": ("money", None),
    "stored_value_paid": ("money", "paid"),
    "stored_value_bonus": ("money", "bonus"),
}
OF_LINES = ("lines", "quantity", "distinct_products")
NO_LINE: Row = {"product_id": None, "brand_id": None, "supplier_id": None, "quantity": Decimal(0), "net_minor": 0}


class Oracle:
    """`customers`: one dict for each customer with her file, `consents` and `orders`; an order has `lines`."""

    def __init__(
        self,
        customers: list[Row],
        *,
        as_of: datetime,
        zone: ZoneInfo,
        segments: dict[int, Row] | None = None,
        places: dict[int, tuple[float, float] | None] | None = None,
        regions: dict[int, list[int]] | None = None,
    ) -> None:
        """`regions`: of each store its region and those above it."""
        self.customers = customers
        self.segments = segments or {}
        self.places = places or {}
        self.regions = regions or {}
        self.as_of = as_of
        self.zone = zone
        self.today = as_of.astimezone(zone).date()

    def matching(self, root: Row) -> set[int]:
        return {customer["id"] for customer in self.customers if self.holds(root, customer)}

    def holds(self, node: Row, customer: Row) -> bool:
        if "all" in node:
            return all(self.holds(child, customer) for child in node["all"])
        if "any" in node:
            return any(self.holds(child, customer) for child in node["any"])
        if "not" in node:
            return not self.holds(node["not"], customer)
        if "field" in node:
            return self.field(node, customer)
        if "bought" in node:
            return self.bought(node["bought"], customer)
        if "sequence" in node:
            return self.sequence(node["sequence"], customer)
        if "segment" in node:
            return self.holds(self.segments[node["segment"]], customer)
        if "consent" in node:
            return self.reachable(node["consent"], customer)
        if "bucket" in node:
            return in_bucket(node["bucket"], customer["id"])
        kind, body = next(iter(node.items()))
        return self.happened(kind, body, customer)

    # Activities

    def happened(self, kind: str, node: Row, customer: Row) -> bool:
        verb = node.get("verb") or {"did": "did", "check_in": "checked_in"}[kind]
        window = node.get("window") or {"ever": True}
        of = node.get("of")
        rows = [
            row
            for row in self.rows_of(kind, node, customer, summed=of)
            if row["at"][verb] is not None and self.falls_in(row["at"][verb], window, ahead=row.get("ahead") == verb)
        ]
        op, value = node["op"], node["value"]
        if node["measure"] == "count":
            return compare(op, len(rows), value)
        if node["measure"] == "sum":
            if of.startswith("properties."):
                told = (row["properties"].get(of.removeprefix("properties.")) for row in rows)
                total = sum((Decimal(milli(item)) / 1000 for item in told if milli(item) is not None), Decimal(0))
                return compare(op, total, as_decimals(value))
            return compare(op, sum(row[of] or 0 for row in rows), value)
        instants = [row["at"][verb] for row in rows]
        found = None if not instants else min(instants) if node["measure"] == "first_at" else max(instants)
        return self.instant(op, found, value)

    def rows_of(self, kind: str, node: Row, customer: Row, *, summed: str | None = None) -> list[Row]:
        where = node.get("where", [])
        money = {"stored_value": ("amount",), "group": ("amount",), "voucher": ("left",)}.get(
            kind, ("value", "discount")
        )
        is_money = any(name in money for name in [summed, *(w["field"] for w in where)])
        return [
            row
            for row in customer[kind]
            if (not is_money or row["currency"] == node.get("currency", "CNY"))
            and all(self.detail(condition, row) for condition in where)
        ]

    def detail(self, condition: Row, row: Row) -> bool:
        key, op, value = condition["field"], condition["op"], condition.get("value")
        if key.startswith("properties."):
            return property_is(op, row["properties"].get(key.removeprefix("properties.")), value)
        have = row[key]
        if key in ("delivered", "opened", "clicked", "bought"):
            return (have is not None and have <= self.as_of) == value
        if isinstance(have, list):
            return listed(op, have, value)
        return compare(op, have, value)

    def falls_in(self, at: datetime, window: Row, *, ahead: bool = False) -> bool:
        kind, body = next(iter(window.items()))
        if kind == "next":
            if body["unit"] == "hours":
                return self.as_of < at < self.as_of + timedelta(hours=body["n"])
            return at > self.as_of and self.day_of(at) <= self.moved(body["n"], body["unit"])
        if ahead and kind == "ever":
            return True
        if ahead and kind == "between":
            day = self.day_of(at)
            first, last = body.get("from"), body.get("to")
            return (not first or date.fromisoformat(first) <= day) and (not last or day <= date.fromisoformat(last))
        if ahead and kind == "calendar" and body["which"] == "this":
            first_day = self.period_start(self.today, body["unit"])
            return first_day <= self.day_of(at) < self.next_period(first_day, body["unit"])
        starts_at, ends_at = self.window(window)
        return starts_at <= at < ends_at and at <= self.as_of

    def sequence(self, node: Row, customer: Row) -> bool:
        window, within = node.get("window") or {"ever": True}, node.get("within")
        units = {"minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}
        most = None if within is None else timedelta(seconds=within["n"] * units[within["unit"]])
        thens = [at for at in self.instants(node["then"], customer) if at <= self.as_of]
        for first in self.instants(node["first"], customer):
            if not self.falls_in(first, window):
                continue
            came = any(first < then and (most is None or then - first <= most) for then in thens)
            if node.get("followed", True):
                if came:
                    return True
            elif not came and (most is None or first + most < self.as_of):
                return True
        return False

    def instants(self, step: Row, customer: Row) -> list[datetime]:
        kind, body = next(iter(step.items()))
        if kind == "bought":
            where = body.get("where", [])
            priced = any(w["field"] == "unit_price" for w in where)
            return [
                order["placed_at"]
                for order in customer["orders"]
                if order["kind"] == "sale"
                and (not priced or order["currency"] == body.get("currency", "CNY"))
                and any(all(self.where(w, order, line) for w in where) for line in order["lines"] or [NO_LINE])
            ]
        verb = body.get("verb") or {"did": "did", "check_in": "checked_in"}[kind]
        instants = (row["at"][verb] for row in self.rows_of(kind, body, customer))
        return [at for at in instants if at is not None]

    def reachable(self, node: Row, customer: Row) -> bool:
        if node["purpose"] != "marketing":
            return False
        return bool(customer["email_reach"] if node["channel"] == "email" else customer["has_phone"])

    # Fields

    def field(self, node: Row, customer: Row) -> bool:
        key, op, value = node["field"], node["op"], node.get("value")
        if key == "spent":
            known = customer["spent_currency"]
            if op in ("is_set", "is_not_set"):
                return (known is not None) == (op == "is_set")
            have = customer["spent_minor"] if known == node.get("currency", "CNY") else None
            return compare(op, have, value)
        if key == "birthday":
            return self.birthday(op, customer, value)
        if key == "location":
            return self.location(op, customer, value)
        if key.startswith("fields."):
            return self.own(key.removeprefix("fields."), op, customer["own"], value)
        if key in BALANCES:
            return compare(op, self.balance(key, customer, node.get("currency", "CNY")), value)
        if key == "home_region":
            return any_of(op, self.regions.get(customer["home_store"], []), value)
        have = customer[key]
        if isinstance(have, list):
            return listed(op, have, value)
        if isinstance(have, datetime) or key.endswith("_at"):
            return self.instant(op, have, value)
        if key == "birth_on":
            return self.day(op, have, value)
        return compare(op, have, value)

    def balance(self, key: str, customer: Row, currency: str) -> int:
        """What she may spend at the moment, less what she owes."""
        asset, kinds = BALANCES[key]
        return sum(
            row["amount"]
            for row in customer["value"]
            if row["asset"] == asset
            and (asset == "points" or row["currency"] == currency)
            and (kinds is None or row["kind"] == kinds)
            and (row["begins"] is None or row["begins"] <= self.as_of)
            and (row["ends"] is None or self.as_of < row["ends"])
        )

    def own(self, key: str, op: str, values: dict[str, list[Any]], value: Any) -> bool:
        """A field of the operator's own; numbers are kept in thousandths."""
        if key == "skin":
            return listed(op, values.get(key, []), value)
        have = values.get(key, [None])[0]
        if key == "seen_on":
            return self.day(op, have, value)
        if key == "children" and have is not None:
            return compare(op, Decimal(have) / 1000, as_decimals(value) if value is not None else None)
        return compare(op, have, value)

    def location(self, op: str, customer: Row, value: Any) -> bool:
        latitude, longitude = customer["latitude"], customer["longitude"]
        known = latitude is not None and longitude is not None
        if op != "within":
            return known == (op == "is_set")
        if "store" in value:
            place = self.places[value["store"]]
            if place is None:
                return False
            value = {"latitude": place[0], "longitude": place[1], "km": value["km"]}
        return known and kilometres(float(latitude), float(longitude), value) <= value["km"]

    def birthday(self, op: str, customer: Row, value: Any) -> bool:
        """Whether one of the days asked for is her birthday, looked at day by day."""
        known = customer["birth_lunar"] is not None or customer["birth_on"] is not None
        if op in ("is_set", "is_not_set"):
            return known == (op == "is_set")
        if op == "not_in":
            return not self.birthday("in", customer, value)
        return any(is_birthday(customer["birth_on"], customer["birth_lunar"], day) for day in self.days(op, value))

    def days(self, op: str, value: Any) -> list[date]:
        if op == "in":
            year = [date(self.today.year, 1, 1) + timedelta(days=n) for n in range(366)]
            return [day for day in year if day.month in value and day.year == self.today.year]
        if op == "last_n":
            first, last = self.moved(-value["n"], value["unit"]), self.today
        elif op == "next_n":
            first, last = self.today, self.moved(value["n"], value["unit"])
        else:
            first = self.period_start(self.today, value["unit"])
            if value["which"] == "last":
                first = self.period_start(first - timedelta(days=1), value["unit"])
            elif value["which"] == "next":
                first = self.next_period(first, value["unit"])
            last = self.next_period(first, value["unit"]) - timedelta(days=1)
        # Beyond some years nothing new comes.
        return [first + timedelta(days=n) for n in range(min((last - first).days + 1, 1200))]

    def next_period(self, first: date, unit: str) -> date:
        day = first + timedelta(days=1)
        while self.period_start(day, unit) == first:
            day += timedelta(days=1)
        return day

    def comes_round(self, op: str, have: date | None, value: Any) -> bool:
        """One of the days meant is an anniversary of the day."""
        if have is None:
            return False
        n = -value["n"] if op == "anniversary_last_n" else value["n"]
        first, last = sorted((self.today, self.moved(n, value["unit"])))
        years = range(have.year + 1, last.year + 1)
        return any(first <= anniversary(have, year) <= last for year in years)

    def day(self, op: str, have: date | None, value: Any) -> bool:
        if op.startswith("anniversary"):
            return self.comes_round(op, have, value)
        if op == "last_n":
            return have is not None and self.moved(-value["n"], value["unit"]) <= have <= self.today
        if op == "next_n":
            return have is not None and self.today <= have <= self.moved(value["n"], value["unit"])
        days = [date.fromisoformat(item) for item in (value if isinstance(value, list) else [value])] if value else []
        return compare(op, have, days if op == "between" else days[0] if days else None)

    def instant(self, op: str, have: datetime | None, value: Any) -> bool:
        if op in ("is_set", "is_not_set"):
            return (have is not None) == (op == "is_set")
        if have is None:
            return op == "ne"
        if op.startswith("anniversary"):
            return self.comes_round(op, self.day_of(have), value)
        if op == "last_n":
            if value["unit"] == "hours":
                return self.as_of - timedelta(hours=value["n"]) <= have <= self.as_of
            return self.day_of(have) >= self.moved(-value["n"], value["unit"]) and have <= self.as_of
        if op == "next_n":
            if value["unit"] == "hours":
                return self.as_of < have < self.as_of + timedelta(hours=value["n"])
            return have > self.as_of and self.day_of(have) <= self.moved(value["n"], value["unit"])
        day = self.day_of(have)
        if op == "between":
            return date.fromisoformat(value[0]) <= day <= date.fromisoformat(value[1])
        return compare(op, day, date.fromisoformat(value))

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def moved(self, n: int, unit: str) -> date:
        if unit in ("days", "weeks"):
            return self.today + timedelta(days=n * (7 if unit == "weeks" else 1))
        months = n * (12 if unit == "years" else 1)
        year, month = self.today.year, self.today.month
        for _ in range(abs(months)):
            month += 1 if months > 0 else -1
            if month in (0, 13):
                year, month = (year - 1, 12) if month == 0 else (year + 1, 1)
        return date(year, month, min(self.today.day, calendar.monthrange(year, month)[1]))

    # Purchases

    def bought(self, node: Row, customer: Row) -> bool:
        measure, op, value = node["measure"], node["op"], node["value"]
        starts_at, ends_at = self.window(node.get("window") or {"ever": True})
        money = measure in ("net", "average_order") or any(w["field"] == "unit_price" for w in node.get("where", []))
        sales, returns = [], []
        for order in customer["orders"]:
            if not (starts_at <= order["placed_at"] < ends_at and order["placed_at"] <= self.as_of):
                continue
            if money and order["currency"] != node.get("currency", "CNY"):
                continue
            # An order without lines is an order all the same, as long as nothing is asked of its lines.
            for line in order["lines"] or [NO_LINE] * (measure not in OF_LINES):
                if all(self.where(w, order, line) for w in node.get("where", [])):
                    (sales if order["kind"] == "sale" else returns).append((order, line))
        orders = {order["id"] for order, _ in sales}
        if measure == "orders":
            return compare(op, len(orders), value)
        if measure == "lines":
            return compare(op, len(sales), value)
        if measure == "distinct_products":
            return compare(op, len({line["product_id"] for _, line in sales}), value)
        if measure == "quantity":
            total = sum((line["quantity"] for _, line in sales + returns), Decimal(0))
            return compare(op, total, as_decimals(value))
        net = sum(line["net_minor"] for _, line in sales + returns)
        if measure == "net":
            return compare(op, net, value)
        if measure == "average_order":
            return compare(op, Decimal(net) / len(orders) if orders else None, value)
        placed = [order["placed_at"] for order, _ in sales]
        found = None if not placed else min(placed) if measure == "first_at" else max(placed)
        return self.instant(op, found, value)

    def where(self, condition: Row, order: Row, line: Row) -> bool:
        key, op, value = condition["field"], condition["op"], condition.get("value")
        if line is NO_LINE and key not in ("store", "region", "channel", "source", "coupon", "offer"):
            return False
        if key == "category":
            within = bool(set(line["category_ids"]) & set(value if isinstance(value, list) else [value]))
            return within == (op in ("eq", "in"))
        if key in ("coupon", "offer"):
            return any_of(op, order[f"{key}s"], value)
        if key == "region":
            return any_of(op, self.regions.get(order["store_id"], []), value)
        if key == "unit_price":
            have = line["unit_price_micros"]
            micros_in_minor = 10 ** (6 - {"CNY": 2, "JPY": 0}[order["currency"]])
            return compare(op, None if have is None else Decimal(have) / micros_in_minor, value)
        have = {
            "product": line["product_id"],
            "brand": line["brand_id"],
            "supplier": line["supplier_id"],
            "store": order["store_id"],
            "channel": order["channel"],
            "source": order["source_id"],
        }[key]
        return compare(op, have, value)

    def window(self, window: Row) -> tuple[datetime, datetime]:
        kind, body = next(iter(window.items()))
        if kind == "ever":
            return FAR_PAST, FAR_FUTURE
        if kind == "last":
            if body["unit"] == "hours":
                return self.as_of - timedelta(hours=body["n"]), FAR_FUTURE
            return self.midnight(self.moved(-body["n"], body["unit"])), FAR_FUTURE
        if kind == "between":
            first = date.fromisoformat(body["from"]) if body.get("from") else None
            last = date.fromisoformat(body["to"]) if body.get("to") else None
            return (
                self.midnight(first) if first else FAR_PAST,
                self.midnight(last + timedelta(days=1)) if last else FAR_FUTURE,
            )
        if kind == "ago":
            if body["unit"] == "hours":
                return (
                    self.as_of - timedelta(hours=body["from_n"]),
                    self.as_of - timedelta(hours=body["to_n"]),
                )
            return (
                self.midnight(self.moved(-body["from_n"], body["unit"])),
                self.midnight(self.moved(-body["to_n"], body["unit"])),
            )
        this = self.period_start(self.today, body["unit"])
        if body["which"] == "this":
            return self.midnight(this), FAR_FUTURE
        return self.midnight(self.period_start(this - timedelta(days=1), body["unit"])), self.midnight(this)

    def period_start(self, day: date, unit: str) -> date:
        while not (
            (unit == "week" and day.weekday() == 0)
            or (unit == "month" and day.day == 1)
            or (unit == "quarter" and day.day == 1 and day.month in (1, 4, 7, 10))
            or (unit == "year" and day.day == 1 and day.month == 1)
        ):
            day -= timedelta(days=1)
        return day

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def any_of(op: str, have: list[int], value: Any) -> bool:
    """A choice of which there may be several: a store is in its region and in all above it; an order may be paid with
    more than one coupon."""
    if op in ("is_set", "is_not_set"):
        return bool(have) == (op == "is_set")
    wanted = set(value) if isinstance(value, list) else {value}
    return bool(wanted & set(have)) == (op in ("eq", "in"))


def listed(op: str, have: list[Any], value: Any) -> bool:
    if op in ("is_set", "is_not_set"):
        return bool(have) == (op == "is_set")
    wanted = {value} if op == "contains" else set(value)
    return bool(wanted & set(have)) == (op != "not_in")


def anniversary(day: date, year: int) -> date:
    if (day.month, day.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return date(year, day.month, day.day)


def milli(item: Any) -> int | None:
    """A number in thousandths, halves away from zero; None of what is none, or too large."""
    if isinstance(item, bool) or not isinstance(item, (int, float)) or abs(item) > 10**12:
        return None
    return int((Decimal(str(item)) * 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def property_is(op: str, item: Any, value: Any) -> bool:
    if op in ("is_set", "is_not_set"):
        return isinstance(item, (str, bool, int, float)) == (op == "is_set")
    sample = value[0] if isinstance(value, list) and value else value
    if isinstance(sample, (int, float)):
        have = milli(item)
        asked = [milli(one) for one in value] if isinstance(value, list) else milli(value)
        return compare(op, have, asked)
    text = (
        item if isinstance(item, str) else {True: "true", False: "false"}.get(item) if isinstance(item, bool) else None
    )
    return compare(op, text, value)


def in_bucket(node: Row, customer_id: int) -> bool:
    drawn = hashlib.sha256(b"bucket\x1f" + node["salt"].encode()).hexdigest()
    prime = 2**31 - 1
    a, b = 1 + int(drawn[:16], 16) % (prime - 1), int(drawn[16:32], 16) % prime
    number = (a * (customer_id % prime) + b) % prime * 10_000 // prime
    return Decimal(str(node["from"])) * 100 <= number < Decimal(str(node["to"])) * 100


def kilometres(latitude: float, longitude: float, circle: Row) -> float:
    """By the chord between the two points in space, on a sphere of the Earth's mean radius."""

    def point(at_latitude: float, at_longitude: float) -> tuple[float, float, float]:
        up, across = math.radians(at_latitude), math.radians(at_longitude)
        return math.cos(up) * math.cos(across), math.cos(up) * math.sin(across), math.sin(up)

    chord = math.dist(point(latitude, longitude), point(circle["latitude"], circle["longitude"]))
    return 2 * 6371.0088 * math.asin(min(1.0, chord / 2))


@cache
def lunar_of(day: date) -> tuple[int, int, bool, int]:
    """Month, day and whether it is a leap month, of a solar day; and how many days that month has."""
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month = lunar.getMonth()
    # A month ends where the next day is a first.
    days = lunar.getDay()
    while (
        days < 30
        and Solar.fromYmd(*(day + timedelta(days=days - lunar.getDay() + 1)).timetuple()[:3]).getLunar().getDay() != 1
    ):
        days += 1
    return abs(month), lunar.getDay(), month < 0, days


@cache
def lunar_year_of(day: date) -> int:
    return int(Solar.fromYmd(day.year, day.month, day.day).getLunar().getYear())


@cache
def leap_months_of(year: int) -> set[int]:
    """The leap months of a lunar year, of which it has one at most: those that some day of it is in."""
    begins = date(year, 1, 1)
    days = (Solar.fromYmd(*(begins + timedelta(days=n)).timetuple()[:3]).getLunar() for n in range(0, 440, 7))
    return {-lunar.getMonth() for lunar in days if lunar.getYear() == year and lunar.getMonth() < 0}


@cache
def is_birthday(born_on: date | None, lunar: tuple[int, int, bool] | None, day: date) -> bool:
    """Asked the other way round than the code does: from the solar day to what day of the lunar calendar it is."""
    if lunar is None:
        if born_on is None:
            return False
        if (born_on.month, born_on.day) == (2, 29) and not calendar.isleap(day.year):
            return (day.month, day.day) == (2, 28)
        return (born_on.month, born_on.day) == (day.month, day.day)
    month, of_month, leap = lunar
    at_month, at_day, in_leap, days = lunar_of(day)
    wants_leap = leap and month in leap_months_of(lunar_year_of(day))
    return (at_month, in_leap) == (month, wants_leap) and at_day == min(of_month, days)


def as_decimals(value: Any) -> Any:
    return [Decimal(str(item)) for item in value] if isinstance(value, list) else Decimal(str(value))


def compare(op: str, have: Any, value: Any) -> bool:
    """Unknown is "no", and the denials (ne, not_in, is_not_set) are the complements of what they deny."""
    if op == "is_set":
        return have is not None
    if op == "is_not_set":
        return have is None
    if op == "ne":
        return not compare("eq", have, value)
    if op == "not_in":
        return not compare("in", have, value)
    if have is None:
        return False
    if op == "eq":
        return bool(have == value)
    if op == "in":
        return have in value
    if op == "contains":
        return value in have
    if op == "starts_with":
        return bool(have.startswith(value))
    if op == "between":
        return bool(value[0] <= have <= value[1])
    return bool({"gt": have > value, "gte": have >= value, "lt": have < value, "lte": have <= value}[op])
