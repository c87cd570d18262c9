"""A folder is one user's, and nothing of it stays when the user is gone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from huike.lake.connection import open_duckdb
from huike.platform.scratch import Scratch

_HOLDS_ONE = """
from huike.platform.scratch import Scratch

with Scratch("held") as folder:
    (folder / "overflow").write_text("a name")
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def root() -> Path:
    with Scratch("look") as folder:
        return folder.parent


def test_each_has_a_folder_of_its_own_and_leaves_nothing(root: Path) -> None:
    with Scratch("one") as one, Scratch("one") as other:
        assert one != other
        (one / "file").write_text("text")
        (other / "folder").mkdir()
        assert {one, other} <= set(root.iterdir())
    assert not {one, other} & set(root.iterdir())


def test_what_a_killed_process_left_is_removed_by_whoever_comes_next_and_not_before(root: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with Scratch("next"):
            assert (left / "overflow").read_text() == "a name"
        process.kill()
        process.wait()
    assert left.parent == root
    assert left.exists()

    with Scratch("next"):
        assert not left.exists()


def test_nobody_loses_a_folder_when_many_come_and_go_at_once(root: Path) -> None:
    def come_and_go(number: int) -> bool:
        whole = True
        for _ in range(50):
            with Scratch("many") as folder:
                (folder / "mine").write_text(str(number))
                whole &= (folder / "mine").read_text() == str(number)
        return whole

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(come_and_go, range(8))) == [True] * 8
    assert list(root.glob("many-*")) == []


def test_databases_that_overflow_at_once_do_not_read_each_others_files() -> None:
    """Both write more than they may hold, and read it again."""

    def overflow(seed: int) -> tuple[int, int, int]:
        with Scratch("overflow") as folder:
            database = open_duckdb(threads=1, memory_limit="60MB", overflow=folder)
            database.execute(f"CREATE TABLE t AS SELECT hash(range + {seed}) AS h FROM range(8000000)")
            found = database.execute("SELECT count(*), sum(h)::HUGEINT, count(DISTINCT h) FROM t").fetchone()
            expected = database.execute(f"SELECT sum(hash(range + {seed}))::HUGEINT FROM range(8000000)").fetchone()
            assert list(folder.iterdir())
            database.close()
        assert found is not None
        assert expected is not None
        return found[0], found[1] - expected[0], found[2]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(overflow, (1, 10**9))) == [(8_000_000, 0, 8_000_000)] * 2
