"""What a file says beyond name and address, from what was told to the columns that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huike.customers import selectors
from huike.customers.birthdays import LunarDay, solar_date_of
from huike.customers.errors import BirthdayInvalid, CustomerNotFound, OwnerUnknown, ReferrerInvalid
from huike.customers.rules import merge_tags
from huike.kernel.scope import Scope
from huike.kernel.text import clean_line
from huike.staff.selectors import user_names

# Told and kept alike.
_PLAIN: Final = ("latitude", "longitude", "income", "education", "stage")


def columns_of(told: Mapping[str, Any], *, scope: Scope, customer_id: int | None = None) -> dict[str, Any]:
    """The columns of Customer that these members of a draft fill; only members that are told.

    Raises BirthdayInvalid on a lunar day that never was or beside a solar date, OwnerUnknown, ReferrerInvalid.
    """
    columns = {name: told[name] for name in _PLAIN if name in told}
    columns |= _birthday(told)
    if "declared_interests" in told:
        columns["declared_interests"] = merge_tags(told["declared_interests"])
    if "source_campaign" in told:
        columns["source_campaign"] = clean_line(told["source_campaign"] or "") or None
    if "owner_id" in told:
        columns["owner_id"] = owner_of(told["owner_id"])
    if "referrer_id" in told:
        columns["referrer_id"] = _referrer(told["referrer_id"], scope=scope, customer_id=customer_id)
    return columns


def _birthday(told: Mapping[str, Any]) -> dict[str, Any]:
    lunar, solar = told.get("birth_lunar"), told.get("birth_on")
    if lunar is not None and solar is not None:
        raise BirthdayInvalid("tell a solar birthday or a lunar one")
    if lunar is not None:
        day = LunarDay(**lunar)
        return {
            "birth_on": solar_date_of(day),
            "birth_lunar_year": day.year,
            "birth_lunar_month": day.month,
            "birth_lunar_day": day.day,
            "birth_lunar_leap": day.leap,
        }
    if "birth_on" not in told and "birth_lunar" not in told:
        return {}
    return {
        "birth_on": solar,
        "birth_lunar_year": None,
        "birth_lunar_month": None,
        "birth_lunar_day": None,
        "birth_lunar_leap": False,
    }


def owner_of(user_id: int | None) -> int | None:
    """The id, where somebody with it works here. Raises OwnerUnknown."""
    if user_id is not None and not user_names([user_id]):
        raise OwnerUnknown
    return user_id


def _referrer(referrer_id: int | None, *, scope: Scope, customer_id: int | None) -> int | None:
    if referrer_id is None:
        return None
    try:
        referrer = selectors.find_customer(referrer_id, scope=scope)
    except CustomerNotFound as error:
        raise ReferrerInvalid from error
    if referrer.pk == customer_id:
        raise ReferrerInvalid
    return int(referrer.pk)
