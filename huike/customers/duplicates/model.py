"""The model of `docs/algorithms/duplicates.md`: which pairs are compared, in what, and what each answer is worth.

Every comparison has levels from the most alike down; the last is "different". A level has three shares: of pairs
that are one person (`same`), of pairs that live together (`household`), and of strangers (`strangers`; how frequent
a value is in the data stands in its place where the level names a column, see `Level.common`). Those written here are
what Huike begins with; `learning` makes `Shares` of the operator's own files from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

VERSION: Final = 2
"""Of the rules and shares below; kept with each proposal. What was learned under another is not used."""

EXPECTED_TWICE: Final = 0.03
"""How many files a person's file has a second one of, on average, before anything is compared."""

EXPECTED_HOUSEHOLD: Final = 0.8
"""How many others of the same household a file has, on average."""

WORTH_OF_FIXED: Final = 5_000
"""How many people's counting a level's share weighs as much as: with few people it decides, with many it does not."""

RAREST: Final = 1e-6
"""No value is taken to be rarer."""

THRESHOLD: Final = 0.5
"""The least probability at which a pair is proposed."""


@dataclass(frozen=True, slots=True)
class Level:
    """One answer of a comparison. `common` names the column whose frequent values count for less."""

    code: str
    condition: str
    same: float
    household: float
    strangers: float
    common: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    name: str
    missing: str
    levels: tuple[Level, ...]


def _differing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


def _slip(column: str) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= 1"


COMPARISONS: Final = (
    Comparison(
        "name",
        _differing("name"),
        (
            Level("name.equal", "name_l = name_r", 0.70, 0.0005, 0.0003, "name"),
            Level("name.sounds", "sound_l = sound_r", 0.12, 0.0020, 0.0003, "sound"),
            Level("name.turned", "letters_l = letters_r", 0.03, 0.0005, 0.00005),
            Level(
                "name.slip",
                "(family_l = family_r AND length(name_l) >= 3 AND length(name_l) = length(name_r)"
                " AND levenshtein(name_l, name_r) = 1)"
                " OR (length(sound_l) >= 6 AND length(sound_r) >= 6 AND damerau_levenshtein(sound_l, sound_r) <= 2"
                " AND (family_l = family_r OR length(sound_l) >= 9))",
                0.07, 0.12, 0.0012,
            ),
            Level(
                "name.short",
                "(family_l = family_r AND (called_l OR called_r))"
                " OR ((pet_l OR pet_r) AND right(name_l, 1) = right(name_r, 1))"
                " OR (length(given_l) >= 2 AND length(given_r) >= 2 AND right(sound_l, 5) = right(sound_r, 5)"
                " AND (starts_with(given_l, left(given_r, 2)) OR starts_with(given_r, left(given_l, 2))))",
                0.04, 0.01, 0.004,
            ),
            Level("name.family", "family_l = family_r OR given_l = given_r", 0.02, 0.40, 0.04),
            Level("name.different", "ELSE", 0.02, 0.4670, 0.9541),
        ),
    ),
    Comparison(
        "birth",
        _differing("birth"),
        (
            Level("birth.equal", "birth_l = birth_r", 0.87, 0.012, 0.00005, "birth"),
            Level(
                "birth.slip",
                f"birth_digits_l = birth_digits_r OR {_slip('birth')}"
                " OR left(birth_l, 6) = left(birth_r, 6) OR birth_day_l = birth_day_r"
                " OR (left(birth_l, 4) = left(birth_r, 4) AND right(birth_l, 2) = right(birth_r, 2))",
                0.10, 0.008, 0.006,
            ),
            Level("birth.different", "ELSE", 0.03, 0.98, 0.99395),
        ),
    ),
    Comparison(
        "phone",
        _differing("phone"),
        (
            Level("phone.equal", "phone_l = phone_r", 0.66, 0.15, 0.000001, "phone"),
            Level("phone.slip", f"right(phone_l, 8) = right(phone_r, 8) OR {_slip('phone')}", 0.07, 0.001, 0.000002),
            Level("phone.different", "ELSE", 0.27, 0.849, 0.999997),
        ),
    ),
    Comparison(
        "email",
        _differing("email"),
        (
            Level("email.equal", "email_l = email_r", 0.62, 0.05, 0.000001, "email"),
            Level("email.local", "local_l = local_r", 0.06, 0.005, 0.000003, "local"),
            Level("email.slip", f"length(local_l) >= 6 AND {_slip('local')}", 0.06, 0.002, 0.000005),
            Level("email.different", "ELSE", 0.26, 0.943, 0.999991),
        ),
    ),
    Comparison(
        "address",
        _differing("address"),
        (
            Level("address.equal", "address_l = address_r", 0.45, 0.75, 0.000002, "address"),
            Level("address.door", "street_l = street_r AND numbers_l = numbers_r", 0.10, 0.10, 0.000003),
            Level("address.house", "door_l = door_r", 0.12, 0.05, 0.00002),
            Level("address.district", "district_l = district_r AND city_l = city_r", 0.10, 0.05, 0.01),
            Level("address.different", "ELSE", 0.23, 0.05, 0.989975),
        ),
    ),
    Comparison(
        "gender",
        _differing("gender"),
        (
            Level("gender.equal", "gender_l = gender_r", 0.97, 0.40, 0.5),
            Level("gender.different", "ELSE", 0.03, 0.6, 0.5),
        ),
    ),
    Comparison(
        "store",
        _differing("store"),
        (
            Level("store.equal", "store_l = store_r", 0.75, 0.80, 0.02, "store"),
            Level("store.different", "ELSE", 0.25, 0.20, 0.98),
        ),
    ),
)  # fmt: skip

