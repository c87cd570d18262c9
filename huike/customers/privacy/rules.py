"""Pure rules: by which forms a value is searched for, masking it, and when an answer is due."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote

MASK: Final = "[erased]"
# What is shorter could be a part of anything.
SHORTEST_STRONG: Final = 6
SHORTEST_NAME: Final = 2


@dataclass(frozen=True, slots=True)
class Values:
    """What a person is known by in text. `strong` values mean her wherever they stand; `names` may be another's."""

    strong: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def all(self, *, names: bool) -> tuple[str, ...]:
        return self.strong + self.names if names else self.strong

    def to_json(self) -> dict[str, list[str]]:
        return {key: list(value) for key, value in asdict(self).items()}


def values_of(
    *,
    phones: Iterable[str] = (),
    emails: Iterable[str] = (),
    numbers: Iterable[str] = (),
    texts: Iterable[str] = (),
    names: Iterable[str] = (),
) -> Values:
    """All forms to search for, the longest first, so that what holds another is masked whole.

    `phones` are in E.164; `numbers` are cards, documents and ids; `texts` an address or whatever else is hers alone.
    """
    strong: set[str] = set()
    for phone in phones:
        strong |= _forms_of_phone(phone)
    for email in emails:
        strong |= {email, quote(email, safe="")}
    for text in (*numbers, *texts):
        strong |= {text, " ".join(text.split())}
    kept = {value for value in strong if len(value) >= SHORTEST_STRONG}
    called = {form for name in names for form in (" ".join(name.split()), quote(name, safe=""))}
    return Values(
        strong=_longest_first(kept), names=_longest_first(name for name in called if len(name) >= SHORTEST_NAME)
    )


def _forms_of_phone(phone: str) -> set[str]:
    digits = re.sub(r"\D", "", phone)
    national = digits[2:] if phone.startswith("+86") else digits
    forms = {f"+{digits}", digits, national}
    if len(national) == 11 and phone.startswith("+86"):
        parts = (national[:3], national[3:7], national[7:])
        forms |= {separator.join(parts) for separator in (" ", "-")}
    return forms


def _longest_first(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values), key=lambda value: (-len(value), value)))


def pattern_of(values: Values, *, names: bool) -> re.Pattern[str] | None:
    """Finds the values: strong ones in whatever case and inside whatever else, names as they are written and as words
    of their own. None where there is nothing to find."""
    parts = [f"(?i:{re.escape(value)})" for value in values.strong]
    if names:
        parts += [_as_word(name) for name in values.names]
    return re.compile("|".join(parts)) if parts else None


def bytes_pattern_of(values: Values, *, names: bool) -> re.Pattern[bytes] | None:
    """The same in UTF-8 bytes."""
    pattern = pattern_of(values, names=names)
    return None if pattern is None else re.compile(pattern.pattern.encode())


def _as_word(name: str) -> str:
    """Chinese has no spaces between words; `Li` is no part of `delivery`."""
    before = r"(?<![A-Za-z0-9])" if name[0].isascii() and name[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if name[-1].isascii() and name[-1].isalnum() else ""
    return f"{before}{re.escape(name)}{after}"


def like_patterns(values: Values, *, names: bool) -> list[str]:
    """For ILIKE ANY: finds at least what the pattern finds."""
    return ["%" + re.sub(r"([%_\\])", r"\\\1", value) + "%" for value in values.all(names=names)]


def masked(value: Any, pattern: re.Pattern[str]) -> Any:
    """The same text or JSON without the values. Names of members stay; a number that is one of the values goes."""
    if isinstance(value, str):
        # Twice: a name that stood against a number is a word of its own once the number is gone.
        return pattern.sub(MASK, pattern.sub(MASK, value))
    if isinstance(value, dict):
        return {key: masked(item, pattern) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, pattern) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and pattern.fullmatch(json.dumps(value)):
        return MASK
    return value


def due_on(asked_on: date, working_days: int) -> date:
    """The last day to answer on: so many working days, Monday to Friday, after the day it was asked."""
    return next(day for n, day in enumerate(_working_days_after(asked_on), start=1) if n == working_days)


def _working_days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        if day.isoweekday() <= 5:
            yield day
