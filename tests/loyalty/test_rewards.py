"""Points for coupons, goods and codes: what each costs, what comes back, and who is refused without a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from huike.customers import timeline
from huike.customers.merging.services import merge_customers, undo_merge
from huike.kernel.scope import EVERYTHING
from huike.ledger import selectors as ledger
from huike.ledger import services as holds
from huike.ledger.errors import AccountFrozen, InsufficientBalance
from huike.ledger.models import Transaction
from huike.loyalty.models import Member, Programme, Redemption, Reward, RewardCode
from huike.loyalty.rewards import rules, selectors, services
from huike.loyalty.rewards.errors import (
    RedemptionCodeGiven,
    RedemptionCouponUsed,
    RedemptionKeyReused,
    RedemptionStateRefused,
    RewardInvalid,
    RewardLimit,
    RewardMembersOnly,
    RewardNotActive,
    RewardNotStarted,
    RewardOver,
    RewardSoldOut,
    RewardStateRefused,
    RewardWrongTier,
)
from huike.loyalty.rewards.services import RewardDraft
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from huike.promotions.coupons import services as coupons
from huike.promotions.errors import OfferNotActive
from huike.promotions.models import Coupon
from huike.promotions.offers import services as offers
from tests.loyalty.cards import customer
from tests.loyalty.members import points, programme
from tests.loyalty.purchases import SHANGHAI
from tests.loyalty.rewards import BENEFIT, PRODUCT, give, history, offer, redeem, reward, rich, taken
from tests.tills import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def club() -> Programme:
    return programme()


def balance(of: Programme, her: int, *, now: datetime = NOW) -> tuple[int, int]:
    """(to spend, held)"""
    stands = points(of, her, now=now)
    return stands.balance, stands.held


def events() -> list[tuple[str, Any]]:
    told = OutboxEvent.objects.filter(name__startswith="loyalty.").order_by("pk")
    return [(event.name, event.payload["state"]) for event in told]


# What is had at once


def test_a_coupon_is_issued_for_her_and_the_points_are_gone(club: Programme) -> None:
    her, what = rich(club), reward(kind="coupon", points=300, offer_id=offer())
    redemption = redeem(what, her)
    assert (redemption.state, redemption.points, balance(club, her)) == ("fulfilled", 300, (700, 0))
    coupon = Coupon.objects.get()
    assert (coupon.customer_id, coupon.reason, redemption.coupon_id) == (her, f"redemption:{redemption.pk}", coupon.pk)
    burned = Transaction.objects.get(kind="burn")
    assert burned.reference == f"redemption:{redemption.pk}"
    assert burned.reason == {"redemption": redemption.pk, "reward": what.pk}
    assert history(redemption) == [(None, "fulfilled")]
    assert events() == [("loyalty.reward_redeemed", "fulfilled")]


def test_each_redemption_of_a_coupon_is_a_coupon_of_its_own(club: Programme) -> None:
    her, what = rich(club), reward(kind="coupon", points=300, offer_id=offer())
    assert redeem(what, her).coupon_id != redeem(what, her).coupon_id
    assert (Coupon.objects.count(), balance(club, her)) == (2, (400, 0))


def test_codes_are_given_in_their_order_and_are_the_stock(club: Programme) -> None:
    her, what = rich(club), reward(**BENEFIT)
    assert services.add_codes(what.pk, ["A-1", " B-2 ", "", "A-1"], actor=SYSTEM) == 2
    assert services.add_codes(what.pk, ["B-2", "C-3"], actor=SYSTEM) == 1
    given = [redeem(what, her).pk for _ in range(3)]
    assert selectors.codes_of(given) == dict(zip(given, ["A-1", "B-2", "C-3"], strict=True))
    with pytest.raises(RewardSoldOut):
        redeem(what, her)
    assert (balance(club, her), taken(what)) == ((400, 0), 3)


def test_a_benefit_without_codes_is_what_is_written_for_her(club: Programme) -> None:
    her, what = rich(club), reward(**{**BENEFIT, "has_codes": False, "use_zh": "报会员号", "use_en": "Say your number"})
    assert (redeem(what, her).state, what.stock) == ("fulfilled", None)


# What is collected


def test_a_product_holds_points_and_is_settled_when_it_is_handed_out(club: Programme) -> None:
    her, what = rich(club), reward(stock=5)
    redemption = redeem(what, her)
    assert (redemption.state, balance(club, her), taken(what)) == ("requested", (880, 120), 1)
    # The end of the 30th day after 22 November, in Shanghai.
    assert redemption.until_at == datetime(2026, 12, 22, 16, tzinfo=UTC)
    handed = services.fulfil(redemption.pk, now=NOW, actor=SYSTEM, note="到店自取")
    assert (handed.state, balance(club, her), taken(what)) == ("fulfilled", (880, 0), 1)
    assert services.fulfil(redemption.pk, now=NOW, actor=SYSTEM).state == "fulfilled"
    assert history(redemption) == [(None, "requested"), ("requested", "fulfilled")]
    assert events() == [("loyalty.reward_redeemed", "requested"), ("loyalty.redemption_ended", "fulfilled")]
    assert ledger.verify() == []


def test_a_cancelled_product_gives_points_back_to_their_lots_with_their_old_expiry(club: Programme) -> None:
    her = rich(club, 100, expires_at=datetime(2026, 12, 1, tzinfo=UTC))
    give(club, her, 50, expires_at=datetime(2027, 1, 1, tzinfo=UTC))
    redemption = redeem(reward(), her)
    assert balance(club, her) == (30, 120)
    late = datetime(2026, 12, 5, tzinfo=UTC)
    services.cancel(redemption.pk, note="不要了", now=late, actor=SYSTEM)
    assert balance(club, her, now=late) == (50, 0)
    assert holds.expire_due(now=late) == 1
    assert balance(club, her, now=late) == (50, 0)
    assert ledger.verify() == []


def test_what_was_handed_out_and_comes_back_gives_points_and_piece_back_once(club: Programme) -> None:
    her, what = rich(club), reward(stock=5)
    redemption = redeem(what, her)
    services.fulfil(redemption.pk, now=NOW, actor=SYSTEM)
    for _ in range(2):
        back = services.cancel(redemption.pk, note="破损", now=NOW, actor=SYSTEM)
    assert (back.state, balance(club, her), taken(what)) == ("cancelled", (1_000, 0), 0)
    assert history(redemption)[1:] == [("requested", "fulfilled"), ("fulfilled", "cancelled")]
    with pytest.raises(RedemptionStateRefused):
        services.fulfil(redemption.pk, now=NOW, actor=SYSTEM)
    assert balance(club, her) == (1_000, 0)


@pytest.mark.parametrize("ledger_first", [False, True])
def test_what_nobody_collects_goes_back(club: Programme, ledger_first: bool) -> None:
    her, what = rich(club), reward(stock=1)
    redemption = redeem(what, her)
    end = redemption.until_at
    assert end is not None
    assert services.expire_overdue(now=end - timedelta(seconds=1)) == 0
    with pytest.raises(RedemptionStateRefused) as refused:
        services.fulfil(redemption.pk, now=end, actor=SYSTEM)
    assert refused.value.params == {"state": "expired"}
    if ledger_first:
        assert holds.release_overdue(now=end) == 1
    assert (services.expire_overdue(now=end), services.expire_overdue(now=end)) == (1, 0)
    assert (balance(club, her), taken(what)) == ((1_000, 0), 0)
    assert history(redemption)[1:] == [("requested", "expired")]
    with pytest.raises(RedemptionStateRefused):
        services.cancel(redemption.pk, note="n", now=end, actor=SYSTEM)
    assert redeem(what, her).state == "requested"


# Taking back what was had at once


def test_a_coupon_that_was_not_used_is_void_and_the_points_are_back(club: Programme) -> None:
    her, what = rich(club), reward(kind="coupon", points=300, offer_id=offer())
    redemption = redeem(what, her)
    services.cancel(redemption.pk, note="误兑", now=NOW, actor=SYSTEM)
    assert (Coupon.objects.get().state, balance(club, her), taken(what)) == ("void", (1_000, 0), 0)


def test_a_used_coupon_and_a_seen_code_are_not_taken_back(club: Programme) -> None:
    from tests.tills import order, place

    her, what = rich(club), reward(kind="coupon", points=300, offer_id=offer())
    used = redeem(what, her)
    bought = place(order())
    coupons.redeem(
        [coupons.Redemption(coupon_id=Coupon.objects.get().pk, discount_minor=0)],
        order_id=bought.order_id, order_key="k", currency="CNY", at=NOW, actor=SYSTEM,
    )  # fmt: skip
    coded = reward(**BENEFIT)
    services.add_codes(coded.pk, ["A-1"], actor=SYSTEM)
    seen = redeem(coded, her)
    before = (balance(club, her), Transaction.objects.count())
    for redemption, refusal in ((used, RedemptionCouponUsed), (seen, RedemptionCodeGiven)):
        with pytest.raises(refusal):
            services.cancel(redemption.pk, note="n", now=NOW, actor=SYSTEM)
        assert history(redemption) == [(None, "fulfilled")]
    assert (balance(club, her), Transaction.objects.count()) == before
    assert (taken(what), taken(coded)) == (1, 1)


# Once


def test_the_same_key_is_the_same_redemption(club: Programme) -> None:
    her, what = rich(club), reward()
    assert redeem(what, her, key="k").pk == redeem(what, her, key="k").pk
    assert (balance(club, her), taken(what)) == ((880, 120), 1)
    for other in (redeem_args for redeem_args in [(reward(), her), (what, rich(club))]):
        with pytest.raises(RedemptionKeyReused):
            redeem(*other, key="k")
    assert Redemption.objects.count() == 1


# Who is refused


def refused_without_a_trace(what: Reward, her: int, error: type[Exception], now: datetime = NOW) -> dict[str, Any]:
    before = (Redemption.objects.count(), Transaction.objects.count(), taken(what), Coupon.objects.count())
    with pytest.raises(error) as refused, transaction.atomic():
        redeem(what, her, now=now)
    assert (Redemption.objects.count(), Transaction.objects.count(), taken(what), Coupon.objects.count()) == before
    return getattr(refused.value, "params", {})


def test_too_few_points_and_a_frozen_account_leave_no_trace(club: Programme) -> None:
    poor = rich(club, 119)
    assert refused_without_a_trace(reward(stock=3), poor, InsufficientBalance) == {"asked": 120, "available": 119}
    her = rich(club)
    holds.freeze(f"points:{club.pk}", her, now=NOW)
    refused_without_a_trace(reward(), her, AccountFrozen)
    refused_without_a_trace(reward(kind="coupon", offer_id=offer()), her, AccountFrozen)


def test_who_is_no_member_and_who_is_in_another_tier_is_refused(club: Programme) -> None:
    stranger = customer()
    give(club, stranger, 500)
    refused_without_a_trace(reward(), stranger, RewardMembersOnly)
    her, what = rich(club), reward(tiers=("gold", "black"))
    assert refused_without_a_trace(what, her, RewardWrongTier) == {"tiers": ["black", "gold"]}
    Member.objects.filter(customer_id=her).update(tier="gold")
    assert redeem(what, her).state == "requested"


def test_outside_its_window_and_states_it_is_not_to_be_had(club: Programme) -> None:
    her, begin, end = rich(club), NOW, NOW + timedelta(hours=1)
    what = reward(starts_at=begin, ends_at=end)
    refused_without_a_trace(what, her, RewardNotStarted, begin - timedelta(seconds=1))
    refused_without_a_trace(what, her, RewardOver, end)
    assert redeem(what, her, now=begin).state == "requested"
    services.pause_reward(what.pk, actor=SYSTEM)
    assert refused_without_a_trace(what, her, RewardNotActive) == {"state": "paused"}
    draft = services.create_reward(RewardDraft(**PRODUCT), actor=SYSTEM)
    refused_without_a_trace(draft, her, RewardNotActive)
    services.end_reward(what.pk, actor=SYSTEM)
    with pytest.raises(RewardStateRefused):
        services.activate_reward(what.pk, actor=SYSTEM)
    # What was promised is handed out all the same.
    assert services.fulfil(Redemption.objects.get().pk, now=NOW, actor=SYSTEM).state == "fulfilled"


def test_a_coupon_of_an_offer_that_does_not_run_is_refused(club: Programme) -> None:
    her, paused = rich(club), offer()
    offers.pause_offer(paused, actor=SYSTEM)
    refused_without_a_trace(reward(kind="coupon", offer_id=paused), her, OfferNotActive)


LIMITS = [
    # (period, count, redeemed at, asks at, is refused), in Shanghai
    ("month", 1, ["2026-10-31T23:59"], "2026-11-01T00:00", False),
    ("month", 1, ["2026-11-01T00:00"], "2026-11-30T23:59", True),
    ("week", 1, ["2026-11-22T12:00"], "2026-11-23T00:00", False),
    ("week", 1, ["2026-11-23T00:00"], "2026-11-29T23:59", True),
    ("day", 2, ["2026-11-22T01:00"], "2026-11-22T02:00", False),
    ("year", 1, ["2025-12-31T23:59"], "2026-01-01T00:00", False),
    ("ever", 2, ["2024-05-01T00:00", "2025-05-01T00:00"], "2026-05-01T00:00", True),
]


@pytest.mark.parametrize(("period", "most", "had", "asks", "is_refused"), LIMITS)
def test_a_limit_counts_in_calendar_periods(
    period: str, most: int, had: list[str], asks: str, is_refused: bool
) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)

    why = rules.why_not(
        rules.RewardFacts(state="active", programme_id=1, limit_count=most, limit_period=period),
        rules.MemberFacts(programme_id=1, redeemed_at=[at(text) for text in had]),
        now=at(asks),
        zone=SHANGHAI,
    )
    assert (why.code if why else None) == ("reward.limit" if is_refused else None)


def test_what_was_cancelled_does_not_count_against_the_limit(club: Programme) -> None:
    her, what = rich(club), reward(limit_count=1, limit_period="month")
    first = redeem(what, her)
    assert refused_without_a_trace(what, her, RewardLimit) == {"count": 1, "period": "month"}
    services.cancel(first.pk, note="n", now=NOW, actor=SYSTEM)
    assert redeem(what, her).pk != first.pk


# The catalogue


def test_a_new_price_holds_from_now_on_and_a_kind_for_ever(club: Programme) -> None:
    her, what = rich(club), reward(stock=2)
    first = redeem(what, her)
    services.update_reward(what.pk, RewardDraft(**{**PRODUCT, "points": 500, "stock": 2}), actor=SYSTEM)
    second = redeem(what, her)
    assert (first.points, second.points, balance(club, her)) == (120, 500, (380, 620))
    services.cancel(first.pk, note="n", now=NOW, actor=SYSTEM)
    assert balance(club, her) == (500, 500)
    for told, field in (({"stock": 0}, "stock"), ({"kind": "benefit"}, "kind"), ({"offer_id": offer()}, "offer_id")):
        with pytest.raises(RewardInvalid) as refused:
            services.update_reward(what.pk, RewardDraft(**{**PRODUCT, **told}), actor=SYSTEM)
        assert refused.value.params["field"] == field
    kept = Reward.objects.get(pk=what.pk)
    assert (kept.points, kept.stock, kept.kind) == (500, 2, "product")


def test_the_database_refuses_more_than_there_is_and_a_changed_history(club: Programme) -> None:
    what = reward(stock=1)
    redemption = redeem(what, rich(club))
    with pytest.raises(IntegrityError), transaction.atomic():
        Reward.objects.filter(pk=what.pk).update(taken=2)
    with pytest.raises(Exception, match="append"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_redemption_change SET to_state = 'cancelled'")
    assert history(redemption) == [(None, "requested")]


def test_she_sees_what_she_may_have_and_what_is_missing(club: Programme) -> None:
    her = rich(club, 200)
    cheap, dear = reward(points=100), reward(points=500)
    gone, other_tier = reward(points=150, stock=1), reward(points=160, tiers=("gold",))
    redeem(gone, rich(club))
    reward(points=1, ends_at=NOW)
    choice = selectors.choice_of(her, now=NOW)
    assert choice.standing is not None
    assert choice.standing.balance == 200
    assert [(one.reward.pk, one.refusal.code if one.refusal else None, one.missing) for one in choice.rewards] == [
        (cheap.pk, None, 0),
        (gone.pk, "reward.sold_out", 0),
        (other_tier.pk, "reward.wrong_tier", 0),
        (dear.pk, None, 300),
    ]


# What follows her


def test_a_redemption_follows_her_file_and_is_settled_there(club: Programme) -> None:
    survivor, absorbed = rich(club, 0), rich(club, 150)
    redemption = redeem(reward(), absorbed)
    merge = merge_customers(survivor, absorbed, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    found = selectors.find_redemption(redemption.pk)
    assert (found.customer_id, balance(club, survivor)) == (survivor, (30, 120))
    services.fulfil(redemption.pk, now=NOW, actor=SYSTEM)
    assert balance(club, survivor) == (30, 0)
    undo_merge(merge.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    services.cancel(redemption.pk, note="n", now=NOW, actor=SYSTEM)
    assert (balance(club, survivor), balance(club, absorbed)) == ((0, 0), (150, 0))
    assert ledger.verify() == []


def test_her_timeline_tells_what_became_of_it(club: Programme) -> None:
    her = rich(club)
    redemption = redeem(reward(), her)
    services.fulfil(redemption.pk, now=NOW + timedelta(minutes=1), actor=SYSTEM)
    entries = timeline.page(her, kinds=["reward"], cursor=None, limit=9).items
    assert [entry.title_code for entry in entries] == ["timeline.reward.fulfilled", "timeline.reward.requested"]
    assert entries[0].params == {"reward_zh": "帆布袋", "reward_en": "Canvas bag", "points": 120}
    assert RewardCode.objects.count() == 0
