"""Columns that fill the operator's own fields: docs/algorithms/custom-fields.md, "Files in", column-wise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from huike.customers.fields.references import target
from huike.customers.fields.rules import LARGEST_NUMBER, LONGEST_TEXT, THOUSANDTHS, Spec
from huike.customers.fields.selectors import specs
from huike.imports import expressions as sql
from huike.imports.cell_rules import Reading, fault, join_known, number_of, trimmed
from huike.imports.fields import IDENTITY_FIELDS, Field, Type, normal_name
from huike.kernel.money import minor_exponent

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

_PREFIX = "fields."
_LONGEST_NAME = 254
_TYPES: dict[str, Type] = {"number": "number", "money": "number", "date": "date", "reference": "id"}


def own_fields() -> tuple[Field, ...]:
    """The operator's own fields that a column may fill."""
    return tuple(
        Field(
            key=f"{_PREFIX}{spec.key}",
            kinds=("customers",),
            type=_TYPES.get(spec.type, "text"),
            names=(normal_name(spec.name), normal_name(spec.key)),
            longest=LONGEST_TEXT,
            label=spec.name,
        )
        for spec in specs().values()
        if spec.target is None or target(spec.target).comes_by_file
    )


def mapped_specs(cells: Cells) -> list[Spec]:
    """The definitions of the fields this file has columns for."""
    known = specs()
    keys = [key.removeprefix(_PREFIX) for key in cells.column_of if key.startswith(_PREFIX)]
    return [known[key] for key in keys if key in known]


def name_of(spec: Spec) -> str:
    """What the tables of a check call the field."""
    return f"own_{spec.id}"


def key_of(spec: Spec) -> str:
    """What a mapping calls the field."""
    return f"{_PREFIX}{spec.key}"


def is_settled_later(spec: Spec) -> bool:
    """Whether the field points to what the file itself may make: see `imports.pointing`."""
    return spec.target is not None and target(spec.target).meanings_of is not None


def text_columns(cells: Cells, own: Iterable[Spec]) -> list[str]:
    return [f"{trimmed(cells, key_of(spec))} AS t_{name_of(spec)}" for spec in own]


def reading_of(cells: Cells, spec: Spec) -> Reading:
    """How one field is read: a BIGINT of thousandths, minor units or an id, a DATE, a text, or a list of option
    keys."""
    name, key = name_of(spec), key_of(spec)
    t, v = f"t_{name}", f"v_{name}"
    required = [fault(f"{t} IS NULL", key, "text.missing")] if spec.required else []

    def unread(code: str) -> str:
        return fault(f"{t} IS NOT NULL AND {v} IS NULL", key, code)

    match spec.type:
        case "number":
            value, faults = _whole(number_of(cells, name), THOUSANDTHS), [unread("number.unreadable")]
        case "money":
            scale = 10 ** minor_exponent(str(spec.currency))
            value, faults = _whole(number_of(cells, name), scale), [unread("amount.unreadable")]
        case "date":
            read = sql.date(t, cells.instants[key], days_since_1900=cells.is_spreadsheet)
            value = f"CASE WHEN year({read}) BETWEEN 1800 AND 2199 THEN {read} END"
            faults = [unread("date.unreadable")]
        case "choice":
            value, faults = sql.one_of(t, _words_of(spec)), [unread("option.unknown")]
        case "multi_choice":
            cut = f"list_transform(regexp_split_to_array({t}, '[,;，；、|]'), x -> trim(x))"
            split = f"list_filter({cut}, x -> x <> '')"
            option = sql.one_of("x", _words_of(spec))
            value = f"nullif(list_sort(list_distinct(list_transform({split}, x -> {option}))), [])"
            unknown = f"len(list_filter({split}, x -> ({option}) IS NULL)) > 0"
            faults = [fault(f"{t} IS NOT NULL AND {unknown}", key, "option.unknown")]
        case "reference":
            if is_settled_later(spec):
                value, faults = t, [fault(f"length({t}) > {_LONGEST_NAME}", key, "text.too_long")]
            else:
                value, faults = f"known_{name}.id", [unread("reference.unknown")]
        case _:
            value = f"regexp_replace({t}, '\\s+', ' ', 'g')"
            faults = [fault(f"length({t}) > {LONGEST_TEXT}", key, "text.too_long")]
    if spec.unique:
        faults.append(_claimed_before(t, v, key))
    return Reading(name, value, (*required, *faults))


def _whole(number: str, scale: int) -> str:
    """The number in units of 1/scale; NULL where something finer is left over, or it is too large."""
    read = f"({number})"
    fits = f"abs({read}) < {LARGEST_NUMBER // 10} AND {read} * {scale} = floor({read} * {scale})"
    return f"CASE WHEN {fits} THEN ({read} * {scale})::BIGINT END"


def _words_of(spec: Spec) -> dict[str, tuple[str, ...]]:
    return {option.key: (option.key.lower(), option.name.lower()) for option in spec.options}


def _claimed_before(t: str, v: str, key: str) -> str:
    """The value stands earlier in the file, of another person."""
    person = f"[{', '.join(f'v_{identity}' for identity in IDENTITY_FIELDS)}]"
    first = f"first_value({person}) OVER (PARTITION BY {v} ORDER BY row)"
    return fault(f"{t} IS NOT NULL AND {v} IS NOT NULL AND {first} IS DISTINCT FROM {person}", key, "value.repeated")


def join_references(duck: Watched, cells: Cells, own: Iterable[Spec]) -> str:
    """Look up what the file calls stores and products; the JOINs that bring their ids to a row."""
    joins = []
    for spec in own:
        look_up = None if spec.target is None else target(spec.target).ids_of_codes
        if look_up is not None:
            joins.append(join_known(duck, cells, key_of(spec), look_up, name=name_of(spec)))
    return " ".join(joins)


def gather_values(duck: Watched, own: Iterable[Spec]) -> None:
    """`own_values`: what `people` say in the operator's own fields, a row for each value, ready to be staged."""
    empty = "NULL::VARCHAR AS text, NULL::BIGINT AS number, NULL::DATE AS day"
    selects = [f"SELECT 0::BIGINT AS ord, 0::BIGINT AS field_id, '' AS type, '' AS slot, {empty} WHERE false"]
    for spec in own:
        name = name_of(spec)
        head = f"SELECT ord, {spec.id}, '{spec.type}'"
        column = "text" if is_settled_later(spec) else spec.column
        match column, spec.type:
            case _, "multi_choice":
                told = f"(SELECT ord, unnest({name}) AS option FROM people)"
                selects.append(f"{head}, option, option, NULL, NULL FROM {told} WHERE option IS NOT NULL")
            case "text", _:
                selects.append(f"{head}, '', {name}, NULL, NULL FROM people WHERE {name} IS NOT NULL")
            case "number", _:
                selects.append(f"{head}, '', NULL, {name}, NULL FROM people WHERE {name} IS NOT NULL")
            case _:
                selects.append(f"{head}, '', NULL, NULL, {name} FROM people WHERE {name} IS NOT NULL")
    duck.execute(f"CREATE TABLE own_values AS {' UNION ALL '.join(selects)}")
