"""The lake in object storage, at a real server that speaks S3: its whole life, and what is said when it cannot live."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from pyarrow import parquet

from huike.cli import check
from huike.customers.lake import CUSTOMERS
from huike.customers.models import Customer
from huike.lake import sync
from huike.lake.connection import open_duckdb
from huike.lake.engine import close_engine, get_engine
from huike.lake.errors import LakeFilesUnavailable
from huike.lake.registry import tables
from huike.lake.sync import LakeWriter
from huike.orders.lake import LINES
from huike.platform.config import get_config
from tests import object_storage
from tests.lake import world
from tests.object_storage import Bucket, Storage

Set = Callable[..., None]
_numbers = count(1)
PLANTED = "林小梅・绝无仅有"

# Writes all of a round's files, and is then killed before its commit.
HALF_A_ROUND = """
import time, django
django.setup()
from huike.lake.sync import LakeWriter
def stay(self, now):
    print("written", flush=True)
    time.sleep(600)
LakeWriter._set_watermark = stay
with LakeWriter() as writer:
    writer.round()
"""


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    with object_storage.running() as started:
        yield started


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """Sets variables HUIKE_… anew, for this process and those it starts."""

    def set_to(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        get_config.cache_clear()
        close_engine()

    yield set_to
    close_engine()
    monkeypatch.undo()
    get_config.cache_clear()


@pytest.fixture
def bucket(storage: Storage, settings: Set, transactional_db: None) -> Iterator[Bucket]:
    """A bucket of this test's own, where its lake shall lie; there is none yet."""
    made = Bucket(storage, f"lake-{next(_numbers)}")
    settings(HUIKE_LAKE_PATH=f"s3://{made.name}/huike/lake", **storage.settings)
    world.drop_lake()
    yield made
    close_engine()
    world.drop_lake()


def figures() -> tuple[int, int, int]:
    """What a reader is told: customers, those in Shanghai, the sum of the lines."""
    customers, lines = CUSTOMERS.expression, LINES.expression
    with get_engine().reading() as reading:
        return (
            reading.count(customers),
            reading.count(customers.filter(customers.city == "上海")),
            reading.count(lines.net_minor.sum()),
        )


def files_in_use(writer: LakeWriter) -> set[str]:
    """By name: the files of the lake's present state."""
    found = set()
    for spec in tables():
        rows = writer._database.execute(
            f"SELECT data_file, delete_file FROM ducklake_list_files('lake', '{spec.name}')"
        ).fetchall()
        found |= {Path(file).name for row in rows for file in row if file is not None}
    return found


def names(bucket: Bucket) -> set[str]:
    return {Path(key).name for key in bucket.objects()}


def texts(content: bytes) -> str:
    """A Parquet file's rows, and its bytes as they lie."""
    return str(parquet.read_table(io.BytesIO(content)).to_pylist()) + content.decode("utf-8", errors="ignore")


def grow(catalogue: dict[str, list[int]], customers: list[int], *, rounds: int, writer: LakeWriter) -> None:
    """Rounds of sales and changes, each of enough rows for files."""
    for number in range(rounds):
        world.make_order(
            external_id=f"R-{number}",
            customer_id=customers[number],
            catalogue=catalogue,
            amounts=list(range(100, 140)),
        )
        Customer.objects.filter(pk__in=customers[number : number + 40]).update(city=f"City {number}")
        assert not writer.round().rebuilt


