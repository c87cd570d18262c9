"""The rules of a file of customers, column-wise: from `raw` to `typed`, `refused`, `good`, and `people` to be written.

`docs/algorithms/imports.md`, sections 4 and 6, states every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from huike.catalog.selectors import store_ids_by_code
from huike.customers.fields.rules import Spec
from huike.customers.households.services import MOST
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
    join_known,
    known_word,
    lunar_day,
    name,
    normalise_lunar_days,
    normalise_phones,
    not_blank,
    number_of,
    phone,
    reference,
    text_of,
    trimmed,
)
from huike.imports.fields import IDENTITY_FIELDS, fields_of
from huike.imports.own_fields import gather_values, join_references, mapped_specs, name_of, reading_of, text_columns
from huike.imports.pointing import settle
from huike.imports.workbench import rows_of
from huike.staff.selectors import user_ids_by_word

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

_PLAIN: Final = (
    "external_id", "country", "province", "city", "district", "address", "occupation", "source_campaign", "referrer",
    "company", "company_role", "household",
)  # fmt: skip
_WORDS: Final = (
    ("gender", sql.GENDERS, "gender.unknown"),
    ("language", sql.LANGUAGES, "language.unknown"),
    ("income", sql.INCOMES, "option.unknown"),
    ("education", sql.EDUCATIONS, "option.unknown"),
    ("stage", sql.STAGES, "option.unknown"),
    ("email_consent", sql.YES_NO, "yes_no.unknown"),
    ("sms_consent", sql.YES_NO, "yes_no.unknown"),
)
_INSTANTS: Final = ("member_since", "email_consent_at", "sms_consent_at")
# Everything a person's row says besides who it is about.
SAID: Final = (
    "name", "gender", "birthday", "language", "country", "province", "city", "district", "address", "occupation",
    "income", "education", "stage", "latitude", "longitude", "home_store", "owner", "source_campaign", "referrer",
    "company", "company_role", "household", "tags", "interests", "member_since", "email_consent",
    "email_consent_at", "sms_consent", "sms_consent_at",
)  # fmt: skip
# Of these a person has what all her rows say.
_GATHERED_LISTS: Final = ("tags", "interests")


LEFT_BEHIND: Final = ("told_phones",)
_READ, _GATHERED = 0.6, 0.9


def check(duck: Watched, cells: Cells, *, now: datetime) -> None:
    """Make all the tables named above."""
    own = mapped_specs(cells)
    duck.stage(_READ)
    _read_cells(duck, cells, now, own)
    duck.stage(_GATHERED, statements=4)
    _refuse_crowds(duck)
    settle(duck, cells, own)
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
        lunar_day(cells),
        Reading(
            "birthday",
            _BIRTHDAY,
            (fault("t_birth_on IS NOT NULL AND t_birth_lunar IS NOT NULL", "birth_lunar", "birthday.told_twice"),),
        ),
        *(Reading(key, _words_in(f"t_{key}")) for key in _GATHERED_LISTS),
        *(_coordinate(cells, *which) for which in (("latitude", "longitude", 90), ("longitude", "latitude", 180))),
        *(reference(key, "reference.unknown") for key in _LOOKED_UP),
        card(),
        phone(cells),
        email(),
        *(reading_of(cells, spec) for spec in own),
    ]
    joins = [
        phones,
        normalise_lunar_days(duck, cells),
        *(join_known(duck, cells, key, look_up) for key, look_up in _LOOKED_UP.items()),
        join_references(duck, cells, own),
    ]
    built_in = [f"{trimmed(cells, field.key)} AS t_{field.key}" for field in fields_of("customers")]
    texts = ", ".join([*built_in, *text_columns(cells, own)])
    values = ", ".join(f"{reading.value} AS v_{reading.key}" for reading in readings)
    nobody = fault(f"coalesce({', '.join(f'v_{key}' for key in IDENTITY_FIELDS)}) IS NULL", "", "identity.missing")
    faults = [*damage_faults(cells), *(fault for reading in readings for fault in reading.faults), nobody]
    duck.execute(
        f"""
        CREATE TABLE typed AS
        WITH told AS (SELECT *, {texts} FROM raw WHERE {not_blank(cells)}),
             valued AS (SELECT told.*, {values} FROM told {" ".join(joins)})
        SELECT row, {", ".join(f"v_{key} AS {key}" for key in (*IDENTITY_FIELDS, *SAID, *map(name_of, own)))},
               {all_faults(faults)} AS faults
          FROM valued
        """
    )


def _refuse_crowds(duck: Watched) -> None:
    """More people than a household has are none: a placeholder stands in the column."""
    duck.execute(
        f"""
        UPDATE typed SET faults = concat_ws('|', faults, 'household:household.too_large')
         WHERE household IN (
               SELECT household FROM (SELECT DISTINCT household, {", ".join(IDENTITY_FIELDS)} FROM typed
                                       WHERE household IS NOT NULL)
                GROUP BY household HAVING count(*) > {MOST})
        """
    )


def _words_in(text: str) -> str:
    """A list of the words of a cell, each once, at most 40 characters long."""
    cut = f"regexp_split_to_array({text}, '[,;，；、|]')"
    words = f"list_filter(list_transform({cut}, word -> left(trim(word), 40)), word -> word <> '')"
    return f"nullif(list_sort(list_distinct({words})), [])"


# One cell says it whole, so that a later row replaces a lunar birthday by a solar one and the other way round.
_BIRTHDAY: Final = """
    CASE WHEN lunar_days.month IS NOT NULL
         THEN to_json({'on': lunar_days.solar, 'year': lunar_days.year, 'month': lunar_days.month,
                       'day': lunar_days.day, 'leap': lunar_days.leap})
         WHEN v_birth_on IS NOT NULL THEN to_json({'on': v_birth_on}) END
"""
_LOOKED_UP: Final[Mapping[str, Callable[[Iterable[str]], dict[str, int]]]] = {
    "home_store": lambda codes: store_ids_by_code(codes),
    "owner": lambda told: user_ids_by_word(told),
}


def _coordinate(cells: Cells, key: str, other: str, most: int) -> Reading:
    """Degrees with six decimals; half of a point is none."""
    return Reading(
        key,
        number_of(cells, key),
        (
            fault(f"t_{key} IS NOT NULL AND coalesce(abs(v_{key}) > {most}, true)", key, "coordinate.unreadable"),
            fault(f"t_{key} IS NULL AND t_{other} IS NOT NULL", key, "coordinate.missing"),
        ),
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
        if key not in _GATHERED_LISTS
    )
    lists = ", ".join(
        f"list_sort(list_distinct(flatten(list({key}) FILTER (WHERE {key} IS NOT NULL)))) AS {key}"
        for key in _GATHERED_LISTS
    )
    duck.execute(
        f"""
        CREATE TABLE people AS
        SELECT max(row) AS ord, {", ".join(IDENTITY_FIELDS)}, {last}, {lists}
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
        SELECT row, external_id, name, phone, email, card_number, gender, birthday->>'on' AS birth_on,
               language, country, city, tags, email_consent, sms_consent, {instants}
          FROM good ORDER BY row LIMIT 20
        """,
    )
