"""Writes: definitions and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from huike.customers.fields import references, rules, selectors
from huike.customers.fields.errors import (
    CustomFieldInUse,
    CustomFieldInvalid,
    CustomFieldKeyTaken,
    CustomFieldNotFound,
    CustomFieldRepeated,
    ValuesInvalid,
    ValueTaken,
)
from huike.customers.fields.rules import Option, Spec, Stored
from huike.customers.models import CustomField, CustomValue
from huike.kernel.errors import FieldError
from huike.kernel.money import minor_exponent
from huike.kernel.scope import EVERYTHING
from huike.kernel.text import clean_line
from huike.platform import audit, clock, locks
from huike.platform.audit import Actor
from huike.platform.config import get_config

_UNIQUE_CONSTRAINT = "field_value_unique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the operator says a field is. `default` is a value as the API tells it."""

    key: str
    name: str
    type: str
    description: str = ""
    target: str | None = None
    currency: str | None = None
    options: Sequence[Option] = ()
    required: bool = False
    unique: bool = False
    default: Any = None


def define(definition: Definition, *, actor: Actor) -> CustomField:
    """A new field, after the others. Raises CustomFieldInvalid naming every fault, CustomFieldKeyTaken,
    UnknownCurrency."""
    columns = _columns(definition)
    with transaction.atomic():
        locks.hold("customer fields")
        if CustomField.objects.filter(archived_at__isnull=True).count() >= rules.MOST_FIELDS:
            raise CustomFieldInvalid(errors=[FieldError("", "customer_field.too_many", {"most": rules.MOST_FIELDS})])
        if CustomField.objects.filter(key=definition.key).exists():
            raise CustomFieldKeyTaken(key=definition.key)
        last = CustomField.objects.order_by("-position").values_list("position", flat=True).first()
        field = CustomField.objects.create(key=definition.key, position=(last or 0) + 1, **columns)
        audit.record(
            actor,
            "define_customer_field",
            subject_kind="customer_field",
            subject_id=field.pk,
            details={"key": field.key, "type": field.type},
        )
    return field


def _columns(definition: Definition) -> dict[str, Any]:
    """The row of a definition that is sound. Raises CustomFieldInvalid, UnknownCurrency."""
    currency = definition.currency
    if definition.type == "money":
        currency = currency or get_config().currency
        minor_exponent(currency)
    options = [Option(option.key, clean_line(option.name)) for option in definition.options]
    spec = Spec(
        id=0,
        key=definition.key,
        name=definition.name,
        type=definition.type,
        target=definition.target,
        currency=currency,
        options=tuple(options),
    )
    faults = rules.faults_of_definition(
        key=definition.key,
        type=definition.type,
        unique=definition.unique,
        options=options,
        default=definition.default,
        spec=spec,
    )
    if not clean_line(definition.name):
        faults.append(FieldError("name", "customer_field.name_missing", {}))
    if (definition.type == "reference") != (definition.target is not None):
        faults.append(FieldError("target", "customer_field.target_unfit", {}))
    if definition.type != "money" and definition.currency is not None:
        faults.append(FieldError("currency", "customer_field.currency_not_wanted", {}))
    if faults:
        raise CustomFieldInvalid(errors=faults)
    (default,) = rules.stored_of(spec, definition.default) or (Stored(),)
    return {
        "name": clean_line(definition.name),
        "description": definition.description,
        "type": definition.type,
        "target": definition.target,
        "currency": currency,
        "options": [{"key": option.key, "name": option.name} for option in options],
        "required": definition.required,
        "is_unique": definition.unique,
        "default_text": default.text,
        "default_number": default.number,
        "default_day": default.day,
    }


def redefine(field_id: int, changes: Mapping[str, Any], *, actor: Actor) -> CustomField:
    """Change the named parts of a definition; its key stays.

    Raises CustomFieldNotFound, CustomFieldInvalid, CustomFieldInUse where values would change their meaning,
    CustomFieldRepeated where it becomes unique and two customers share a value.
    """
    with transaction.atomic():
        field = _locked(field_id)
        spec = selectors.spec_of(field)
        told: dict[str, Any] = {
            "key": field.key,
            "name": field.name,
            "description": field.description,
            "type": field.type,
            "target": field.target,
            "currency": field.currency,
            "options": spec.options,
            "required": field.required,
            "unique": field.is_unique,
            "default": selectors.default_of(field),
            **changes,
        }
        if "type" in changes and changes["type"] != field.type:
            # What belongs to the old type goes with it unless it is said anew.
            told |= {part: None for part in ("target", "currency", "default") if part not in changes}
            if "options" not in changes:
                told["options"] = ()
        columns = _columns(Definition(**told))
        _refuse_new_meaning(field, columns)
        was_unique = field.is_unique
        for name, value in columns.items():
            setattr(field, name, value)
        field.updated_at = clock.now()
        field.save()
        if field.is_unique != was_unique:
            _mark_unique(field)
        audit.record(
            actor,
            "change_customer_field",
            subject_kind="customer_field",
            subject_id=field_id,
            details={"key": field.key, "changed": sorted(changes)},
        )
    return field


def _refuse_new_meaning(field: CustomField, columns: Mapping[str, Any]) -> None:
    changed = [name for name in ("type", "target", "currency") if columns[name] != getattr(field, name)]
    if changed and selectors.has_values(field.pk):
        raise CustomFieldInUse(changed=changed)
    kept = {option["key"] for option in columns["options"]}
    gone = [option["key"] for option in field.options if option["key"] not in kept]
    used = CustomValue.objects.filter(field_id=field.pk, text__in=gone).values_list("text", flat=True).distinct()
    if gone and (still := sorted(text for text in used if text)):
        raise CustomFieldInUse(changed=["options"], options=still)


