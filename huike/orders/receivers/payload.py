"""Reading what a shop sent: every value is asked for with its type, and what is not there says where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from huike.kernel.money import minor_exponent
from huike.kernel.text import clean_line, has_forbidden_characters
from huike.orders.receivers.errors import Unmappable
from huike.orders.rules import MOST_AMOUNT_MINOR


def parse(text: str | bytes) -> Payload:
    """The JSON object in `text`, numbers exact. Raises Unmappable."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unmappable(where="", expected="json") from error
    return Payload(value, "").object()


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True, slots=True)
class Payload:
    """A value of the payload and its place in it."""

    value: Any
    where: str

    def object(self) -> Payload:
        if not isinstance(self.value, dict):
            raise Unmappable(where=self.where, expected="object")
        return self

    def get(self, name: str) -> Payload:
        """The member of that name; absent and null are the same."""
        return Payload(self.object().value.get(name), f"{self.where}.{name}".lstrip("."))

    def has(self, name: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def items(self, name: str) -> Iterator[Payload]:
        """The objects of a list; none where there is no list."""
        told = self.get(name)
        if told.value is None:
            return
        if not isinstance(told.value, list):
            raise Unmappable(where=told.where, expected="list")
        for index, item in enumerate(told.value):
            yield Payload(item, f"{told.where}.{index}").object()

    def text(self, name: str, *, longest: int = 300) -> str:
        """One line, empty where there is none; a number becomes its digits."""
        told = self.get(name)
        if told.value is None:
            return ""
        if isinstance(told.value, bool) or not isinstance(told.value, (str, int)):
            raise Unmappable(where=told.where, expected="text")
        text = _digits(told) if isinstance(told.value, int) else told.value
        if has_forbidden_characters(text):
            raise Unmappable(where=told.where, expected="text")
        return clean_line(text)[:longest]

    def key(self, name: str) -> str:
        """A text that must be there."""
        text = self.text(name, longest=1_000)
        if not text or len(text) > 100:
            raise Unmappable(where=self.get(name).where, expected="key")
        return text

    def flag(self, name: str) -> bool:
        return self.get(name).value is True

    def decimal(self, name: str) -> Decimal:
        """An exact number, told as one or as text; zero where there is none."""
        told = self.get(name)
        value = told.value
        if value is None or value == "":
            return Decimal(0)
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise Unmappable(where=told.where, expected="number")
        try:
            number = Decimal(_digits(told) if isinstance(value, int) else value)
        except InvalidOperation as error:
            raise Unmappable(where=told.where, expected="number") from error
        if not number.is_finite() or abs(number) > MOST_AMOUNT_MINOR:
            raise Unmappable(where=told.where, expected="number")
        return number

    def minor(self, name: str, currency: str) -> int:
        """An amount in minor units, half to even where the shop tells more decimals than the currency has."""
        return to_minor(self.decimal(name), currency)

    def instant(self, name: str, zone: tzinfo) -> datetime:
        """An instant in UTC; one told without an offset is in `zone`."""
        told = self.get(name)
        try:
            at = datetime.fromisoformat(told.value)
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError) as error:
            raise Unmappable(where=told.where, expected="instant") from error


def _digits(told: Payload) -> str:
    try:
        return str(told.value)
    except ValueError as error:  # thousands of digits
        raise Unmappable(where=told.where, expected="number") from error


def to_minor(amount: Decimal, currency: str) -> int:
    """Decimal of the major unit to minor units, half to even."""
    return int(amount.scaleb(minor_exponent(currency)).to_integral_value())
