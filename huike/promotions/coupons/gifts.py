"""A link by which a friend may take a coupon. `docs/algorithms/coupons.md`, section 7."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from huike.platform.audit import Actor
from huike.promotions import selectors
from huike.promotions.coupons import rules, services
from huike.promotions.errors import CouponNotTransferable, CouponNotYours, GiftNotFound
from huike.promotions.models import Coupon, CouponGift
from huike.promotions.terms.coupons import Transfer


def make_link(code: str, *, giver_id: int, now: datetime) -> str:
    """The token of a link for a friend; a link made before is closed. The coupon stays the giver's until it is taken.

    Raises CouponNotFound, CouponNotYours, CouponNotTransferable, and the refusal of its state.
    """
    with transaction.atomic():
        coupon, life = services.look_at(code)
        if life.customer_id != giver_id:
            raise CouponNotYours(coupon=coupon.code)
        rule = coupon.terms.terms.coupon.transfer
        if rule == Transfer.NONE:
            raise CouponNotTransferable(coupon=coupon.code, transfers=life.transfers)
        # Whether it could be given to somebody now: nobody has file number 0.
        rules.transfer(life, giver_id=giver_id, to_id=0, rule=rule, at=now)
        _close(coupon)
        token = secrets.token_urlsafe(32)
        ends_at = now + rules.GIFT_LASTS
        if coupon.expires_at is not None:
            ends_at = min(ends_at, coupon.expires_at)
        CouponGift.objects.create(coupon=coupon, token_sha256=_digest(token), made_at=now, ends_at=ends_at)
        return token


def take_back(code: str, *, giver_id: int) -> None:
    """Close the link of a coupon of hers, if one is open. Raises CouponNotFound, CouponNotYours."""
    with transaction.atomic():
        coupon, life = services.look_at(code)
        if life.customer_id != giver_id:
            raise CouponNotYours(coupon=coupon.code)
        _close(coupon)


def find_open(token: str, *, now: datetime) -> CouponGift:
    """What an open link gives. Raises GiftNotFound."""
    gifts = CouponGift.objects.select_related("coupon__offer", "coupon__terms", "coupon__customer")
    gift = gifts.filter(token_sha256=_digest(token), state=CouponGift.State.OPEN, ends_at__gt=now).first()
    if gift is None:
        raise GiftNotFound
    return gift


def take(token: str, *, by_id: int, now: datetime, actor: Actor) -> Coupon:
    """The friend takes it; her own link does nothing. Raises GiftNotFound, and as `services.transfer_coupon`."""
    gift = find_open(token, now=now)
    with transaction.atomic():
        coupon, life = services.look_at(gift.coupon.code)
        if life.customer_id == by_id:
            return coupon
        # Under the coupon's lock: of a use, another transfer and this, one is first, and each closes the link.
        taken = CouponGift.objects.filter(pk=gift.pk, state=CouponGift.State.OPEN, ends_at__gt=now)
        if not taken.update(state=CouponGift.State.TAKEN):
            raise GiftNotFound
        services.transfer_coupon(coupon.code, to_id=by_id, giver_id=life.customer_id, now=now, actor=actor, note="gift")
    return selectors.find_coupon(coupon.code)


def _close(coupon: Coupon) -> None:
    CouponGift.objects.filter(coupon=coupon, state=CouponGift.State.OPEN).update(state=CouponGift.State.CLOSED)


def _digest(token: str) -> str:
    """256 random bits cannot be searched backwards."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
