"""How well second files of a person are found, and how fast. The people come from `made_people`, which knows nothing
of the matcher; 5 % of the files are somebody's second one.

Cases: `precision` and `recall` at the shipped threshold among 100,000 people; `seconds` of the search alone (people
in DuckDB already, pairs out), at 100,000 and at 1 million. `SIZES=100k` leaves the million out, `ROUNDS=…` says how
often (each round other people). A pair is right where both files were made of one person.
"""

from __future__ import annotations

import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
django.setup()

import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402
from _report import report  # noqa: E402
from made_people import Made, Town, pinyin  # noqa: E402

from huike.customers.duplicates import matching  # noqa: E402

SIZES = {"100k": 100_000, "1m": 1_000_000, "20k": 20_000}
ROUNDS = int(os.environ.get("ROUNDS", "5"))
FIRST_SEED = int(os.environ.get("SEED", "100"))
_COLUMNS = ("id", "name", "birth_on", "phone", "email", "gender", "city", "district", "address")


def database_of(files: list[Made]) -> duckdb.DuckDBPyConnection:
    columns = {column: [getattr(file, column) for file in files] for column in _COLUMNS}
    columns["pinyin"] = [pinyin(file.name).replace(" ", "") for file in files]
    columns["store_id"] = [file.home_store_id for file in files]
    database = duckdb.connect(config={"memory_limit": os.environ.get("MEMORY", "4GB")})
    database.register("told", pa.table(columns))
    database.execute("CREATE TABLE people AS SELECT * FROM told")
    database.unregister("told")
    return database


def measure(count: int, seed: int) -> tuple[float, float, float, int]:
    """Precision, recall, seconds, pairs proposed."""
    files = Town(seed).people(count)
    person_of = {file.id: file.person for file in files}
    twice = len(files) - len(set(person_of.values()))
    database = database_of(files)
    del files
    began = time.perf_counter()
    pairs = matching.find_pairs(database, most_files=5)
    seconds = time.perf_counter() - began
    database.close()
    right = sum(person_of[pair.low_id] == person_of[pair.high_id] for pair in pairs)
    return right / len(pairs), right / twice, seconds, len(pairs)


def main() -> None:
    for size in os.environ.get("SIZES", "100k,1m").split(","):
        rounds = ROUNDS if size != "1m" else 1
        measured = [measure(SIZES[size], FIRST_SEED + number) for number in range(rounds)]
        sizes = {"people": SIZES[size], "twice": 0.05, "pairs": measured[-1][3]}
        precision, recall, seconds = (statistics.median(values) for values in list(zip(*measured, strict=True))[:3])
        report(bench="duplicates", case=f"precision@{size}", value=precision, unit="share", better="higher", n=rounds,
               sizes=sizes)  # fmt: skip
        report(bench="duplicates", case=f"recall@{size}", value=recall, unit="share", better="higher", n=rounds,
               sizes=sizes)  # fmt: skip
        report(bench="duplicates", case=f"seconds@{size}", value=seconds, unit="s", better="lower", n=rounds,
               sizes=sizes)  # fmt: skip


if __name__ == "__main__":
    main()
