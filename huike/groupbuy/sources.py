"""The source of people and orders that come from groups."""

from __future__ import annotations

from huike.customers import services as customers
from huike.platform import sql
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config

KEY = "groupbuy"
CHANNEL = "group_buy"


def source_id() -> int:
    """The source's id; made at the first use."""
    while (found := sql.row("SELECT id FROM customers_source WHERE key = %s", [KEY])) is None:
        try:
            customers.create_source(
                key=KEY,
                name="团购",
                channel=CHANNEL,
                timezone=str(get_config().zone),
                currency=get_config().currency,
                actor=SYSTEM,
            )
        except customers.SourceKeyTaken:
            continue
    return int(found[0])
