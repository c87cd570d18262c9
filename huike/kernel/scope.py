"""Which part of the operator's business somebody may see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """All stores, or only those listed. Selectors take it and never give rows outside it."""

    all_stores: bool
    store_ids: frozenset[int] = frozenset()

    def allows_store(self, store_id: int | None) -> bool:
        return self.all_stores or (store_id is not None and store_id in self.store_ids)


EVERYTHING = Scope(all_stores=True)
"""The scope of the system itself and of people without a limit."""
