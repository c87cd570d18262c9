"""What happens when goods come back and the points they earned are gone already."""

from __future__ import annotations

from enum import StrEnum

from huike.platform.schema import Schema


class Gone(StrEnum):
    """What becomes of points that a return takes back and the member has spent."""

    OWED = "owed"  # her balance goes below zero, and what she earns next settles it
    CHARGED = "charged"  # their worth is kept from the refund
    FORGIVEN = "forgiven"


class Returns(Schema):
    gone: Gone = Gone.OWED
