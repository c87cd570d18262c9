"""What every kind of file shares: a cell is read as its field's type, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import phonenumbers
import pyarrow as pa

from huike.customers.birthdays import read_lunar, solar_date_of
from huike.customers.errors import PhoneInvalid
from huike.customers.identity.regions import region_of
from huike.customers.rules import CARD_PATTERN, EMAIL_PATTERN, normalise_phone
from huike.imports import expressions as sql
from huike.imports.fields import BY_KEY
from huike.orders.rules import EARLIEST_PLACED_AT, LATEST_PLACED_AFTER_NOW

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

MASK: Final = "*"
_WORDS_AT_A_TIME: Final = 20_000
# A platform's own number with an extension, lent to the courier for one delivery.
_LENT_PHONE: Final = r"(\+?86)?[ -]?1\d{10}\s*([-,_#]|转)\s*\d{2,6}"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one field is read: from its trimmed text `t_<key>`, the value (an expression), and its faults."""

    key: str
    value: str
    faults: tuple[str, ...] = ()


def fault(condition: str, key: str, code: str) -> str:
    """`key:code` where the condition holds, else NULL."""
    return f"CASE WHEN {condition} THEN '{key}:{code}' END"


def all_faults(faults: Iterable[str]) -> str:
    """All faults of a row, parted by `|`; NULL where there are none."""
    return f"nullif(concat_ws('|', {', '.join(faults)}), '')"


def trimmed(cells: Cells, key: str) -> str:
    """The expression `t_<key>` stands for: the cell's trimmed text, its spreadsheet zeros taken off."""
    if key not in cells.column_of:
        return "NULL::VARCHAR"
    value = cells.text_of(key)
    if key in cells.with_zeros:
        value = sql.without_zeros(value)
    return value


def text_of(key: str, *, required: bool = False) -> Reading:
    faults = [fault(f"length(t_{key}) > {BY_KEY[key].longest}", key, "text.too_long")]
    if required:
        faults.append(fault(f"t_{key} IS NULL", key, "text.missing"))
    return Reading(key, f"t_{key}", tuple(faults))


def number_of(cells: Cells, key: str) -> str:
    """DECIMAL(18,6)."""
    return sql.number(f"t_{key}", decimal=cells.answers.decimal)


def instant_of(cells: Cells, key: str, *, now: datetime, required: bool = False) -> Reading:
    """Microseconds since 1970, UTC, as BIGINT."""
    if key not in cells.column_of:
        return Reading(key, "NULL::BIGINT")
    value = sql.instant(
        f"t_{key}", cells.instants[key], zone=cells.answers.timezone, days_since_1900=cells.is_spreadsheet
    )
    latest = now + LATEST_PLACED_AFTER_NOW
    faults = [
        fault(f"t_{key} IS NOT NULL AND v_{key} IS NULL", key, "instant.unreadable"),
        fault(f"v_{key} < {micros(EARLIEST_PLACED_AT)} OR v_{key} > {micros(latest)}", key, "instant.absurd"),
    ]
    if required:
        faults.append(fault(f"t_{key} IS NULL", key, "text.missing"))
    return Reading(key, f"epoch_us({value})", tuple(faults))


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=at.tzinfo)) // timedelta(microseconds=1)


def known_word(key: str, words: dict[str, tuple[str, ...]], code: str) -> Reading:
    """One of a fixed set of values, recognised by the words people use for it."""
    return Reading(key, sql.one_of(f"t_{key}", words), (fault(f"t_{key} IS NOT NULL AND v_{key} IS NULL", key, code),))


def email() -> Reading:
    folded = "lower(t_email)"
    is_good = (
        f"regexp_matches({folded}, {sql.quoted(EMAIL_PATTERN)}) AND length({folded}) <= 254"
        f" AND NOT contains({folded}, '..') AND NOT regexp_matches({folded}, '[[:cntrl:]]')"
    )
    return Reading(
        "email",
        f"CASE WHEN {is_good} THEN {folded} END",
        (
            fault(
                f"t_email IS NOT NULL AND v_email IS NULL AND NOT contains(t_email, '{MASK}')", "email", "email.invalid"
            ),
        ),
    )


