"""Server settings from the size of the machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.platform.postgres.tuning import GIB, MIB, Machine, render, server_settings


@pytest.mark.parametrize(
    ("memory_gib", "shared_buffers", "max_wal_size"),
    [
        (0.25, "64MB", "1024MB"),
        (1, "153MB", "1024MB"),
        (4, "614MB", "1024MB"),
        (16, "2048MB", "2048MB"),
        (256, "2048MB", "4096MB"),
    ],
)
def test_database_takes_a_modest_share_when_the_machine_grows(
    memory_gib: float, shared_buffers: str, max_wal_size: str
) -> None:
    settings = server_settings(Machine(memory_bytes=int(memory_gib * GIB), cpu_count=2))
    assert (settings["shared_buffers"], settings["max_wal_size"]) == (shared_buffers, max_wal_size)


@given(memory_bytes=st.integers(min_value=128 * MIB, max_value=4096 * GIB), cpu_count=st.integers(1, 512))
def test_half_the_memory_at_most_is_promised_when_the_server_has_what_it_needs(
    memory_bytes: int, cpu_count: int
) -> None:
    settings = server_settings(Machine(memory_bytes=memory_bytes, cpu_count=cpu_count))
    shared = int(settings["shared_buffers"].removesuffix("MB"))
    assert shared * MIB <= max(64 * MIB, memory_bytes * 0.15)


def test_value_stays_one_value_when_it_holds_quotes() -> None:
    assert render({"unix_socket_directories": "/tmp/o'brien\\x"}).splitlines()[1] == (
        "unix_socket_directories = '/tmp/o''brien\\\\x'"
    )