def _mark_unique(field: CustomField) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE customers_field_value SET unique_text = "
                "CASE WHEN %s THEN coalesce(text, number::text, day::text) END WHERE field_id = %s",
                [field.is_unique, field.pk],
            )
    except IntegrityError as error:
        raise CustomFieldRepeated(key=field.key) from error


def reorder(field_ids: Sequence[int], *, actor: Actor) -> None:
    """Put these fields first, in this order; the others follow as they are. Raises CustomFieldNotFound."""
    with transaction.atomic():
        locks.hold("customer fields")
        fields = {field.pk: field for field in selectors.list_fields(archived=None)}
        if not set(field_ids) <= set(fields):
            raise CustomFieldNotFound
        chosen = dict.fromkeys(field_ids)
        for position, field_id in enumerate([*chosen, *(pk for pk in fields if pk not in chosen)], start=1):
            fields[field_id].position = position
        CustomField.objects.bulk_update(fields.values(), ["position"])
        audit.record(actor, "reorder_customer_fields", subject_kind="customer_field")


def archive(field_id: int, *, actor: Actor) -> CustomField:
    """Take a field out of use; its values stay. Raises CustomFieldNotFound."""
    return _set_archived(field_id, True, actor=actor)


def restore(field_id: int, *, actor: Actor) -> CustomField:
    """Bring an archived field back. Raises CustomFieldNotFound."""
    return _set_archived(field_id, False, actor=actor)


def _set_archived(field_id: int, archived: bool, *, actor: Actor) -> CustomField:
    with transaction.atomic():
        field = _locked(field_id)
        if (field.archived_at is not None) != archived:
            field.archived_at = clock.now() if archived else None
            field.save(update_fields=["archived_at"])
            audit.record(
                actor,
                "archive_customer_field" if archived else "restore_customer_field",
                subject_kind="customer_field",
                subject_id=field_id,
                details={"key": field.key},
            )
    return field


def _locked(field_id: int) -> CustomField:
    field = CustomField.objects.select_for_update().filter(pk=field_id).first()
    if field is None:
        raise CustomFieldNotFound
    return field


def set_values(customer_id: int, values: Mapping[str, Any], *, creating: bool = False) -> None:
    """Give a customer these values by key; an empty one takes the value away. In the caller's transaction, who holds
    the
    customer's row.

    Raises ValuesInvalid naming every fault, ValueTaken where a unique value belongs to somebody.
    """
    known = _held_specs(None if creating else list(values))
    stored, faults = rules.faults_of_values(known, values, creating=creating)
    faults += _faults_of_references(known, stored, customer_id)
    if faults:
        raise ValuesInvalid(errors=faults)
    for key, rows in sorted(stored.items(), key=lambda pair: known[pair[0]].id):
        _write(customer_id, known[key], rows)


def _held_specs(keys: list[str] | None) -> dict[str, Spec]:
    """The definitions, held so that nobody changes them before this transaction ends."""
    fields = CustomField.objects.filter(archived_at__isnull=True).order_by("pk")
    if keys is not None:
        fields = fields.filter(key__in=keys)
    ids = list(fields.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        # Django speaks of no share mode.
        cursor.execute("SELECT id FROM customers_field WHERE id = ANY(%s) ORDER BY id FOR SHARE", [ids])
    held = CustomField.objects.filter(pk__in=ids, archived_at__isnull=True)
    return {row.key: selectors.spec_of(row) for row in held}


def _faults_of_references(
    known: Mapping[str, Spec], stored: Mapping[str, tuple[Stored, ...]], customer_id: int
) -> list[FieldError]:
    faults = []
    for key, rows in stored.items():
        target = known[key].target
        for row in rows if target is not None else ():
            pointed_at = int(row.number or 0)
            if pointed_at not in references.target(str(target)).names_of([pointed_at], EVERYTHING):
                faults.append(FieldError(f"fields.{key}", "customer_field.reference_unknown", {"target": target}))
            elif target == "customer" and pointed_at == customer_id:
                faults.append(FieldError(f"fields.{key}", "customer_field.reference_to_self", {}))
    return faults


_PUT = """
INSERT INTO customers_field_value AS v (customer_id, field_id, slot, text, number, day, unique_text)
VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (customer_id, field_id, slot) DO UPDATE
   SET text = EXCLUDED.text, number = EXCLUDED.number, day = EXCLUDED.day, unique_text = EXCLUDED.unique_text
 WHERE (v.text, v.number, v.day, v.unique_text)
       IS DISTINCT FROM (EXCLUDED.text, EXCLUDED.number, EXCLUDED.day, EXCLUDED.unique_text)
"""


def _write(customer_id: int, spec: Spec, rows: Sequence[Stored]) -> None:
    gone = CustomValue.objects.filter(customer_id=customer_id, field_id=spec.id)
    gone.exclude(slot__in=[row.slot for row in rows]).delete()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for row in rows:
                unique_text = row.unique_text if spec.unique else None
                cursor.execute(_PUT, [customer_id, spec.id, row.slot, row.text, row.number, row.day, unique_text])
    except IntegrityError as error:
        if _UNIQUE_CONSTRAINT not in str(error):
            raise
        raise ValueTaken(key=spec.key, name=spec.name) from error
