"""The rules of a file of customers, column-wise: from `raw` to `typed`, `refused`, `good`, and `people` to be written.

`docs/algorithms/imports.md`, sections 4 and 6, states every rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from huike.customers.fields.rules import Spec
from huike.imports import expressions as sql
from huike.imports.answers import Answers
from huike.imports.cell_rules import (
    Reading,
    all_faults,
    card,
    damage_faults,
    email,
    fault,
    instant_of,
    known_word,
    name,
    normalise_phones,
    not_blank,
    phone,
    text_of,
    trimmed,
)
from huike.imports.fields import IDENTITY_FIELDS, fields_of
from huike.imports.own_fields import gather_values, join_references, mapped_specs, name_of, reading_of, text_columns
from huike.imports.workbench import rows_of

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

_PLAIN: Final = ("external_id", "country", "province", "city", "district", "address", "occupation")
_WORDS: Final = (
    ("gender", sql.GENDERS, "gender.unknown"),
    ("language", sql.LANGUAGES, "language.unknown"),
    ("email_consent", sql.YES_NO, "yes_no.unknown"),
    ("sms_consent", sql.YES_NO, "yes_no.unknown"),
)
_INSTANTS: Final = ("member_since", "email_consent_at", "sms_consent_at")
# Everything a person's row says besides who it is about.
SAID: Final = (
    "name", "gender", "birth_on", "language", "country", "province", "city", "district", "address", "occupation",
    "tags", "member_since", "email_consent", "email_consent_at", "sms_consent", "sms_consent_at",
)  # fmt: skip


LEFT_BEHIND: Final = ("told_phones",)
_READ, _GATHERED = 0.6, 0.9


def check(duck: Watched, cells: Cells, *, now: datetime) -> None:
    """Make all the tables named above."""
    own = mapped_specs(cells)
    duck.stage(_READ)
    _read_cells(duck, cells, now, own)
    duck.stage(_GATHERED, statements=4)
    duck.execute(
        "CREATE TABLE refused AS SELECT row, faults FROM typed WHERE faults IS NOT NULL "
        "UNION ALL SELECT row, ':' || code FROM unreadable"
    )
    duck.execute("CREATE VIEW good AS SELECT * EXCLUDE (faults) FROM typed WHERE faults IS NULL")
    _gather(duck, own)
    gather_values(duck, own)


def _read_cells(duck: Watched, cells: Cells, now: datetime, own: Sequence[Spec]) -> None:
    phones = normalise_phones(duck, cells)
    readings = [
        *(text_of(key) for key in _PLAIN),
        name(),
        *(known_word(*word) for word in _WORDS),
        *(instant_of(cells, key, now=now) for key in _INSTANTS),
        _birth_date(cells, now),
        Reading("tags", _TAGS),
        card(),
        phone(cells),
        email(),
        *(reading_of(cells, spec) for spec in own),
    ]
    references = join_references(duck, cells, own)
    built_in = [f"{trimmed(cells, field.key)} AS t_{field.key}" for field in fields_of("customers")]
    texts = ", ".join([*built_in, *text_columns(cells, own)])
    values = ", ".join(f"{reading.value} AS v_{reading.key}" for reading in readings)
    nobody = fault(f"coalesce({', '.join(f'v_{key}' for key in IDENTITY_FIELDS)}) IS NULL", "", "identity.missing")
    faults = [*damage_faults(cells), *(fault for reading in readings for fault in reading.faults), nobody]
    duck.execute(
        f"""
        CREATE TABLE typed AS
        WITH told AS (SELECT *, {texts} FROM raw WHERE {not_blank(cells)}),
             valued AS (SELECT told.*, {values} FROM told {phones} {references})
        SELECT row, {", ".join(f"v_{key} AS {key}" for key in (*IDENTITY_FIELDS, *SAID, *map(name_of, own)))},
               {all_faults(faults)} AS faults
          FROM valued
        """
    )


_TAGS: Final = (
    "nullif(list_sort(list_distinct(list_filter(list_transform(regexp_split_to_array(t_tags, '[,;，；、|]'), "
    "tag -> left(trim(tag), 40)), tag -> tag <> ''))), [])"
)


def _birth_date(cells: Cells, now: datetime) -> Reading:
    if "birth_on" not in cells.column_of:
        return Reading("birth_on", "NULL::DATE")
    return Reading(
        "birth_on",
        sql.date("t_birth_on", cells.instants["birth_on"], days_since_1900=cells.is_spreadsheet),
        (
            fault("t_birth_on IS NOT NULL AND v_birth_on IS NULL", "birth_on", "date.unreadable"),
            fault(f"v_birth_on < DATE '1900-01-01' OR v_birth_on > DATE '{now:%Y-%m-%d}'", "birth_on", "date.absurd"),
        ),
    )


def _gather(duck: Watched, own: Sequence[Spec]) -> None:
    """One row per set of identities: the later row's word, cell by cell."""
    last = ", ".join(
        f"last({key} ORDER BY row) FILTER (WHERE {key} IS NOT NULL) AS {key}"
        for key in (*SAID, *map(name_of, own))
        if key != "tags"
    )
    duck.execute(
        f"""
        CREATE TABLE people AS
        SELECT max(row) AS ord, {", ".join(IDENTITY_FIELDS)}, {last},
               list_sort(list_distinct(flatten(list(tags) FILTER (WHERE tags IS NOT NULL)))) AS tags
          FROM good GROUP BY {", ".join(IDENTITY_FIELDS)}
        """
    )


def totals(duck: Watched, answers: Answers) -> dict[str, Any]:
    """What the file comes to."""
    (figures,) = rows_of(
        duck,
        """
        SELECT count(*) AS customers, count(email) AS with_email, count(phone) AS with_phone, count(name) AS with_name,
               count(*) FILTER (WHERE email_consent = 'yes') AS email_yes,
               count(*) FILTER (WHERE email_consent = 'no') AS email_no,
               count(*) FILTER (WHERE sms_consent = 'yes') AS sms_yes,
               count(*) FILTER (WHERE sms_consent = 'no') AS sms_no,
               (SELECT count(*) FROM good) - count(*) AS repeated_rows
          FROM people
        """,
    )
    return figures


def preview(duck: Watched, answers: Answers) -> list[dict[str, Any]]:
    """The first rows as they were understood."""
    instants = ", ".join(f"strftime(make_timestamp({key}), '%Y-%m-%dT%H:%M:%SZ') AS {key}" for key in _INSTANTS)
    return rows_of(
        duck,
        f"""
        SELECT row, external_id, name, phone, email, card_number, gender, birth_on::VARCHAR AS birth_on, language,
        country,
               city, tags, email_consent, sms_consent, {instants}
          FROM good ORDER BY row LIMIT 20
        """,
    )
