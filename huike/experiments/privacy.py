"""What this room holds about a person: which arm she was in. It stays countable."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, hold


def declare() -> None:
    hold(
        Holding(
            name="experiment_arms",
            table="experiments_assignment",
            titles=("活动分组", "Groups of campaigns you were in"),
            columns={
                "campaign": "(SELECT e.name FROM experiments_experiment e WHERE e.id = t.experiment_id)",
                "arm": "t.arm",
                "assigned_at": "t.assigned_at",
            },
            order="t.experiment_id",
            fate="kept",
        )
    )
