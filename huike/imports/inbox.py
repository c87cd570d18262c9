"""Files that come by themselves: the loop that takes them from their folders, and puts them away when they are in.

Every step can be begun again after a kill at any moment, and no file is brought twice: `docs/algorithms/imports.md`,
section 9.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final

from huike.imports import inbox_places as places
from huike.imports import refusals, services
from huike.imports.caller import Caller
from huike.imports.models import Import, SavedMapping
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import Actor
from huike.platform.config import get_config

logger = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS: Final = 2.0
SETTLED_SECONDS: Final = 5.0
_CHUNK_BYTES: Final = 1 << 20
_CALLER: Final = Caller(actor=Actor("system", None, "inbox"), scope=EVERYTHING, user_id=None)
_ENDED: Final = frozenset({Import.State.DONE, Import.State.FAILED, Import.State.CANCELLED})


def run_forever(stop: Event) -> None:
    """Look into the folders until `stop` is set."""
    watch = Watch()
    while not stop.is_set():
        watch.turn(now_seconds=time.time())
        stop.wait(_LOOK_EVERY_SECONDS)


def forget_old(now: datetime) -> int:
    """Remove files that were put away longer ago than the setting `inbox_days_kept`; how many."""
    return places.forget_old(before=now - timedelta(days=get_config().inbox_days_kept))


class Watch:
    """Remembers what the files looked like at the last turn."""

    def __init__(self) -> None:
        self._seen: dict[Path, places.Look] = {}

    def turn(self, *, now_seconds: float) -> None:
        """Take what is whole, bring what was taken, put away what has ended."""
        seen: dict[Path, places.Look] = {}
        for saved in SavedMapping.objects.filter(from_folder=True).order_by("pk"):
            place = places.prepare(saved.name)
            for path, look in places.arrivals(place):
                seen[path] = look
                quiet_seconds = now_seconds - look.changed_ns / 1e9
                if self._seen.get(path) == look and quiet_seconds >= SETTLED_SECONDS:
                    places.take(path, token=secrets.token_hex(8))
            self._go_on(saved, place)
        self._seen = seen

    def _go_on(self, saved: SavedMapping, place: Path) -> None:
        for token, name, path in places.taken(place):
            arrival = f"folder:{token}"
            record = Import.objects.filter(arrival=arrival).first()
            if record is None:
                record = _bring(saved, path, name=name, arrival=arrival)
            services.settle(record)
            if record.state in _ENDED:
                _put_away(record, path, place=place, name=name)


def _bring(saved: SavedMapping, path: Path, *, name: str, arrival: str) -> Import:
    try:
        return services.receive_and_run(
            saved=saved,
            filename=name,
            chunks=_chunks(path),
            origin=Import.Origin.FOLDER,
            arrival=arrival,
            refused="keep_good",
            caller=_CALLER,
        )
    except HuikeError as error:
        return services.note_unreadable(saved=saved, filename=name, path=path, arrival=arrival, error=error)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def _put_away(record: Import, path: Path, *, place: Path, name: str) -> None:
    refused = None
    if (record.check_report or {}).get("refused_rows"):
        refused = b"".join(refusals.as_csv(record, language=get_config().language))
    where = places.DONE if record.state == Import.State.DONE else places.FAILED
    places.put_away(path, place=place, where=where, name=f"{record.pk}-{name}", refused=refused)
