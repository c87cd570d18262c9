"""How well second files of a person are found, and how fast. The people come from `made_people`, which knows nothing
of the matcher; 5 % of the files are somebody's second one.

Cases: `precision` and `recall` at the shipped threshold among 100,000 people; `seconds` of the search alone (people
in DuckDB already, shares learned of them, pairs out), at 100,000 and at 1 million; `stored_seconds`, all of it, from
files in PostgreSQL to proposals in PostgreSQL, and `changed_seconds`, the nightly one after 1 % of the files changed
(only where `STORED=1m` says for how many people; once). `SIZES=100k` leaves the million out, `ROUNDS=…` says how often
(each round other people). A pair is right where both files were made of one person.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
django.setup()

import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402
from _made import run_inside  # noqa: E402
from _report import report  # noqa: E402
from made_people import Made, Town, pinyin  # noqa: E402

from huike.customers.duplicates import learning, matching, model  # noqa: E402

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
    matching.prepare(database, most_files=5)
    learned = learning.learn(database)
    pairs = matching.find_pairs(database, shares=learned.shares if learned else model.SHIPPED)
    seconds = time.perf_counter() - began
    database.close()
    right = sum(person_of[pair.low_id] == person_of[pair.high_id] for pair in pairs)
    return right / len(pairs), right / twice, seconds, len(pairs)


_COPY = """
COPY customers_customer (id, state, name, name_pinyin, name_initials, birth_on, phone, email, gender, city, district,
                         address, home_store_id, notes, tags, orders_count, returns_count, spent_minor) FROM STDIN
"""


def measure_stored(size: str) -> None:
    run_inside(__file__, "--stored", size, HUIKE_DUCKDB_MEMORY_LIMIT="4GB")


def search_stored(size: str) -> None:
    from django.db import connection

    from huike.customers.duplicates import services
    from huike.customers.models import Duplicate
    from huike.platform import jobs

    files = Town(FIRST_SEED).people(SIZES[size])
    person_of = {file.id: file.person for file in files}
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            for file in files:
                told = [getattr(file, column) for column in _COLUMNS[1:]]
                name, birth_on, phone, email, gender, city, district, address = told
                copy.write_row(
                    (file.id, "active", name, pinyin(name).replace(" ", ""), "", birth_on, phone, email, gender, city,
                     district, address, file.home_store_id, "", "[]", 0, 0, 0)
                )  # fmt: skip
        cursor.execute("ANALYZE customers_customer")

    def search(case: str, *, full: bool) -> None:
        began = time.perf_counter()
        with jobs.running(jobs.create(kind=services.KIND, title_params={}, requested_by_id=None).pk) as progress:
            services.search(progress, full=full)
        seconds = time.perf_counter() - began
        pairs = list(Duplicate.objects.values_list("low_id", "high_id"))
        right = sum(person_of[low] == person_of[high] for low, high in pairs)
        sizes = {"people": SIZES[size], "pairs": len(pairs), "precision": round(right / max(len(pairs), 1), 4)}
        report(bench="duplicates", case=f"{case}@{size}", value=seconds, unit="s", better="lower", n=1, sizes=sizes)

    search("stored_seconds", full=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET updated_at = now() WHERE id % 100 = 0")
    search("changed_seconds", full=False)


def main() -> None:
    for size in filter(None, os.environ.get("STORED", "").split(",")):
        measure_stored(size)
    for size in filter(None, os.environ.get("SIZES", "100k,1m").split(",")):
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
    search_stored(sys.argv[2]) if "--stored" in sys.argv else main()
