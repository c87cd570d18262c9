"""Questions about a lake in object storage, at a real server that speaks S3: what they read is brought near."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from huike.lake import near
from huike.lake.engine import close_engine
from huike.lake.errors import QueryCancelled
from huike.platform.config import get_config
from tests import object_storage
from tests.insights.sql.conftest import SECRETS, Shop, rows
from tests.object_storage import Bucket, Storage
from tests.people import code_of
from tests.privacy.world import erase

_numbers = count(1)
NAMES = "SELECT name FROM customers ORDER BY customer_id"


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    with object_storage.running() as started:
        yield started


@pytest.fixture
def bucket(storage: Storage, settings_of: Callable[..., None], transactional_db: None) -> Iterator[Bucket]:
    """Where the lake of `shop` lies, as the fixture that is asked for first."""
    made = Bucket(storage, f"asked-{next(_numbers)}")
    told = {name.removeprefix("HUIKE_"): value for name, value in storage.settings.items()}
    settings_of(lake_path=f"s3://{made.name}/huike/lake", **told)
    near.forget()
    yield made
    close_engine()
    near.forget()


def copies() -> dict[str, bytes]:
    folder = get_config().data_dir / "lake-copies"
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def files(bucket: Bucket, table: str) -> dict[str, bytes]:
    return {key: content for key, content in bucket.contents().items() if f"/{table}/" in str(key)}


def test_what_a_question_reads_is_copied_once_and_answered_as_from_a_folder(bucket: Bucket, shop: Shop) -> None:
    assert copies() == {}
    assert rows(shop.analyst, "SELECT sum(net) FROM orders") == [["22.500"]]
    first = copies()
    assert set(first.values()) <= set(files(bucket, "orders").values())
    assert len(first) == 1
    written = {path.name: path.stat().st_ino for path in near.folder().iterdir()}

    assert rows(shop.analyst, "SELECT count(*), sum(net) FROM orders JOIN customers USING (customer_id)") == [
        [2, "22.500"]
    ]
    assert set(first.items()) < set(copies().items())
    assert len(files(bucket, "customers")) >= 1
    assert {name: (near.folder() / name).stat().st_ino for name in first} == written

    # A mask holds wherever the files lie.
    told = str(rows(shop.analyst, NAMES))
    assert "张**" in told
    assert not any(secret in told for secret in SECRETS)
    assert SECRETS[0] in str(rows(shop.owner, NAMES))


def test_what_is_near_is_answered_while_the_storage_is_away_and_other_things_are_not(
    bucket: Bucket, shop: Shop, settings_of: Callable[..., None]
) -> None:
    assert len(rows(shop.owner, NAMES)) == 5
    settings_of(lake_s3_endpoint="127.0.0.1:9")
    assert len(rows(shop.owner, NAMES)) == 5

    before = copies()
    answer = shop.owner.post("/sql/ask", {"sql": "SELECT count(*) FROM orders"})
    assert (answer.status_code, code_of(answer)) == (503, "lake.unavailable")
    assert bucket.storage.secret not in answer.content.decode()
    assert copies() == before


def test_an_erasure_leaves_no_copy(bucket: Bucket, shop: Shop) -> None:
    assert SECRETS[0] in str(rows(shop.owner, NAMES))
    assert any(copies())

    erase(shop.owner, shop.her.pk)

    assert copies() == {}
    assert SECRETS[0] not in str(rows(shop.owner, NAMES))


def test_copies_make_room_for_those_that_are_wanted_and_no_question_takes_more_than_there_is(
    bucket: Bucket, shop: Shop, settings_of: Callable[..., None]
) -> None:
    rows(shop.owner, NAMES)
    (of_customers,) = near.folder().iterdir()
    size = sum(map(len, files(bucket, "lines").values()))

    settings_of(lake_copies_limit="1MB")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(get_config()), "lake_copies_bytes", property(lambda _: size + 10))
        # Read a moment ago: it stays, and there is no room.
        answer = shop.owner.post("/sql/ask", {"sql": "SELECT count(*) FROM order_lines"})
        assert (answer.status_code, code_of(answer)) == (422, "lake.query_too_large")
        assert list(near.folder().iterdir()) == [of_customers]

        long_ago = time.time() - 3_600
        os.utime(of_customers, (long_ago, long_ago))
        assert rows(shop.owner, "SELECT count(*) FROM order_lines") == [[3]]
        assert of_customers not in set(near.folder().iterdir())


def test_a_cancelled_copy_leaves_nothing(bucket: Bucket, shop: Shop) -> None:
    (key,) = [key for key in bucket.objects() if "/orders/" in key]
    file = f"s3://{bucket.name}/{key}"
    with pytest.raises(QueryCancelled):
        near.paths([file], stopped=lambda: True)
    assert copies() == {}

    path = near.paths([file], stopped=lambda: False)[file]
    assert Path(path).read_bytes() in files(bucket, "orders").values()
