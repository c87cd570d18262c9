"""What campaigns do when others announce something."""

from __future__ import annotations

from collections.abc import Sequence

from huike.campaigns import services
from huike.messaging.events import DispatchDone
from huike.platform.outbox import StoredEvent, handler


@handler("campaigns.finish", events=[DispatchDone])
def finish_campaigns(events: Sequence[StoredEvent]) -> None:
    for event in events:
        if event.payload["campaign_id"] is not None:
            services.finish(event.payload["campaign_id"], now=event.occurred_at)
