"""A stable random number per person and purpose, the same on every machine and on every day."""

from __future__ import annotations

from hashlib import blake2b

_SPAN = 1 << 53  # every multiple of 2**-53 below 1 is an exact float; 64 bits would round up to 1.0


def stable_fraction(*, salt: str, key: int) -> float:
    """A number in [0, 1), uniform over keys and independent between salts.

    blake2b keyed by the salt; the same (salt, key) always gives the same number, so that nobody changes arm by
    entering twice.
    """
    digest = blake2b(key.to_bytes(8, "big", signed=True), digest_size=8, key=salt.encode()[:64]).digest()
    return (int.from_bytes(digest, "big") >> 11) / _SPAN
