"""What this room holds about a person: her coupons. They stay, since money hangs on them."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, Trace, hold, trace


def declare() -> None:
    hold(
        Holding(
            name="coupons",
            table="promotions_coupon",
            titles=("优惠券", "Coupons"),
            columns={
                "code": "t.code",
                "offer": "(SELECT o.name FROM promotions_offer o WHERE o.id = t.offer_id)",
                "state": "t.state",
                "issued_at": "t.issued_at",
                "expires_at": "t.expires_at",
                "uses_left": "t.uses_left",
                "redeemed_at": "t.redeemed_at",
                "discount_minor": "(SELECT sum(u.discount_minor) FROM promotions_coupon_use u"
                " WHERE u.coupon_id = t.id AND u.given_back_at IS NULL)",
                "discount_currency": "(SELECT min(u.discount_currency) FROM promotions_coupon_use u"
                " WHERE u.coupon_id = t.id AND u.given_back_at IS NULL)",
            },
            fate="kept",
            # The code was in her mails; what is not used yet can be used by nobody any more.
            stays=frozenset({"code", "reason", "state", "void_ref"}),
        )
    )
    trace(Trace(table="promotions_coupon_event", columns=("note",), names=True))
