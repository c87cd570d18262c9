"""Numbers with their check digit, and which states a card may leave. Pure. docs/algorithms/cards.md, 1 and 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

SHORTEST: Final = 8
LONGEST: Final = 19  # what ISO/IEC 7812-1 allows
LONGEST_PREFIX: Final = 8
MOST_IN_BATCH: Final = 200_000
# Of all numbers there could be, at most one in this many is a card where numbers must not be guessed.
THINNEST: Final = 1_000

State = Literal["made", "active", "blocked", "lost", "replaced", "closed"]
Move = Literal["bind", "block", "unblock", "report_lost", "found", "replace", "close"]


@dataclass(frozen=True, slots=True)
class Change:
    """A move of a card: the states it may leave, and the one it ends in."""

    leaves: tuple[State, ...]
    to: State


MOVES: Final[dict[Move, Change]] = {
    "bind": Change(("made",), "active"),
    "block": Change(("active",), "blocked"),
    "unblock": Change(("blocked",), "active"),
    "report_lost": Change(("active", "blocked"), "lost"),
    "found": Change(("lost",), "active"),
    "replace": Change(("active", "blocked", "lost"), "replaced"),
    "close": Change(("made",), "closed"),
}


def check_digit(payload: str) -> str:
    """Luhn's digit for these digits (ISO/IEC 7812-1, annex B; H. P. Luhn, 1960)."""
    total = 0
    for place, digit in enumerate(reversed(payload)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def is_number(text: str) -> bool:
    """Whether this could be the number of a card made here; says nothing about whether it was."""
    return SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]


def bodies_of(*, prefix: str, length: int) -> int:
    """How many numbers of this prefix and length there could be."""
    return int(10 ** max(0, length - len(prefix) - 1))


def number_of(body: int, *, prefix: str, length: int) -> str:
    """The number with this body. Raises ValueError where it does not fit."""
    if not 0 <= body < bodies_of(prefix=prefix, length=length):
        raise ValueError(f"{body} does not fit {length} digits after {prefix}")
    payload = f"{prefix}{body:0{length - len(prefix) - 1}d}"
    return payload + check_digit(payload)


def numbers_from(first: int, *, prefix: str, length: int, count: int) -> Iterator[str]:
    """`count` numbers in sequence, fewer where the sequence ends."""
    end = min(first + count, bodies_of(prefix=prefix, length=length))
    return (number_of(body, prefix=prefix, length=length) for body in range(first, end))


def unguessable(*, prefix: str, length: int, count: int, randbelow: Callable[[int], int]) -> set[str]:
    """`count` different numbers. `randbelow(n)` gives unpredictable integers below n (`secrets.randbelow`)."""
    space = bodies_of(prefix=prefix, length=length)
    drawn: set[int] = set()
    while len(drawn) < count:
        drawn.add(randbelow(space))
    return {number_of(body, prefix=prefix, length=length) for body in drawn}


def shortest_thin(*, prefix: str, count: int) -> int:
    """The shortest length at which `count` unguessable numbers lie thin enough."""
    length = max(SHORTEST, len(prefix) + 2)
    while count * THINNEST > bodies_of(prefix=prefix, length=length):
        length += 1
    return length


def grouped(number: str) -> str:
    """As it is printed: in groups of four."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def masked_name(name: str) -> str:
    """What a clerk compares with the person before her: the first character and two stars, which tell no length."""
    return f"{name.strip()[:1]}**" if name.strip() else ""