def test_a_lake_lives_in_a_bucket_as_in_a_folder(
    bucket: Bucket, settings: Set, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    catalogue, customers = world.make_catalogue(), world.make_customers(120)
    with LakeWriter() as writer:
        assert writer.round().rebuilt
        grow(catalogue, customers, rounds=4, writer=writer)
        world.assert_lake_equals_postgres()
        assert all(found.equal for found in writer.check())
        in_bucket = figures()
        assert in_bucket == (120, 39, 4 * sum(range(100, 140)))

        many = len(bucket.objects())
        monkeypatch.setattr(sync, "READERS_GRACE", timedelta(0))
        writer.care()
        writer.care()
        # What was put together or forgotten is gone from the bucket, not only from the catalogue.
        assert names(bucket) == files_in_use(writer)
        assert len(bucket.objects()) < many
        assert figures() == in_bucket
        assert not writer.round().rebuilt

    # It is a copy: told to lie elsewhere, it is made anew there by the next round, and answers the same.
    settings(HUIKE_LAKE_PATH=str(tmp_path / "lake"))
    with LakeWriter() as writer:
        assert writer.round().rebuilt
        assert not writer.round().rebuilt
        assert figures() == in_bucket
        writer.care()
    settings(HUIKE_LAKE_PATH=f"s3://{bucket.name}/huike/lake")
    with LakeWriter() as writer:
        assert writer.round().rebuilt
        assert figures() == in_bucket
        monkeypatch.setattr(sync, "ORPHANS_AFTER", timedelta(0))
        writer.care()
        assert names(bucket) == files_in_use(writer)


def test_nothing_of_an_erased_person_is_left_in_any_object(bucket: Bucket) -> None:
    customers = world.make_customers(60)
    Customer.objects.filter(pk=customers[7]).update(name=PLANTED, city=PLANTED)
    with LakeWriter() as writer:
        writer.round()
        Customer.objects.filter(pk__in=customers[:30]).update(occupation="tea master")
        writer.round()
        assert any(PLANTED in texts(content) for content in bucket.contents().values())

        Customer.objects.filter(pk=customers[7]).update(name="", city=None, state="erased")
        assert writer.forget_deleted() > 0

        assert names(bucket) == files_in_use(writer)
    assert bucket.objects()
    assert not [name for name, content in bucket.contents().items() if PLANTED in texts(content)]
    assert bucket.unfinished() == []


def test_a_lake_is_equal_when_its_writer_was_killed_in_the_middle_of_a_round(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = world.make_customers(200)
    with LakeWriter() as writer:
        writer.round()
        before = names(bucket)
        assert before == files_in_use(writer)
    Customer.objects.filter(pk__in=customers[:150]).update(city="Kunming")
    killed = subprocess.Popen(
        [sys.executable, "-c", HALF_A_ROUND],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == "written\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert names(bucket) > before  # files of the round that never was

    told = subprocess.run(
        [sys.executable, "-m", "huike", "lake", "check"], env=os.environ, capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.count("equal") == len(tables())
    with LakeWriter() as writer:
        assert not writer.round().rebuilt
        world.assert_lake_equals_postgres()
        monkeypatch.setattr(sync, "READERS_GRACE", timedelta(0))
        monkeypatch.setattr(sync, "ORPHANS_AFTER", timedelta(0))
        writer.care()
        assert names(bucket) == files_in_use(writer)


TROUBLES = (
    ({"S3_SECRET": "not-the-secret-that-was-given"}, "key_refused", "refuses the key"),
    ({"S3_KEY_ID": "nobody"}, "key_refused", "refuses the key"),
    ({"PATH": "s3://there-is-none/huike/lake"}, "no_bucket", "there is no bucket there-is-none"),
    ({"S3_ENDPOINT": "127.0.0.1:9"}, "no_answer", "127.0.0.1:9 does not answer"),
)


def test_whoever_needs_the_files_is_told_what_is_wrong_and_no_secret(
    bucket: Bucket, settings: Set, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    right = {"HUIKE_LAKE_PATH": f"s3://{bucket.name}/huike/lake", **bucket.storage.settings}
    world.make_customers(60)
    with LakeWriter() as writer:
        writer.round()
    said = ""
    for wrong, reason, words in TROUBLES:
        settings(**{**right, **{f"HUIKE_LAKE_{name}": value for name, value in wrong.items()}})
        with pytest.raises(LakeFilesUnavailable) as read, get_engine().reading() as reading:
            reading.table(CUSTOMERS.expression)
        with LakeWriter() as writer:
            with pytest.raises(LakeFilesUnavailable) as followed:
                writer.round()
            with pytest.raises(LakeFilesUnavailable) as made:
                writer.rebuild()
            writer.care()  # says what failed to the log
        for error in (read, followed, made):
            assert error.value.code == "lake.unavailable"
            said += "".join(traceback.format_exception(error.value))
            assert error.value.params["reason"] == reason
        found = check._lake_files(get_config())
        assert (found.good, words in found.text) == (False, True), found.text
        said += found.text
    said += caplog.text + "".join(capfd.readouterr())
    assert "care of the lake" in said
    for secret in (bucket.storage.secret, "not-the-secret-that-was-given"):
        assert secret not in said

    # Nothing was broken by it.
    settings(**right)
    with LakeWriter() as writer:
        assert not writer.round().rebuilt
        assert all(found.equal for found in writer.check())


def test_the_doctor_tries_all_that_the_lake_asks_for(bucket: Bucket, settings: Set) -> None:
    assert check._lake_files(get_config()).good
    assert bucket.objects() == set()  # and leaves nothing

    settings(HUIKE_LAKE_S3_KEY_ID=Storage.reader_key_id, HUIKE_LAKE_S3_SECRET=Storage.reader_secret)
    found = check._lake_files(get_config())
    assert not found.good
    assert "what the key may do" in found.text


def test_the_key_is_shown_to_nobody_who_asks_duckdb(bucket: Bucket) -> None:
    with LakeWriter() as writer:
        shown = writer._database.execute("SELECT secret_string FROM duckdb_secrets()").fetchall()
        settings = writer._database.execute("SELECT value FROM duckdb_settings()").fetchall()
    assert len(shown) == 1
    assert bucket.storage.key_id in str(shown)
    assert bucket.storage.secret not in str(shown) + str(settings)


def test_what_reaches_object_storage_is_not_loaded_where_the_lake_is_a_folder(tmp_path: Path) -> None:
    database = open_duckdb(threads=1, memory_limit="100MB", overflow=tmp_path)
    loaded = database.execute("SELECT extension_name FROM duckdb_extensions() WHERE loaded").fetchall()
    database.close()
    assert ("ducklake",) in loaded
    assert ("httpfs",) not in loaded