# Pairs that agree in one of these are compared; all others are not.
BLOCKS: Final = (
    ("phone",),
    ("email",),
    ("local",),
    ("address",),
    ("letters", "birth"),
    ("sound", "birth_digits"),
    ("sound", "birth_day"),
    ("sound", "phone_end"),
    ("sound", "phone_start"),
    ("sound", "door"),
    ("birth", "phone_end"),
    ("birth", "family"),
    ("birth", "door"),
)

# The columns compared, made of what a file says. `people` has id, name, pinyin, birth_on, phone, email, gender, city,
# district, address, store_id; what too many files share says nothing about any of them.
PREPARED: Final = r"""
CREATE TABLE told AS
SELECT id, store_id AS store, gender,
       nullif(regexp_replace(lower(name), '(先生|女士|小姐|阿姨|老师|总|[^\p{L}])', '', 'g'), '') AS name,
       regexp_matches(name, '(先生|女士|小姐|阿姨|老师|总)\s*$') AS called,
       regexp_matches(name, '^[小阿老]\p{Han}$') AS pet,
       regexp_matches(name, '^\s*\p{Han}') AS han,
       nullif(regexp_replace(lower(pinyin), '[^\p{L}]', '', 'g'), '') AS pinyin,
       lower(nullif(split_part(trim(name), ' ', 1), trim(name))) AS first_word,
       lower(nullif(split_part(trim(name), ' ', -1), trim(name))) AS last_word,
       strftime(birth_on, '%Y%m%d') AS birth, phone, lower(email) AS email,
       city, district, nullif(regexp_replace(lower(address), '[\s,，。.、#-]', '', 'g'), '') AS address,
       regexp_extract(lower(address), '^[^0-9]*') AS street,
       nullif(array_to_string(regexp_extract_all(address, '[0-9]+'), '-'), '') AS numbers,
       nullif(regexp_extract(address, '[0-9]+'), '') AS number
  FROM people;
CREATE TABLE shared AS
SELECT 'phone' AS kind, phone AS value FROM told WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > $most_files
UNION ALL
SELECT 'email', email FROM told WHERE email IS NOT NULL GROUP BY email HAVING count(*) > $most_files
UNION ALL
SELECT 'address', address FROM told WHERE address IS NOT NULL GROUP BY address HAVING count(*) > $most_in_house
UNION ALL
SELECT 'birth', birth FROM told WHERE birth IS NOT NULL GROUP BY birth
HAVING count(*) > greatest(20, 0.003 * (SELECT count(*) FROM told));
CREATE TABLE prepared AS
WITH kept AS (
  SELECT told.* REPLACE (
           CASE WHEN p.value IS NULL THEN phone END AS phone, CASE WHEN e.value IS NULL THEN email END AS email,
           CASE WHEN a.value IS NULL THEN address END AS address, CASE WHEN b.value IS NULL THEN birth END AS birth)
    FROM told
    LEFT JOIN shared p ON p.kind = 'phone' AND p.value = phone
    LEFT JOIN shared e ON e.kind = 'email' AND e.value = email
    LEFT JOIN shared a ON a.kind = 'address' AND a.value = address
    LEFT JOIN shared b ON b.kind = 'birth' AND b.value = birth
)
SELECT id, name, called, pet,
       replace(replace(replace(replace(pinyin, 'zh', 'z'), 'ch', 'c'), 'sh', 's'), 'ng', 'n') AS sound,
       array_to_string(list_sort(string_split(pinyin, '')), '') AS letters,
       CASE WHEN han THEN left(name, 1) ELSE last_word END AS family,
       CASE WHEN NOT han THEN first_word END AS given,
       birth, array_to_string(list_sort(string_split(birth, '')), '') AS birth_digits, right(birth, 4) AS birth_day,
       phone, right(phone, 4) AS phone_end, left(phone, length(phone) - 4) AS phone_start,
       email,
       CASE WHEN length(split_part(email, '@', 1)) >= 5
                 AND regexp_replace(split_part(email, '@', 1), '[^a-z]', '', 'g') IS DISTINCT FROM pinyin
            THEN split_part(email, '@', 1) END AS local,
       CASE WHEN numbers IS NOT NULL THEN address END AS address, street, numbers, street || number AS door,
       district, city, gender, store
  FROM kept;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What answers are worth: `same` and `strangers` by the code of the level, and how many second files a person's
    file has on average (`twice`)."""

    twice: float
    same: Mapping[str, float]
    strangers: Mapping[str, float]