def card() -> Reading:
    bare = "upper(regexp_replace(t_card_number, '[\\s\\-_.]', '', 'g'))"
    return Reading(
        "card_number",
        f"CASE WHEN regexp_matches({bare}, {sql.quoted(CARD_PATTERN)}) THEN {bare} END",
        (
            fault(
                f"t_card_number IS NOT NULL AND v_card_number IS NULL AND NOT contains(t_card_number, '{MASK}')",
                "card_number",
                "card.invalid",
            ),
        ),
    )


def phone(cells: Cells) -> Reading:
    """Needs the table `phones`, made by `normalise_phones`."""
    if "phone" not in cells.column_of:
        return Reading("phone", "NULL::VARCHAR")
    return Reading(
        "phone",
        "phones.e164",
        (
            fault(
                f"t_phone IS NOT NULL AND v_phone IS NULL AND NOT contains(t_phone, '{MASK}')"
                f" AND NOT regexp_full_match(t_phone, {sql.quoted(_LENT_PHONE)})",
                "phone",
                "phone.invalid",
            ),
        ),
    )


def name(key: str = "name") -> Reading:
    """A name; a masked one (`张**`) is absent, since it would stand in the way of the real one."""
    return Reading(key, f"CASE WHEN NOT contains(t_{key}, '{MASK}') THEN t_{key} END", text_of(key).faults)


def normalise_phones(duck: Watched, cells: Cells) -> str:
    """Fill `phones(told, country, e164)` with each number of the file once; the JOIN that brings it to a row with
    `t_phone`. A number without country code is one of the row's country, else of the file's.

    Chinese mobile numbers, most of most files, are recognised by the library's own pattern in SQL; the library itself
    needs 50 microseconds a number.
    """
    if "phone" not in cells.column_of:
        return ""
    region = cells.answers.phone_region
    country = trimmed(cells, "country")
    countries = [row[0] for row in duck.execute(f"SELECT DISTINCT {country} FROM raw").fetchall()]
    known = {name: found for name in countries if name and len(name) <= 80 and (found := region_of(name))}
    duck.execute("CREATE TEMP TABLE phones (told VARCHAR, country VARCHAR, e164 VARCHAR)")
    regions = {"country": pa.array(list(known), pa.string()), "region": pa.array(list(known.values()), pa.string())}
    duck.register("known", pa.table(regions))
    duck.execute("CREATE TABLE phone_countries AS SELECT * FROM known")
    duck.unregister("known")
    duck.execute(
        f"""
        CREATE TABLE told_phones AS
        SELECT DISTINCT told, country, coalesce(region, ?) AS region
          FROM (SELECT {trimmed(cells, "phone")} AS told, {country} AS country FROM raw) cells
          LEFT JOIN phone_countries USING (country)
        """,
        [region],
    )
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("CN")
    quick = "false"
    if metadata is not None and metadata.mobile is not None:
        pattern = str(metadata.mobile.national_number_pattern)
        quick = f"(region = 'CN' AND regexp_full_match(told, {sql.quoted(pattern)}))"
    duck.execute(f"DELETE FROM told_phones WHERE regexp_full_match(told, {sql.quoted(_LENT_PHONE)})")
    duck.execute(f"INSERT INTO phones SELECT told, country, '+86' || told FROM told_phones WHERE {quick}")
    # A second cursor reads on while this one writes; it sees no temporary tables.
    rest = duck.cursor().execute(
        f"SELECT told, country, region FROM told_phones WHERE told IS NOT NULL AND NOT {quick}"
    )
    while batch := rest.fetchmany(50_000):
        numbers = [_e164(told, (own, region)) for told, _, own in batch]
        read = {"told": [row[0] for row in batch], "country": pa.array([row[1] for row in batch], pa.string())}
        duck.register("known", pa.table({**read, "e164": pa.array(numbers, pa.string())}))
        duck.execute("INSERT INTO phones SELECT * FROM known")
        duck.unregister("known")
    duck.execute("DROP TABLE told_phones")
    duck.execute("DROP TABLE phone_countries")
    return "LEFT JOIN phones ON phones.told = t_phone AND phones.country IS NOT DISTINCT FROM t_country"


