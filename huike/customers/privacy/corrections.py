"""What a person may correct of her own file, and doing it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from huike.customers import rules, services
from huike.customers.models import Customer
from huike.customers.privacy.errors import CorrectionInvalid
from huike.kernel.scope import Scope
from huike.kernel.text import clean_line
from huike.platform.audit import Actor

# Fields by which nobody is found: the operator may let these through at once.
SIMPLE: Final = frozenset(
    {"name", "gender", "birth_on", "language", "province", "city", "district", "address", "occupation"}
)
FIELDS: Final = (
    "name", "phone", "email", "gender", "birth_on", "language", "province", "city", "district", "address", "occupation",
)  # fmt: skip
_LONGEST: Final = {"name": 200, "address": 300, "phone": 40, "email": 254}
_CHOICES: Final = {"gender": set(Customer.Gender.values), "language": {"zh-CN", "en"}}


def current(customer: Customer) -> dict[str, str]:
    """What stands on the file, as text that can be edited."""
    return {field: _text(getattr(customer, field)) for field in FIELDS}


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def proposal(customer: Customer, changes: dict[str, Any] | Any) -> dict[str, dict[str, str]]:
    """`{field: {"old", "new"}}` of what differs. Raises CorrectionInvalid naming the first field that cannot be so,
    EmailInvalid, PhoneInvalid."""
    before = current(customer)
    proposed = {}
    for field, told in changes.items():
        if field not in FIELDS or not isinstance(told, str):
            raise CorrectionInvalid(field=str(field)[:60])
        new = _checked(field, clean_line(told))
        if new != before[field]:
            proposed[field] = {"old": before[field], "new": new}
    return proposed


def _checked(field: str, text: str) -> str:
    if len(text) > _LONGEST.get(field, 80) or (field == "name" and not text):
        raise CorrectionInvalid(field=field)
    if not text:
        return ""
    if field in {"phone", "email"}:
        return rules.normalise_identity(field, text)
    if field in _CHOICES and text not in _CHOICES[field]:
        raise CorrectionInvalid(field=field)
    if field == "birth_on":
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise CorrectionInvalid(field=field) from error
        if day.year < 1900:
            raise CorrectionInvalid(field=field)
        return day.isoformat()
    return text


def apply(customer_id: int, proposed: dict[str, dict[str, str]], *, actor: Actor, scope: Scope) -> None:
    """Put the new values on the file. Raises what `update_customer` raises, IdentityTaken among it."""
    changes: dict[str, Any] = {}
    for field, values in proposed.items():
        new: Any = values["new"] or ("" if field == "name" else None)
        changes[field] = date.fromisoformat(new) if field == "birth_on" and new else new
    services.update_customer(customer_id, changes, actor=actor, scope=scope)
