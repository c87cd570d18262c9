"""Drawing many codes at once: prefix, random characters, check character. Pure but for the random bytes it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from huike.kernel.codes import ALPHABET
from huike.promotions.coupons.rules import CODE_LENGTH

LONGEST_PREFIX: Final = 8
MOST_CODES: Final = 5_000_000

_LETTERS: Final = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_NEWLINE: Final = 10


def is_prefix(text: str) -> bool:
    """Whether codes may begin with it: a code keeps what its owner types, so no look-alike may stand in it."""
    return len(text) <= LONGEST_PREFIX and all(letter in ALPHABET for letter in text)


def draw(count: int, *, prefix: str, random_bytes: Callable[[int], bytes]) -> bytes:
    """`count` codes, one a line. `random_bytes(n)` must give n unpredictable bytes (`secrets.token_bytes`).

    The low five bits of each byte are a character, so that every character is as likely as every other.
    """
    drawn = np.frombuffer(random_bytes(count * CODE_LENGTH), dtype=np.uint8).reshape(count, CODE_LENGTH) & 31
    fixed = np.array([ALPHABET.index(letter) for letter in prefix], dtype=np.uint8)
    body = np.hstack([np.broadcast_to(fixed, (count, len(fixed))), drawn])
    lines = np.empty((count, body.shape[1] + 2), dtype=np.uint8)
    lines[:, :-2] = _LETTERS[body]
    lines[:, -2] = _LETTERS[_check(body)]
    lines[:, -1] = _NEWLINE
    return lines.tobytes()


def _check(body: np.ndarray) -> np.ndarray:
    """`kernel.codes.check_character` of every row."""
    factors = np.where(np.arange(body.shape[1])[::-1] % 2 == 0, 2, 1)
    addends = body * factors
    totals = (addends // 32 + addends % 32).sum(axis=1)
    return -totals % 32
