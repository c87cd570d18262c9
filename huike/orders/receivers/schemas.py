"""Bodies of the endpoints about receivers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.orders.models import ShopDelivery
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
PlatformName = Literal["shopify", "woocommerce", "youzan"]
ShopDeliveryState = Literal["waiting", "taken", "skipped", "failed"]


class ReceiverIn(Schema):
    """`secret` is what the shop signs with; left out, the one there is stays. `client_id` is Youzan's alone."""

    platform: PlatformName
    client_id: Annotated[str, Field(max_length=120)] = ""
    secret: Annotated[str, Field(min_length=1, max_length=400)] | None = None


class ReceiverOut(Schema):
    """Where the shop sends to and what it should send; counts of deliveries are of the last seven days."""

    source_id: int
    platform: PlatformName
    client_id: str
    address: str
    topics: list[str]
    waiting: int
    taken: int
    skipped: int
    failed: int
    last_at: datetime | None


class ShopDeliveryRow(Schema):
    """A message of the shop. `reason` says why it was skipped or what was wrong, as a code with `reason_params`."""

    id: int
    topic: str
    state: ShopDeliveryState
    reason: str
    reason_params: dict[str, Any]
    object_key: str
    customer_id: int | None
    received_at: datetime
    processed_at: datetime | None

    @classmethod
    def of(cls, delivery: ShopDelivery) -> ShopDeliveryRow:
        return cls(**{name: getattr(delivery, name if name != "id" else "pk") for name in cls.model_fields})


class ShopReplayIn(Schema):
    """Which to understand anew; null for all that failed."""

    delivery_ids: Annotated[list[Id], Field(min_length=1, max_length=1_000)] | None = None


class ShopReplayOut(Schema):
    deliveries: int