SHIPPED: Final = Shares(
    twice=EXPECTED_TWICE,
    same={level.code: level.same for comparison in COMPARISONS for level in comparison.levels},
    strangers={level.code: level.strangers for comparison in COMPARISONS for level in comparison.levels},
)
"""For a house with too few people to learn from."""


def settings(people_count: int, shares: Shares, *, changed_only: bool = False) -> dict[str, Any]:
    """Splink's settings to score pairs of so many people; `changed_only` leaves out pairs of two files that have no
    mark in the column `changed`."""
    narrowed = " AND (l.changed OR r.changed)" if changed_only else ""
    return {
        **_compared(shares, by_frequency=True),
        "probability_two_random_records_match": min(0.01, shares.twice / max(people_count, 2)),
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": agreeing(block) + narrowed, "sql_dialect": "duckdb"} for block in BLOCKS
        ],
    }


def settings_to_learn(people_count: int, shares: Shares) -> dict[str, Any]:
    """Splink's settings to learn shares by, beginning with these."""
    return {
        **_compared(shares, by_frequency=False),
        "probability_two_random_records_match": min(0.01, shares.twice / max(people_count, 2)),
    }


def agreeing(block: tuple[str, ...]) -> str:
    """The condition that two files agree in all of these columns."""
    return " AND ".join(f"l.{column} = r.{column}" for column in block)


def _compared(shares: Shares, *, by_frequency: bool) -> dict[str, Any]:
    def level_of(level: Level) -> dict[str, Any]:
        made: dict[str, Any] = {
            "sql_condition": level.condition,
            "label_for_charts": level.code,
            "m_probability": shares.same[level.code],
            "u_probability": shares.strangers[level.code],
        }
        if by_frequency and level.common:
            made |= {"tf_adjustment_column": level.common, "tf_minimum_u_value": RAREST}
        return made

    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "comparisons": [
            {
                "output_column_name": comparison.name,
                "comparison_levels": [
                    {"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True},
                    *(level_of(level) for level in comparison.levels),
                ],
            }
            for comparison in COMPARISONS
        ],
    }


def frequency_tables(database: duckdb.DuckDBPyConnection, shares: Shares) -> list[tuple[str, str]]:
    """Makes a table (value, share) for each column whose frequent values count for less; (column, table).

    The share of a value is how many *further* files have it besides the two compared, and the level's share's weight.
    """
    made = []
    for level in (level for comparison in COMPARISONS for level in comparison.levels if level.common):
        column, table = level.common, f"frequency_{level.common}"
        database.execute(
            f"""
            CREATE TABLE {table} AS
            SELECT {column}, (greatest(count(*) - 2, 0) + {shares.strangers[level.code] * WORTH_OF_FIXED!r})
                   / ((SELECT count({column}) FROM prepared) + {WORTH_OF_FIXED}) AS tf_{column}
              FROM prepared WHERE {column} IS NOT NULL GROUP BY {column}
            """  # noqa: S608 - names and numbers of the model
        )
        made.append((column, table))
    return made


def reasons(levels: dict[str, int]) -> list[str]:
    """The codes of what a pair agrees and differs in, by comparison; what either file does not say is left out."""
    return [
        comparison.levels[len(comparison.levels) - 1 - levels[comparison.name]].code
        for comparison in COMPARISONS
        if levels[comparison.name] >= 0
    ]


def household_odds_sql(shares: Shares) -> str:
    """How many times likelier than one person a pair is two of one household, in SQL over the levels."""
    prior = EXPECTED_HOUSEHOLD / shares.twice
    factors = [f"{prior!r}::DOUBLE"]
    for comparison in COMPARISONS:
        top = len(comparison.levels) - 1
        cases = " ".join(
            f"WHEN {top - place} THEN {level.household / shares.same[level.code]!r}::DOUBLE"
            for place, level in enumerate(comparison.levels)
        )
        factors.append(f"CASE gamma_{comparison.name} {cases} ELSE 1::DOUBLE END")
    return " * ".join(factors)
