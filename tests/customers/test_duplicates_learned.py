"""What answers are worth, learned from the files themselves, and which search scores with it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from django.db import connection

from huike.customers.duplicates import learning, matching, model
from huike.customers.duplicates.services import start
from huike.customers.models import Duplicate, DuplicateModel, DuplicateSearch
from huike.customers.tasks import find_duplicates
from huike.platform.audit import SYSTEM
from tests.people import signed_in

PEOPLE, SECOND = 5_000, 900
SYLLABLES = (
    "an",
    "bo",
    "chen",
    "dai",
    "en",
    "fu",
    "gang",
    "hao",
    "jin",
    "kun",
    "lei",
    "min",
    "nan",
    "ping",
    "qi",
    "rui",
)


def files(*, seed: int = 1, first_ids: int = 1) -> list[dict[str, Any]]:
    """People who have nothing to do with each other; SECOND of them are filed twice: half with another phone, one in
    five with a birthday whose day and month were swapped."""
    rng = random.Random(seed)
    made = []
    for number in range(PEOPLE):
        name = "".join(rng.choice(SYLLABLES) for _ in range(4))
        made.append(
            {
                "name": f"{name[:4]} {name[4:]}",
                "pinyin": name,
                "birth_on": date(1950, 1, 1) + timedelta(days=rng.randrange(20_000)),
                "phone": f"+86138{rng.randrange(10**8):08d}",
                "email": f"{name}{rng.randrange(10**5)}@example.com",
                "gender": rng.choice(("female", "male")),
                "city": "杭州",
                "district": f"{rng.randrange(9)}区",
                "address": f"人民路{number}号{rng.randrange(90)}室",
                "store_id": rng.randrange(1, 40),
            }
        )
    for number, told in enumerate(made[:SECOND]):
        again = dict(told)
        if number % 2:
            again["phone"] = f"+86139{rng.randrange(10**8):08d}"
        if number % 5 == 0 and told["birth_on"].day <= 12:
            again["birth_on"] = told["birth_on"].replace(month=told["birth_on"].day, day=told["birth_on"].month)
        made.append(again)
    return [{"id": number} | told for number, told in enumerate(made, start=first_ids)]


def prepared(people: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.register("arrow", pa.Table.from_pylist(people))
    database.execute("CREATE TABLE people AS SELECT * FROM arrow")
    matching.prepare(database, most_files=5)
    return database


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "RANDOM_PAIRS", 20_000)


def test_the_shares_are_those_of_the_files_and_the_same_each_time() -> None:
    database = prepared(files())
    learned = learning.learn(database)
    assert learned is not None
    assert learned.people == PEOPLE + SECOND
    same = learned.shares.same
    # Half the second files have another phone; a hundred pairs as shipped weigh against those that were found.
    assert same["phone.different"] == pytest.approx(0.5, abs=0.06)
    assert same["birth.slip"] == pytest.approx(0.08, abs=0.03)
    assert same["email.equal"] > 0.9
    for comparison in model.COMPARISONS:
        codes = [level.code for level in comparison.levels]
        assert sum(same[code] for code in codes) == pytest.approx(1, abs=0.01)
        assert sum(learned.shares.strangers[code] for code in codes) == pytest.approx(1)
    assert learned.figures["letters+birth"] == pytest.approx(SECOND * 0.92, rel=0.05)
    assert learning.learn(prepared(files())) == learned


def test_nothing_is_learned_of_few_people_nor_where_hardly_anybody_is_filed_twice() -> None:
    assert learning.learn(prepared(files()[:100])) is None
    assert learning.learn(prepared(files()[: PEOPLE + 50])) is None


def test_shares_that_cannot_be_of_one_person_are_refused() -> None:
    assert learning.is_sane(model.SHIPPED)
    for code, share in (("phone.different", 0.9), ("name.equal", 0.00001), ("birth.different", 0.0)):
        assert not learning.is_sane(replace(model.SHIPPED, same={**model.SHIPPED.same, code: share}))


@pytest.mark.django_db(transaction=True)
def test_a_search_of_all_keeps_what_it_learned_and_the_nightly_one_scores_with_it() -> None:
    people = files()
    columns = (
        "state, name, name_pinyin, birth_on, phone, email, gender, city, district, address, home_store_id, notes, "
        "tags, orders_count, returns_count, spent_minor"
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY customers_customer ({columns}) FROM STDIN") as copy:
        for told in people:
            copy.write_row(("active", *list(told.values())[1:], "", "[]", 0, 0, 0))

    def search(*, full: bool) -> None:
        job = start(actor=SYSTEM, requested_by_id=None, full=full)
        find_duplicates(job_id=job.pk, full=full)
        job.refresh_from_db()
        assert job.state == job.State.SUCCEEDED

    search(full=False)
    (learned,) = DuplicateModel.objects.all()
    assert (learned.rules_version, learned.files_count) == (model.VERSION, PEOPLE + SECOND)
    assert set(learned.shares["same"]) == set(model.SHIPPED.same)
    assert Duplicate.objects.count() >= SECOND * 0.98
    assert not Duplicate.objects.exclude(model=learned).exists()
    shown = signed_in().get("/duplicates").json()["items"][0]["learned"]
    assert shown["files_count"] == PEOPLE + SECOND
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET updated_at = now() WHERE id = (SELECT max(id) FROM customers_customer)"
        )
    search(full=False)
    assert DuplicateModel.objects.count() == 1
    nightly = DuplicateSearch.objects.latest("pk")
    assert (nightly.is_full, nightly.changed_count, nightly.model_id) == (False, 1, learned.pk)
    DuplicateSearch.objects.filter(is_full=True).update(files_count=PEOPLE // 2)  # the house grew since
    search(full=False)
    assert DuplicateSearch.objects.latest("pk").is_full
    assert DuplicateModel.objects.count() == 2
