"""What may happen to a coupon next, and what it is then. `docs/algorithms/coupons.md`, section 3, is the specification.

Pure: a deed takes the coupon as it stands and gives the coupon as it stands afterwards, or raises why not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from huike.kernel.errors import HuikeError
from huike.promotions.errors import (
    CouponAlreadyRedeemed,
    CouponExpired,
    CouponLocked,
    CouponNotTransferable,
    CouponNotYours,
    CouponStateRefused,
    CouponVoid,
)
from huike.promotions.terms.coupons import Transfer

CODE_LENGTH: Final = 12
LONGEST_LOCK_SECONDS: Final = 3_600
GIFT_LASTS: Final = timedelta(days=7)

_NO_LOCKS: Final[Mapping[str, datetime]] = MappingProxyType({})
_NO_USES: Final[Mapping[int, datetime]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A coupon as it stands. `locks` are the orders it is held for and until when; `uses` those that use it now and
    since when; `void_ref` names the deed that made it void, where that may be undone."""

    code: str
    state: str
    expires_at: datetime | None
    uses_left: int
    customer_id: int | None = None
    transfers: int = 0
    locks: Mapping[str, datetime] = field(default_factory=lambda: _NO_LOCKS)
    uses: Mapping[int, datetime] = field(default_factory=lambda: _NO_USES)
    void_ref: str = ""

    @property
    def redeemed_at(self) -> datetime | None:
        """When it was used last."""
        return max(self.uses.values(), default=None)

    def is_over(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    def held_by_others(self, order_key: str | None, at: datetime) -> list[datetime]:
        """Until when the uses that other orders hold at that time are held."""
        return sorted(until for key, until in self.locks.items() if key != order_key and until > at)


def why_not(life: Life, *, order_key: str, at: datetime) -> HuikeError | None:
    """Why this order cannot use the coupon at that time, as far as its life decides."""
    if life.state == "void":
        return CouponVoid(coupon=life.code)
    if life.uses_left == 0:
        return CouponAlreadyRedeemed(coupon=life.code)
    others = life.held_by_others(order_key, at)
    if len(others) >= life.uses_left:
        return CouponLocked(coupon=life.code, until=others[0].isoformat())
    if life.expires_at is not None and life.is_over(at):
        return CouponExpired(coupon=life.code, expired_at=life.expires_at.isoformat())
    return None


def lock(life: Life, *, order_key: str, seconds: int, at: datetime) -> Life:
    """Hold one use for an order; the locks of others that are over go with it. Raises the refusal that fits."""
    refused = why_not(life, order_key=order_key, at=at)
    if refused is None and life.state == "expired" and life.expires_at is not None:
        refused = CouponExpired(coupon=life.code, expired_at=life.expires_at.isoformat())
    if refused is not None:
        raise refused
    lasting = {key: until for key, until in life.locks.items() if until > at}
    return _settled(life, locks={**lasting, order_key: at + timedelta(seconds=seconds)})


def release(life: Life, *, order_key: str | None) -> Life:
    """Let go of an order's lock, or of every one where none is named; without any lock nothing changes.

    Raises CouponLocked where only others hold it, CouponStateRefused for one that is redeemed, void or expired.
    """
    kept = {} if order_key is None else {key: until for key, until in life.locks.items() if key != order_key}
    if len(kept) < len(life.locks):
        return _settled(life, locks=kept)
    if life.state == "locked":
        raise CouponLocked(coupon=life.code)
    if life.state != "issued":
        raise CouponStateRefused(state=life.state)
    return life


def redeem(life: Life, *, order_id: int, order_key: str, at: datetime) -> Life:
    """One use for this order. Raises the refusal that fits; CouponAlreadyRedeemed where this order uses it now."""
    if order_id in life.uses:
        raise CouponAlreadyRedeemed(coupon=life.code)
    refused = why_not(life, order_key=order_key, at=at)
    if refused is not None:
        raise refused
    return _settled(
        life,
        uses_left=life.uses_left - 1,
        uses={**life.uses, order_id: at},
        locks={key: until for key, until in life.locks.items() if key != order_key and until > at},
    )


def give_back(life: Life, *, order_id: int) -> Life:
    """The use of this order ends; nothing changes where it does not use it."""
    if order_id not in life.uses:
        return life
    kept = {used_by: used_at for used_by, used_at in life.uses.items() if used_by != order_id}
    return _settled(life, uses_left=life.uses_left + 1, uses=kept)


def resume(life: Life, *, order_id: int, at: datetime) -> Life:
    """Take a use again that a return gave back and should not have; nothing changes where none is left for it."""
    if order_id in life.uses or life.uses_left <= len(life.held_by_others(None, at)):
        return life
    return _settled(life, uses_left=life.uses_left - 1, uses={**life.uses, order_id: at})


def transfer(life: Life, *, giver_id: int | None, to_id: int, rule: Transfer, at: datetime) -> Life:
    """Another holder. `giver_id` None is the house, which may name anybody's.

    Raises CouponNotTransferable, CouponNotYours, and the refusal that fits its state.
    """
    if life.customer_id is None or (giver_id is not None and giver_id != life.customer_id):
        raise CouponNotYours(coupon=life.code)
    if not may_pass(rule, transfers=life.transfers) or to_id == life.customer_id:
        raise CouponNotTransferable(coupon=life.code, transfers=life.transfers)
    _passes(life, at)
    return replace(life, customer_id=to_id, transfers=life.transfers + 1, locks={})


def may_pass(rule: Transfer, *, transfers: int) -> bool:
    """Whether the terms allow one more transfer."""
    return rule == Transfer.FREELY or (rule == Transfer.ONCE and transfers == 0)


def claim(life: Life, *, by_id: int, at: datetime) -> Life:
    """A holder for a bearer coupon; hers already: nothing changes. Raises CouponNotYours, and as `transfer`."""
    if life.customer_id == by_id:
        return life
    if life.customer_id is not None:
        raise CouponNotYours(coupon=life.code)
    _passes(life, at)
    return replace(life, customer_id=by_id, locks={})


def _passes(life: Life, at: datetime) -> None:
    refused = why_not(life, order_key="", at=at)
    if refused is not None:
        raise refused
    if life.held_by_others(None, at):
        raise CouponLocked(coupon=life.code)
    if life.state == "expired":
        raise CouponExpired(coupon=life.code)
    if life.uses:
        raise CouponAlreadyRedeemed(coupon=life.code)


def make_void(life: Life, *, ref: str) -> Life:
    """Out of use; void already: nothing changes. Raises CouponStateRefused for a redeemed one."""
    if life.state == "void":
        return life
    if life.state == "redeemed":
        raise CouponStateRefused(state=life.state)
    return replace(life, state="void", locks={}, void_ref=ref)


def restore(life: Life, *, at: datetime) -> Life:
    """Undo making it void. Raises CouponStateRefused where it is not void, or by a deed that is not undone."""
    if life.state != "void" or not life.void_ref:
        raise CouponStateRefused(state=life.state)
    return _settled(replace(life, state="expired" if life.is_over(at) else "issued", void_ref=""))


def expire(life: Life, *, at: datetime) -> Life:
    """Marked where its time is over. Only for people to see: what holds is decided by the time itself."""
    if life.state not in {"issued", "locked"} or not life.is_over(at):
        return life
    return replace(life, state="expired", locks={})


def sweep(life: Life, *, at: datetime) -> Life:
    """Without the locks whose time is over."""
    lasting = {key: until for key, until in life.locks.items() if until > at}
    return life if len(lasting) == len(life.locks) else _settled(life, locks=lasting)


def _settled(life: Life, **changes: Any) -> Life:
    """The coupon with these changes, and the state that follows from them."""
    after = replace(life, **changes)
    if after.state == "void":
        return after
    if after.uses_left == 0:
        return replace(after, state="redeemed", locks={})
    if after.state == "expired":
        return after
    return replace(after, state="locked" if len(after.locks) >= after.uses_left else "issued")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One row of a coupon's history, as far as it says what the coupon became."""

    deed: str
    from_state: str | None
    to_state: str
    uses_left: int
    order_id: int | None = None
    holder_before: int | None = None
    holder_after: int | None = None


def breaks_in(history: Sequence[Recorded], *, uses_allowed: int) -> list[str]:
    """Where a history does not explain itself: each row begins where the one before ended, and uses go and come by
    one."""
    found = []
    state, left = None, uses_allowed
    for number, row in enumerate(history):
        if row.from_state != state:
            found.append(f"{number}: {row.deed} leaves {row.from_state}, but it was {state}")
        step = {"redeemed": -1, "resumed": -1, "revised": 1, "returned": 1}.get(row.deed, 0)
        if row.uses_left != left + step:
            found.append(f"{number}: {row.deed} makes {row.uses_left} of {left}")
        state, left = row.to_state, row.uses_left
    return found
