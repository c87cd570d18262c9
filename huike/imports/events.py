"""What other capabilities hear of an import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFinished(DomainEvent):
    """A whole file was written. Told once per import, in place of an event per order or customer in it."""

    name: ClassVar[str] = "imports.import_finished"
    import_id: int
    kind: str
    source_id: int
    created: int
    updated: int
