"""From what was typed to what will be written; every fault at its field. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from huike.customers.birthdays import LunarDay, solar_date_of
from huike.customers.errors import BirthdayInvalid, EmailInvalid, PhoneInvalid
from huike.customers.fields.rules import Spec, Unreadable, stored_of
from huike.kernel.errors import FieldError
from huike.kernel.text import clean_line
from huike.signup.design import FIELD_PREFIX, Design, address_to_confirm, words_of

_LONGEST: Final = {"name": 100, "city": 80}
GENDERS: Final = ("female", "male", "other")
Normalise = Callable[[str, str], str]


@dataclass(slots=True)
class Told:
    """What she said: addresses normalised, answers by field (a birthday as {"solar": …} or {"lunar": …}), versions of
    the words she ticked as (channel, purpose, version)."""

    addresses: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    consents: list[tuple[str, str, str]] = field(default_factory=list)


def read(
    design: Design,
    typed: Mapping[str, Sequence[str]],
    *,
    language: str,
    specs: Mapping[str, Spec],
    normalise: Normalise,
    today: date,
) -> tuple[Told, list[FieldError]]:
    """`typed` has the form's members, each with its values. `normalise(kind, text)` raises PhoneInvalid or EmailInvalid
    (caught here)."""
    told, faults = Told(), []

    def one(name: str) -> str:
        return clean_line((list(typed.get(name, ())) or [""])[0])

    for kind in ("phone", "email"):
        need, text = design.needs(kind), one(kind)
        if need == "no":
            continue
        if not text:
            if need == "required":
                faults.append(FieldError(kind, "missing"))
            continue
        try:
            told.addresses[kind] = normalise(kind, text[:300])
        except (PhoneInvalid, EmailInvalid):
            faults.append(FieldError(kind, "unreadable"))
    if not faults and address_to_confirm(design, told.addresses) is None:
        faults.append(FieldError(design.confirm_by[0], "one_needed"))
    for asked in design.fields:
        value, fault = _answer(asked.field, design, typed, one, specs, today)
        if fault is not None:
            faults.append(fault)
        elif value is not None:
            told.answers[asked.field] = value
        elif asked.required:
            faults.append(FieldError(asked.field, "missing"))
    for index, consent in enumerate(design.consents):
        if one(f"consent_{index}"):
            told.consents.append((consent.channel, consent.purpose, words_of(language, consent).version))
    return told, faults


def _answer(
    name: str,
    design: Design,
    typed: Mapping[str, Sequence[str]],
    one: Callable[[str], str],
    specs: Mapping[str, Spec],
    today: date,
) -> tuple[Any, FieldError | None]:
    """The value, None where nothing was typed; or what is wrong with it."""
    if name == "birthday":
        return _birthday(design, one, today)
    if name == "gender":
        gender = one("gender")
        return (gender or None, None) if gender in {"", *GENDERS} else (None, FieldError(name, "unreadable"))
    if name in _LONGEST:
        text = one(name)
        return (None, FieldError(name, "too_long")) if len(text) > _LONGEST[name] else (text or None, None)
    spec = specs.get(name.removeprefix(FIELD_PREFIX))
    if spec is None:  # archived since the page was published: no longer asked
        return None, None
    value: Any = [clean_line(v) for v in typed.get(name, ())][:50] if spec.type == "multi_choice" else one(name)
    if not value or value == [""]:
        return None, None
    try:
        stored_of(spec, value)
    except Unreadable:
        return None, FieldError(name, "unreadable")
    return value, None


def _birthday(design: Design, one: Callable[[str], str], today: date) -> tuple[Any, FieldError | None]:
    if one("birthday_calendar") == "lunar" and design.lunar:
        parts = [one(f"birthday_{part}") for part in ("year", "month", "day")]
        if not any(parts):
            return None, None
        try:
            year = int(parts[0]) if parts[0] else None
            day = LunarDay(month=int(parts[1]), day=int(parts[2]), leap=one("birthday_leap") == "yes", year=year)
            born_on = solar_date_of(day)
        except (ValueError, BirthdayInvalid):
            return None, FieldError("birthday", "unreadable")
        if born_on is not None and born_on > today:
            return None, FieldError("birthday", "unreadable")
        return {"lunar": {"month": day.month, "day": day.day, "leap": day.leap, "year": day.year}}, None
    text = one("birthday")
    if design.lunar and not text:
        parts = [one(f"birthday_{part}") for part in ("year", "month", "day")]
        if not any(parts):
            return None, None
        text = "-".join(part.zfill(2) for part in parts)
    if not text:
        return None, None
    try:
        born = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        born = None
    if born is None or not date(1900, 1, 1) <= born <= today:
        return None, FieldError("birthday", "unreadable")
    return {"solar": born.isoformat()}, None
