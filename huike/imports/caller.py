"""Who asks for something of imports."""

from __future__ import annotations

from dataclasses import dataclass

from huike.kernel.scope import Scope
from huike.platform.audit import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. `user_id` is None for an API key and the command line."""

    actor: Actor
    scope: Scope
    user_id: int | None