def _e164(told: str, regions: tuple[str, ...]) -> str | None:
    try:
        return normalise_phone(told.removesuffix(".0"), regions=regions)
    except PhoneInvalid:
        return None


def join_known(
    duck: Watched, cells: Cells, key: str, look_up: Callable[[Iterable[str]], dict[str, int]], *, name: str = ""
) -> str:
    """Look up what a column calls things, each word once; the JOIN that brings `known_<name>.id` to a row. `name` is
    what the tables of a check call the field, where that is not its key."""
    name = name or key
    duck.execute(f"CREATE TEMP TABLE known_{name} (told VARCHAR, id BIGINT)")
    if key in cells.column_of:
        told = duck.cursor().execute(f"SELECT DISTINCT {trimmed(cells, key)} AS told FROM raw")
        while batch := [row[0] for row in told.fetchmany(_WORDS_AT_A_TIME)]:
            found = look_up([word for word in batch if word is not None])
            known = pa.table({"told": pa.array(list(found), pa.string()), "id": pa.array(found.values(), pa.int64())})
            duck.register("known", known)
            duck.execute(f"INSERT INTO known_{name} SELECT * FROM known")
            duck.unregister("known")
    return f"LEFT JOIN known_{name} ON known_{name}.told = t_{name}"


def reference(key: str, code: str) -> Reading:
    """The id of what a cell names. Needs the JOIN of `join_known`."""
    return Reading(key, f"known_{key}.id", (fault(f"t_{key} IS NOT NULL AND v_{key} IS NULL", key, code),))


def normalise_lunar_days(duck: Watched, cells: Cells) -> str:
    """Fill `lunar_days(told, year, month, day, leap, solar)` with each lunar birthday of the file once; the JOIN that
    brings it to a row with `t_birth_lunar`."""
    duck.execute(
        "CREATE TEMP TABLE lunar_days "
        "(told VARCHAR, year SMALLINT, month SMALLINT, day SMALLINT, leap BOOLEAN, solar DATE)"
    )
    if "birth_lunar" in cells.column_of:
        told = duck.cursor().execute(f"SELECT DISTINCT {trimmed(cells, 'birth_lunar')} AS told FROM raw")
        while batch := [row[0] for row in told.fetchmany(_WORDS_AT_A_TIME)]:
            days = [(word, day) for word in batch if word is not None and (day := read_lunar(word)) is not None]
            known = pa.table(
                {
                    "told": pa.array([word for word, _ in days], pa.string()),
                    "year": pa.array([day.year for _, day in days], pa.int16()),
                    "month": pa.array([day.month for _, day in days], pa.int16()),
                    "day": pa.array([day.day for _, day in days], pa.int16()),
                    "leap": pa.array([day.leap for _, day in days], pa.bool_()),
                    "solar": pa.array([solar_date_of(day) for _, day in days], pa.date32()),
                }
            )
            duck.register("known", known)
            duck.execute("INSERT INTO lunar_days SELECT * FROM known")
            duck.unregister("known")
    return "LEFT JOIN lunar_days ON lunar_days.told = t_birth_lunar"


def lunar_day(cells: Cells) -> Reading:
    """Whether the lunar birthday was read; what it says is in `lunar_days`."""
    unread = fault("t_birth_lunar IS NOT NULL AND v_birth_lunar IS NULL", "birth_lunar", "date.unreadable")
    return Reading("birth_lunar", "lunar_days.month", (unread,))


def damage_faults(cells: Cells) -> list[str]:
    """Faults of NUL and undecodable characters, for the columns that have any."""
    return [f"'{cell}:' || ({sql.damaged(cell)})" for cell in cells.every() if cell in cells.damaged]


def not_blank(cells: Cells) -> str:
    """A row in which something stands."""
    return f"coalesce({', '.join(sql.text(cell) for cell in cells.every())}) IS NOT NULL"
