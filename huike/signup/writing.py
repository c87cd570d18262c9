"""What a joining writes to a file: empty fields are filled, others keep what they hold.

docs/algorithms/sign-up.md, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from huike.customers.fields.rules import stored_of
from huike.customers.fields.selectors import specs, values_of
from huike.customers.models import Customer
from huike.customers.services import update_customer
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import Actor
from huike.signup.design import FIELD_PREFIX


def changes_of(field: str, told: Any) -> dict[str, Any]:
    """An answer as `update_customer` takes it."""
    if field == "birthday":
        if "lunar" in told:
            return {"birth_lunar": told["lunar"]}
        return {"birth_on": date.fromisoformat(told["solar"])}
    if field.startswith(FIELD_PREFIX):
        return {"fields": {field.removeprefix(FIELD_PREFIX): told}}
    return {field: told}


def complete(
    customer: Customer, answers: Mapping[str, Any], more: Mapping[str, Any], *, actor: Actor
) -> dict[str, Any]:
    """Fill what is empty; give what differs, by field, and what the file would not take. `more` are columns that are
    known to be empty. The caller holds the customer's row."""
    held = held_answers(customer, answers)
    changes: dict[str, Any] = dict(more)
    filled: dict[str, Any] = {}
    differing: dict[str, Any] = {}
    for field, told in answers.items():
        if held.get(field) in (None, "", []):
            filled[field] = told
        elif held[field] != told:
            differing[field] = told
    for field, told in filled.items():
        change = changes_of(field, told)
        changes["fields"] = {**changes.get("fields", {}), **change.pop("fields", {})}
        changes |= change
    if not changes.get("fields"):
        changes.pop("fields", None)
    if changes:
        try:
            with transaction.atomic():
                update_customer(customer.pk, changes, actor=actor, scope=EVERYTHING)
        except HuikeError:
            # A field of the operator's changed its meaning since the form was sent; all else is written.
            differing |= {field: told for field, told in filled.items() if field.startswith(FIELD_PREFIX)}
            changes.pop("fields", None)
            if changes:
                update_customer(customer.pk, changes, actor=actor, scope=EVERYTHING)
    return differing


def held_answers(customer: Customer, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the file holds now, in the form answers have."""
    held: dict[str, Any] = {"name": customer.name, "gender": customer.gender, "city": customer.city}
    if customer.birth_lunar_month is not None:
        held["birthday"] = {
            "lunar": {
                "month": customer.birth_lunar_month,
                "day": customer.birth_lunar_day,
                "leap": customer.birth_lunar_leap,
                "year": customer.birth_lunar_year,
            }
        }
    elif customer.birth_on is not None:
        held["birthday"] = {"solar": customer.birth_on.isoformat()}
    keys = [name.removeprefix(FIELD_PREFIX) for name in answers if name.startswith(FIELD_PREFIX)]
    if keys:
        known, values = specs(), values_of([customer.pk], scope=EVERYTHING)[customer.pk].fields
        for key in keys:
            if key not in values:
                continue
            told = answers[FIELD_PREFIX + key]
            spec = known.get(key)
            same = spec is not None and stored_of(spec, told) == stored_of(spec, values[key])
            held[FIELD_PREFIX + key] = told if same else values[key]
    return held
