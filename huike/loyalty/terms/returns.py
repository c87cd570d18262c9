"""What happens when goods come back and the points they earned are gone already."""

from __future__ import annotations

from huike.ledger.rules import Gone
from huike.platform.schema import Schema


class Returns(Schema):
    """Of what was earned and spent: `owed` (her balance goes below zero, and what she earns next settles it), `charged`
    (its worth is kept from the refund), or `forgiven`."""

    gone: Gone = Gone.OWED
