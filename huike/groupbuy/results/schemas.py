"""What deals brought, as it is told over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from huike.groupbuy.deals.schemas import MerchantRef
from huike.groupbuy.models import Deal
from huike.groupbuy.results.rules import DealResult
from huike.platform.schema import Schema


class ReturnWindowOut(Schema):
    """The credited buyers by one window of `days`. Of `over` it has passed: `returned` of those bought something
    that is not this deal's, for `net_minor` in the deal's currency. Of `running` it has not passed; they count nowhere
    else."""

    days: int
    over: int
    running: int
    returned: int
    rate: float | None
    net_minor: int


class DealResultOut(Schema):
    """What a deal brought until now, of the buyers the reader may see. `credited` are the buyers without `members`, who
    were in the programme before they bought; `new` had bought nothing before; `joined` became members since."""

    id: int
    name: str
    merchant: MerchantRef
    state: Deal.State
    currency: str
    starts_at: datetime
    ends_at: datetime
    buyers: int
    new: int
    members: int
    credited: int
    joined: int
    windows: list[ReturnWindowOut]
    pieces: int
    sales_minor: int
    discount_minor: int
    commission_minor: int

    @classmethod
    def of(cls, deal: Deal, result: DealResult) -> Self:
        return cls(
            id=deal.pk,
            name=deal.name,
            merchant=MerchantRef.model_validate(deal.merchant),
            state=Deal.State(deal.state),
            currency=deal.currency,
            starts_at=deal.starts_at,
            ends_at=deal.ends_at,
            buyers=result.buyers,
            new=result.new,
            members=result.members,
            credited=result.credited,
            joined=result.joined,
            windows=[ReturnWindowOut.model_validate(window) for window in result.windows],
            pieces=result.pieces,
            sales_minor=result.sales_minor,
            discount_minor=result.discount_minor,
            commission_minor=result.commission_minor,
        )
