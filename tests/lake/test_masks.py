"""The algebra of sets of customers as bits, against Python's own sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from huike.lake.engines.held import masks


@given(
    codes=st.lists(st.integers(0, 40), min_size=1, max_size=300),
    wanted=st.sets(st.integers(1, 40)),
    width=st.sampled_from([np.uint8, np.uint16, np.uint32]),
)
def test_those_with_a_wanted_code_are_chosen(codes: list[int], wanted: set[int], width: type) -> None:
    held = np.zeros(masks.room_for(len(codes)), dtype=width)
    held[: len(codes)] = codes
    truth = np.zeros(41, dtype=np.bool_)
    truth[list(wanted)] = True

    mask = masks.of_codes(held, truth)

    expected = {id for id, code in enumerate(codes) if code in wanted}
    assert set(masks.ids_of(mask)) == expected
    assert masks.count(mask) == len(expected)


@pytest.mark.parametrize("every", [1, 2, 3, 15, 16, 17, 70_000])
def test_a_bitmap_has_the_ids_of_the_bits_whether_a_chunk_is_full_or_nearly_empty(every: int) -> None:
    ids = np.arange(5, 400_000, every)
    mask = masks.of_ids([ids[::2], ids[1::2]], masks.room_for(500_000))
    found = masks.ids_of(mask)
    assert list(found) == ids.tolist()
    # It is a bitmap like any other.
    assert len(found | BitMap64([1, 2])) == len(ids) + 2
    assert type(found).deserialize(found.serialize()) == found


def test_a_bitmap_has_full_empty_and_nearly_empty_chunks_beside_each_other() -> None:
    ids = np.concatenate((np.arange(7, 65_536, 9_000), np.arange(65_536, 131_072), [200_000, 262_143, 262_144]))
    assert list(masks.ids_of(masks.of_ids([ids], masks.room_for(300_000)))) == ids.tolist()


def test_ids_beyond_the_room_are_of_nobody() -> None:
    mask = masks.of_ids([np.array([1, 63, 64, 10_000])], masks.room_for(63))
    assert list(masks.ids_of(mask)) == [1, 63]


def test_many_stretches_of_codes_are_looked_up_one_by_one() -> None:
    codes = np.arange(masks.room_for(600_000), dtype=np.uint32)
    odd = np.arange(len(codes)) % 2 == 1
    assert masks.count(masks.of_codes(codes, odd)) == len(codes) // 2


@given(parts=st.lists(st.sets(st.integers(0, 63)), max_size=6), number=st.integers(0, 4))
def test_those_in_so_many_parts_are_found(parts: list[set[int]], number: int) -> None:
    room = masks.room_for(63)
    found = masks.exactly(number, [_of(part, room) for part in parts], _of(set(range(64)), room))
    assert set(masks.ids_of(found)) == {id for id in range(64) if sum(id in part for part in parts) == number}


def _of(ids: set[int], room: int) -> masks.Mask:
    return masks.of_ids([np.array(sorted(ids), dtype=np.int64)], room)
