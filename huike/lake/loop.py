"""The endless loop of the lake: a round each second, fewer where rounds are costly, and care now and then."""

from __future__ import annotations

import logging
import time
from threading import Event

from huike.lake.sync import LakeWriter

logger = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
# In a rush a round is work taken from the tills: it gets a quarter of a core, and the lake stays seconds behind.
PAUSES_PER_ROUND = 3
LONGEST_PAUSE_SECONDS = 2.0
CARE_EVERY_SECONDS = 120.0
CARE_EVERY_ROUNDS = 60


def run_forever(stop: Event) -> None:
    """Keep the lake fresh until `stop` is set. Raises what a round raises; the caller starts it again."""
    with LakeWriter() as writer:
        # The first round makes the tables; then, since a killed writer may have left files behind, care.
        writer.round()
        writer.care()
        cared_at, written = time.monotonic(), 0
        while not stop.is_set():
            began_at = time.monotonic()
            done = writer.round()
            written += bool(done.keys or done.rebuilt)
            if written >= CARE_EVERY_ROUNDS or (written and began_at - cared_at > CARE_EVERY_SECONDS):
                writer.care()
                cared_at, written = time.monotonic(), 0
            stop.wait(pause_seconds(time.monotonic() - began_at))


def pause_seconds(round_seconds: float) -> float:
    """How long to rest after a round that took so long."""
    return max(ROUND_SECONDS - round_seconds, min(PAUSES_PER_ROUND * round_seconds, LONGEST_PAUSE_SECONDS))
