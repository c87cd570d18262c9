"""Sets of customers as bits: bit n is the customer with the id n. All masks of one calculation are equally long."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

Mask = NDArray[np.uint64]
Codes = NDArray[Any]
"""One small number for each customer, at her id: what she has in a column. 0 is nothing at all."""

WORD_BITS = 64
# Codes are looked through in pieces that stay in the processor's cache.
_PIECE = 1 << 18
# Comparing a piece with a run of codes costs a thirtieth of looking each code up.
_FEW_RUNS = 12
_CHUNK_BYTES = 8_192
_CHUNK_WORDS = _CHUNK_BYTES // 8
_ARRAY_AT_MOST = 4_096
_COOKIE = 12_346


def room_for(greatest_id: int) -> int:
    """How long codes are, and masks in bits, that have a place for this id: whole words."""
    return (greatest_id // WORD_BITS + 1) * WORD_BITS


def of_codes(codes: Codes, wanted: NDArray[np.bool_]) -> Mask:
    """The customers whose code is wanted; `wanted` says so of each code."""
    runs = _runs(wanted)
    packed = np.empty(len(codes) // 8, dtype=np.uint8)
    for start in range(0, len(codes), _PIECE):
        piece = codes[start : start + _PIECE]
        truth = _within(piece, runs) if len(runs) <= _FEW_RUNS else wanted.take(piece)
        packed[start // 8 : start // 8 + len(piece) // 8] = np.packbits(truth, bitorder="little")
    return packed.view(np.uint64)


def _runs(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of wanted codes: the first and the last of each."""
    edges = np.flatnonzero(np.diff(wanted, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True))


def _within(piece: Codes, runs: list[tuple[int, int]]) -> NDArray[np.bool_]:
    truth = np.zeros(len(piece), dtype=np.bool_)
    number = piece.dtype.type
    for first, last in runs:
        # Unsigned: what lies before the first becomes greater than any.
        truth |= piece == number(first) if first == last else (piece - number(first)) <= number(last - first)
    return truth


def of_ids(parts: Iterable[NDArray[np.integer[Any]]], room: int) -> Mask:
    """The customers with these ids; ids beyond the room are of nobody."""
    truth = np.zeros(room, dtype=np.bool_)
    for ids in parts:
        truth[ids if len(ids) == 0 or ids.max() < room else ids[ids < room]] = True
    return of_truth(truth)


def of_truth(truth: NDArray[np.bool_]) -> Mask:
    """Those of whom it is true; of whole words."""
    return np.packbits(truth, bitorder="little").view(np.uint64)


def fitted(mask: Mask, room: int) -> Mask:
    """As long as this room has words; ids beyond it are of nobody."""
    words = room // WORD_BITS
    return mask[:words] if len(mask) >= words else np.concatenate((mask, np.zeros(words - len(mask), dtype=np.uint64)))


def exactly(number: int, parts: Iterable[Mask], everybody: Mask) -> Mask:
    """Those who are in so many of the parts."""
    in_so_many = [everybody, *(np.zeros_like(everybody) for _ in range(number))]
    for part in parts:
        for many in range(number, 0, -1):
            in_so_many[many] = (in_so_many[many] & ~part) | (in_so_many[many - 1] & part)
        in_so_many[0] = in_so_many[0] & ~part
    return in_so_many[number]


def count(mask: Mask) -> int:
    return int(np.bitwise_count(mask).sum(dtype=np.int64))


def ids_of(mask: Mask) -> BitMap64:
    """As a bitmap, made as the Roaring format says (https://github.com/RoaringBitmap/RoaringFormatSpec), whose chunks
    of many ids are bits as ours, and of few the lower halves of the ids in order."""
    bits = mask.view(np.uint8)
    sizes = np.add.reduceat(np.bitwise_count(mask), np.arange(0, len(mask), _CHUNK_WORDS), dtype=np.int64)
    lists, taken = _listed(bits, (sizes > 0) & (sizes <= _ARRAY_AT_MOST)), 0
    high: dict[int, list[tuple[int, int, bytes]]] = {}
    for number in np.flatnonzero(sizes).tolist():
        size = int(sizes[number])
        if size <= _ARRAY_AT_MOST:
            container = lists[taken : taken + 2 * size]
            taken += 2 * size
        else:
            container = bits[number * _CHUNK_BYTES : (number + 1) * _CHUNK_BYTES].tobytes().ljust(_CHUNK_BYTES, b"\0")
        high.setdefault(number >> 16, []).append((number & 0xFFFF, size, container))
    told: list[bytes] = [struct.pack("<Q", len(high))]
    for key, chunks in high.items():
        told.append(struct.pack("<III", key, _COOKIE, len(chunks)))
        told += [struct.pack("<HH", low, size - 1) for low, size, _ in chunks]
        offset = 8 + 8 * len(chunks)
        for _, _, container in chunks:
            told.append(struct.pack("<I", offset))
            offset += len(container)
        told += [container for _, _, container in chunks]
    return BitMap64.deserialize(b"".join(told))


def _listed(bits: NDArray[np.uint8], chosen: NDArray[np.bool_]) -> bytes:
    """The lower halves of the ids in these chunks, one after the other. All at once: there are many chunks."""
    if not chosen.any():
        return b""
    # Only the bytes with any bit are taken apart.
    places = np.flatnonzero(bits != 0)
    if not chosen.all():
        places = places[chosen[places // _CHUNK_BYTES]]
    byte, bit = np.divmod(np.flatnonzero(np.unpackbits(bits[places], bitorder="little").view(np.bool_)), 8)
    return (places[byte] * 8 + bit).astype("<u2").tobytes()


def places_of(mask: Mask) -> NDArray[np.intp]:
    """The ids in order, as numbers."""
    return np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little").view(np.bool_))
