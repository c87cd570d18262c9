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
    else. `known_minor` of `net_minor` is of goods whose cost is known, `goods_minor`; `margin_minor` is what is left of
    it, `known_share` how much of what was bought and given back is known."""

    days: int
    over: int
    running: int
    returned: int
    rate: float | None
    net_minor: int
    known_minor: int
    goods_minor: int
    margin_minor: int
    known_share: float | None


class DealMarginOut(Schema):
    """What the deal itself leaves. Of `revenue_minor`, which was redeemed or kept at expiry, `known_minor` is of the
    parts of which every cost is known: `settled_minor` for the merchant, `fees_minor` of payments, `goods_minor` where
    the house sells its own. `margin_minor` is what is left of it; `unknown_fees` counts payments without a known fee.
    """

    revenue_minor: int
    known_minor: int
    settled_minor: int
    fees_minor: int
    goods_minor: int
    margin_minor: int
    known_share: float | None
    unknown_fees: int


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
    margin: DealMarginOut

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
            margin=DealMarginOut.model_validate(result.margin),
        )
