"""The programme that tests of loyalty run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huike.loyalty.models import Programme, Terms
from huike.loyalty.programme import selectors, services
from huike.platform.audit import SYSTEM


def programme(name: str = "回客会员") -> Programme:
    return services.create_programme(name=name, points_name="积分", currency="CNY", actor=SYSTEM)


def published(programme_id: int, *, effective_at: datetime | None = None, **document: Any) -> Terms:
    """The next version of the terms: the defaults with these parts."""
    draft = selectors.draft_of(programme_id)
    draft = services.save_draft(programme_id, document=document, expected_version=draft.version, actor=SYSTEM)
    return services.publish(
        programme_id,
        expected_version=selectors.find(programme_id).version,
        draft_version=draft.version,
        effective_at=effective_at,
        note="",
        actor=SYSTEM,
    )


def running(**document: Any) -> Programme:
    """A programme that runs under the defaults with these parts."""
    made = programme()
    published(made.pk, **document)
    return selectors.find(made.pk)
