"""How long points last."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from huike.platform.schema import Schema


class LapseKind(StrEnum):
    NEVER = "never"
    AFTER_MONTHS = "after_months"  # at the end of the day, that many months after they were earned
    END_OF_YEAR = "end_of_year"  # at the end of the calendar year, that many years after the one they were earned in


class Lapse(Schema):
    """When a lot of points expires, in the operator's zone, and how many days ahead its owner is told."""

    kind: LapseKind = LapseKind.AFTER_MONTHS
    months: Annotated[int, Field(ge=1, le=120)] = 12
    years: Annotated[int, Field(ge=0, le=10)] = 1
    warn_days: Annotated[int, Field(ge=0, le=180)] = 30
