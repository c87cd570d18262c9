"""The fields of people's files as a letter says them, in the language of the letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from huike.customers.birthdays import LunarDay, next_birthday
from huike.customers.built_in import SAID, FileField, Kind
from huike.customers.circles import circles_of
from huike.customers.file_parts import store_names
from huike.customers.models import Customer
from huike.customers.selectors import names_of_customers, source_names
from huike.kernel.money import Money
from huike.kernel.scope import Scope
from huike.platform import clock
from huike.platform.config import get_config
from huike.staff.selectors import user_names


def said_of(people: Mapping[int, Customer], languages: Mapping[int, str], *, scope: Scope) -> dict[int, dict[str, str]]:
    """What each of these files says, by the key of the field, in the language given for its person; what is not known
    is absent. `scope` is that of whoever reads it: everything for a letter to the person herself. Dates are of the
    operator's calendar; `birthday` is the day of the next one."""
    names = _Names(people, scope)
    return {
        customer_id: {
            key: word
            for key, field in SAID.items()
            if (word := _word(field, customer, names, languages[customer_id])) is not None
        }
        for customer_id, customer in people.items()
    }


class _Names:
    """What the ids of these people's files name, looked up at once."""

    def __init__(self, people: Mapping[int, Customer], scope: Scope) -> None:
        self.circles = circles_of(people, scope=scope)
        self.by_target: dict[str, Mapping[int, str]] = {
            "store": store_names(customer.home_store_id for customer in people.values()),
            "user": user_names(c.owner_id for c in people.values() if c.owner_id is not None),
            "source": source_names(customer.source_id for customer in people.values()),
            "customer": names_of_customers((customer.referrer_id for customer in people.values()), scope),
            "household": self.circles.households,
            "company": self.circles.companies,
        }


def _word(field: FileField, customer: Customer, names: _Names, language: str) -> str | None:
    value = _value(field, customer, names)
    if value is None or value in ("", []):
        return None
    match field.kind:
        case Kind.CHOICE:
            return field.choices[value].of(language) if value in field.choices else str(value)
        case Kind.LIST:
            known = names.by_target[field.target] if field.target else None
            words = [item if known is None else known[item] for item in value if known is None or item in known]
            return ("、" if language.lower().startswith("zh") else ", ").join(words) or None
        case Kind.REFERENCE:
            return names.by_target[str(field.target)].get(value)
        case Kind.MONEY:
            return f"{Money(value, str(customer.spent_currency)).to_decimal():f}"
        case Kind.BOOL:
            return ("是" if language.lower().startswith("zh") else "yes") if value else None
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _value(field: FileField, customer: Customer, names: _Names) -> Any:
    match field.key:
        case "birthday":
            return next_birthday(today=_today(), born_on=customer.birth_on, lunar=lunar_day_of(customer))
        case "household":
            return names.circles.household_of.get(customer.pk)
        case "household_size":
            return names.circles.size_of(customer.pk)
        case "companies":
            return names.circles.companies_of.get(customer.pk)
        case "member":
            return customer.member_since_at is not None
        case "spent" if customer.spent_currency is None:
            return None
    value = getattr(customer, str(field.column))
    return value.astimezone(get_config().zone).date() if isinstance(value, datetime) else value


def _today() -> date:
    return clock.now().astimezone(get_config().zone).date()


def lunar_day_of(customer: Customer) -> LunarDay | None:
    """Her birthday as she told it, where it was a lunar one."""
    if customer.birth_lunar_month is None or customer.birth_lunar_day is None:
        return None
    return LunarDay(
        month=customer.birth_lunar_month,
        day=customer.birth_lunar_day,
        leap=customer.birth_lunar_leap,
        year=customer.birth_lunar_year,
    )
