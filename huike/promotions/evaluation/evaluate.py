"""A cart in; which offers and coupons hold, why the others do not, and what each takes off which line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from huike.promotions.evaluation.budgets import Spent, within_budgets
from huike.promotions.evaluation.cart import Cart, Reason
from huike.promotions.evaluation.combination import Candidate, best
from huike.promotions.evaluation.conditions import why_not, why_not_in_cart
from huike.promotions.evaluation.effects import Given, Plan, prepare
from huike.promotions.rules import CouponFacts, Terms, why_not_by_state

NOTHING_SPENT: Final[Mapping[str, Spent]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an automatic offer, or of a code. Without a reason it stands: `discounts_minor` has one part per
    line, and `given` what it gives besides."""

    terms: Terms | None
    code: str | None = None
    coupon: CouponFacts | None = None
    reason: Reason | None = None
    discounts_minor: tuple[int, ...] = ()
    given: Given | None = None

    @property
    def discount_minor(self) -> int:
        return sum(self.discounts_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Verdicts on the codes, in the order given, then on the automatic offers, in the order of taking off."""

    verdicts: tuple[Verdict, ...]
    line_discounts_minor: tuple[int, ...]
    is_exact: bool = True

    @property
    def refusal(self) -> Verdict | None:
        """The first code that does not hold; an automatic offer that does not is no reason to refuse anything."""
        return next((each for each in self.verdicts if each.reason is not None and each.code is not None), None)

    @property
    def standing(self) -> list[Verdict]:
        return [each for each in self.verdicts if each.reason is None]


def evaluate(
    cart: Cart,
    codes: Sequence[str] = (),
    coupons: Mapping[str, CouponFacts] | None = None,
    *,
    offers: Sequence[Terms] = (),
    spent: Mapping[str, Spent] = NOTHING_SPENT,
    zone: ZoneInfo,
) -> Evaluation:
    """The best combination of these automatic offers and codes for this cart, to the minor unit.

    `spent` is what the budgets of the offers stand at, by key; one that is absent stands at nothing.
    """
    of_codes = _judged_codes(cart, codes, coupons or {})
    # An offer that became automatic after coupons of it were issued is taken off once: by the coupon.
    by_coupon = {each.terms.offer_id for each in of_codes if each.terms is not None and each.reason is None}
    others = [offer for offer in offers if offer.offer_id not in by_coupon]
    judged = [*of_codes, *(Verdict(terms=offer) for offer in _in_order(others))]
    plans: list[Plan | None] = []
    for index, verdict in enumerate(judged):
        held = verdict.reason or verdict.terms is None
        plan = None if held else _plan(verdict, cart, spent, zone)
        if isinstance(plan, Reason):
            judged[index], plan = replace(verdict, reason=plan), None
        plans.append(plan)
    return _combined(cart, judged, plans)


def _in_order(offers: Sequence[Terms]) -> list[Terms]:
    return sorted(offers, key=lambda offer: (-offer.document.stacking.priority, offer.offer_id))


def _judged_codes(cart: Cart, codes: Sequence[str], coupons: Mapping[str, CouponFacts]) -> list[Verdict]:
    """Each code with the reason that lies in the coupon itself, if there is one."""
    verdicts: list[Verdict] = []
    offers_used: set[int] = set()
    for code in codes:
        coupon = coupons.get(code)
        reason = _why_not_code(coupon, cart, offers_used)
        if coupon is not None and reason is None:
            offers_used.add(coupon.terms.offer_id)
        verdicts.append(Verdict(terms=coupon.terms if coupon else None, code=code, coupon=coupon, reason=reason))
    return verdicts


def _is_honoured(coupon: CouponFacts | None, cart: Cart) -> bool:
    """Whether an earlier revision of this very order redeemed it."""
    return coupon is not None and cart.order_id in coupon.life.uses


def _why_not_code(coupon: CouponFacts | None, cart: Cart, offers_used: set[int]) -> Reason | None:
    if coupon is None:
        return Reason("coupon.not_found")
    reason = None if _is_honoured(coupon, cart) else why_not_by_state(coupon, cart)
    if reason is not None:
        return reason
    if coupon.customer_id is not None and coupon.customer_id != cart.customer_id:
        return Reason("coupon.not_yours")
    if coupon.terms.offer_id in offers_used:
        return Reason("coupon.same_offer_twice")
    return None


def _plan(verdict: Verdict, cart: Cart, spent: Mapping[str, Spent], zone: ZoneInfo) -> Plan | Reason:
    """What the offer does to the cart by itself, or why it does not hold."""
    terms = verdict.terms
    if terms is None:
        raise ValueError("a verdict without an offer has a reason")
    document = terms.document
    if terms.is_pinned or _is_honoured(verdict.coupon, cart):
        reason = why_not_in_cart(document, cart)
    elif terms.offer_state != "active":
        reason = Reason("offer.not_active", {"state": terms.offer_state})
    else:
        reason = why_not(document, cart, zone=zone)
    if reason is not None:
        return reason
    plan = prepare(document.effect, cart.lines, cart.currency)
    return plan if isinstance(plan, Reason) else within_budgets(plan, terms, cart, spent, zone=zone)


def _combined(cart: Cart, judged: Sequence[Verdict], plans: Sequence[Plan | None]) -> Evaluation:
    """The best combination of what holds by itself; what does not stand in it is told why."""
    indexes = [index for index, plan in enumerate(plans) if plan is not None]
    indexes.sort(key=lambda index: _rank(judged[index]))
    candidates = [
        Candidate(plan=plan, group=stacking.group, exclusive=stacking.exclusive)
        for index in indexes
        for plan, terms in [(plans[index], judged[index].terms)]
        if plan is not None and terms is not None
        for stacking in [terms.document.stacking]
    ]
    chosen = best(candidates, cart.bases_minor)
    verdicts = list(judged)
    for position, index in enumerate(indexes):
        parts = chosen.taken.get(position)
        if parts is None:
            rivals = [judged[indexes[other]] for other in _rivals(position, candidates, chosen.taken)]
            verdicts[index] = replace(judged[index], reason=_why_outdone(rivals))
        else:
            verdicts[index] = replace(judged[index], discounts_minor=parts, given=candidates[position].plan.given)
    off = [0] * len(cart.lines)
    for parts in chosen.taken.values():
        off = [sum(pair) for pair in zip(off, parts, strict=True)]
    return Evaluation(verdicts=tuple(verdicts), line_discounts_minor=tuple(off), is_exact=chosen.is_exact)


def _rank(verdict: Verdict) -> tuple[int, int]:
    terms = verdict.terms
    return (0, 0) if terms is None else (-terms.document.stacking.priority, terms.offer_id)


def _rivals(position: int, candidates: Sequence[Candidate], taken: Iterable[int]) -> list[int]:
    """Which of those that stand leave no room for this one."""
    mine = candidates[position]
    return [
        other
        for other in taken
        if mine.exclusive or candidates[other].exclusive or (mine.group and mine.group == candidates[other].group)
    ]


def _why_outdone(rivals: Sequence[Verdict]) -> Reason:
    named = [terms for rival in rivals for terms in [rival.terms] if terms is not None]
    if not named:
        return Reason("offer.nothing_left")
    return Reason("offer.outdone", {"by": [{"id": terms.offer_id, "name": terms.offer_name} for terms in named]})
