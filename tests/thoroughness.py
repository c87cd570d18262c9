"""How much a run of the tests tries: `make test` the same every time, `make test-thorough` more, each time another.

A failure of `make test` can be seen again by running it again; what it never meets is found by the thorough run, which
prints its seed and, for a falsified example, how to try just that.
"""

from __future__ import annotations

import os

from hypothesis import settings

THOROUGH = os.environ.get("HUIKE_THOROUGH", "") == "1"
REPEATED_SEED = 20260101
"""Of the order of tests and of `random` in them, where the run is not thorough and nobody told another."""
_SHARE = 4


def examples(full: int) -> int:
    """Of the `full` number of a thorough run, as many as this run tries: a quarter, but never fewer than five where
    there are five."""
    return full if THOROUGH else max(full // _SHARE, min(full, 5))


def load_profile() -> None:
    """Before test modules are imported: settings made from then on stand on the profile."""
    settings.register_profile("repeated", derandomize=True, database=None, max_examples=examples(100))
    settings.register_profile("thorough", print_blob=True)
    settings.load_profile("thorough" if THOROUGH else "repeated")
