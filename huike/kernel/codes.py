"""Identifiers people type or carry: unguessable, without look-alikes, with a check character."""

from __future__ import annotations

from collections.abc import Callable

# Crockford's base 32: no I, L, O, U, so that a code read aloud or printed small survives.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def normalise_code(text: str) -> str:
    """What the code's owner meant: upper case, separators dropped, look-alikes resolved."""
    return text.strip().upper().translate(_LOOKALIKES)


def check_character(body: str) -> str:
    """Luhn mod N (ISO/IEC 7812 generalised) over base 32: catches any one wrong character and most swaps."""
    factor, total = 2, 0
    for char in reversed(body):
        addend = factor * ALPHABET.index(char)
        total += addend // 32 + addend % 32
        factor = 3 - factor
    return ALPHABET[-total % 32]


def make_code(*, length: int, randbelow: Callable[[int], int]) -> str:
    """A code of `length` random characters (5 bits each) and one check character.

    `randbelow(n)` must give unpredictable integers below n (`secrets.randbelow`).
    """
    body = "".join(ALPHABET[randbelow(32)] for _ in range(length))
    return body + check_character(body)


def is_well_formed(code: str) -> bool:
    """Whether the check character fits; says nothing about whether the code was ever issued."""
    return len(code) > 1 and all(c in ALPHABET for c in code) and check_character(code[:-1]) == code[-1]
