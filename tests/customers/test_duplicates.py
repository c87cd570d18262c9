"""Which files are proposed as one person."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from huike.customers.duplicates import model
from huike.customers.duplicates.matching import Pair, find_pairs, prepare
from huike.customers.rules import name_keys

BORN = date(1988, 3, 12)
HOME = {"city": "上海", "district": "徐汇区", "address": "衡山路18号2栋301室"}
MOBILE = "+8613812345678"
_FIELDS = {
    "id": pa.int64(), "name": pa.string(), "pinyin": pa.string(), "birth_on": pa.date32(), "phone": pa.string(),
    "email": pa.string(), "gender": pa.string(), "city": pa.string(), "district": pa.string(), "address": pa.string(),
    "store_id": pa.int64(),
}  # fmt: skip


def crowd(count: int = 400) -> list[dict[str, Any]]:
    """Others, so that frequencies mean something: each alone with her phone and address."""
    return [
        {
            "name": f"{'赵钱孙李周吴郑王冯陈'[n % 10]}{'春夏秋冬江河湖海'[n // 10 % 8]}{'明亮清新远'[n // 80 % 5]}",
            "birth_on": date(1950 + n % 50, 1 + n % 12, 1 + n * 7 % 28),
            "phone": f"+86139{n * 7919 % 100_000_000:08d}",
            "address": f"人民路{n + 1}号",
            "city": "杭州",
            "district": "西湖区",
        }
        for n in range(count)
    ]


def found(*files: dict[str, Any], threshold: float = model.THRESHOLD) -> list[Pair]:
    """Pairs among these files, numbered from 1, and a crowd."""
    people = [
        dict.fromkeys(_FIELDS) | {"id": n, "pinyin": name_keys(file["name"]).pinyin} | file
        for n, file in enumerate([*files, *crowd()], start=1)
    ]
    database = duckdb.connect()
    database.register("arrow", pa.Table.from_pylist(people, schema=pa.schema(_FIELDS)))
    database.execute("CREATE TABLE people AS SELECT * FROM arrow")
    prepare(database, most_files=5)
    try:
        return [pair for pair in find_pairs(database, threshold=threshold) if pair.low_id <= len(files)]
    finally:
        database.close()


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        (
            {"name": "王伟", "birth_on": BORN, "phone": MOBILE},
            {"name": "王玮", "birth_on": BORN, "phone": "+8613700001111", "address": "中山路1号"},
            ["name.sounds", "birth.equal", "phone.different"],
        ),
        (
            {"name": "欧阳晴", "birth_on": BORN, "phone": MOBILE},
            {"name": "欧阳晴", "birth_on": date(1988, 12, 3), "phone": MOBILE},
            ["name.equal", "birth.slip", "phone.equal"],
        ),
        (
            {"name": "黄佳子", "phone": MOBILE, "birth_on": BORN},
            {"name": "Jiazi Huang", "phone": MOBILE, "birth_on": BORN},
            ["name.turned", "birth.equal", "phone.equal"],
        ),
        (
            {"name": "欧阳晴", "phone": MOBILE, **HOME},
            {"name": "欧阳晴", "phone": "+8613812345687", **HOME},
            ["name.equal", "phone.slip", "address.equal"],
        ),
    ],
)
def test_a_pair_is_proposed_with_its_reasons_when_one_person_was_filed_twice(
    one: dict[str, Any], other: dict[str, Any], because: list[str]
) -> None:
    (pair,) = found(one, other)
    assert (pair.low_id, pair.high_id) == (1, 2)
    assert pair.reasons == because


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"name": "李雷", "phone": MOBILE, "birth_on": BORN, **HOME},
            {"name": "李霞", "phone": MOBILE, "birth_on": date(2012, 7, 30), **HOME},
        ),
        (
            {"name": "周子涵", "phone": MOBILE, "birth_on": BORN, **HOME, "gender": "female"},
            {"name": "周子轩", "phone": MOBILE, "birth_on": BORN, **HOME, "gender": "male"},
        ),
        ({"name": "王伟"}, {"name": "王伟"}),
    ],
)
def test_no_pair_is_proposed_when_they_live_together_or_only_share_a_name(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert found(one, other) == []


def test_a_shops_phone_is_nobodys_when_it_is_on_more_files_than_the_limit() -> None:
    files = [{"name": name, "phone": MOBILE} for name in ("欧阳晴", "欧阳青", "司徒敏", "诸葛亮", "上官婉", "慕容雪")]
    assert [(p.low_id, p.high_id) for p in found(*files[:5])] == [(1, 2)]
    assert found(*files) == []


def test_the_shares_of_each_comparison_make_one_whole() -> None:
    for comparison in model.COMPARISONS:
        for share in ("same", "household", "strangers"):
            assert sum(getattr(level, share) for level in comparison.levels) == pytest.approx(1, abs=0.001), (
                comparison.name,
                share,
            )


def test_nothing_is_found_when_there_is_nobody_to_compare() -> None:
    database = duckdb.connect()
    database.register("arrow", pa.Table.from_pylist([], schema=pa.schema(_FIELDS)))
    database.execute("CREATE TABLE people AS SELECT * FROM arrow")
    assert prepare(database, most_files=5) == 0
    assert find_pairs(database) == []
