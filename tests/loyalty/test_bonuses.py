"""Bonus points: once for each event of each subject, within the limits, whoever tells of them at the same time."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from huike.customers.models import Customer, Household, HouseholdMember, Identity
from huike.ledger.books import open_books
from huike.ledger.selectors import verify
from huike.loyalty.earning import bonuses
from huike.loyalty.earning.bonuses import (
    Awarded,
    award,
    award_complete_profiles,
    award_referral,
    follow_return,
    refusal_of,
)
from huike.loyalty.models import Bonus, Programme
from huike.loyalty.points.reading import asset_of
from huike.loyalty.programme import services as programmes
from huike.loyalty.terms.earning import Limits
from huike.orders import services as orders
from huike.orders.models import Order
from huike.orders.rules import Kind
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.staff.rules import Role
from tests.loyalty.programmes import running
from tests.people import signed_in
from tests.tills import all_at_once, line, order, phone, store, till

SHANGHAI = ZoneInfo("Asia/Shanghai")
Event = Bonus.Event
CHECK_INS = {"check_in": {"points": 5, "limits": {"per_period": 1, "period": "day"}}}
REFERRAL = {"referral": {"referrer_points": 200, "friend_points": 50, "least_order_minor": 1_000, "most_per_month": 1}}


def offering(**offered: Any) -> Programme:
    return running(earning={"bonuses": offered})


def member(name: str = "小林", **told: Any) -> Customer:
    return Customer.objects.create(name=name, member_since_at=clock.now(), **told)


def balance(programme: Programme, customer: Customer) -> int:
    with transaction.atomic(), open_books(asset_of(programme.pk), [customer.pk]) as books:
        return books.standing(customer.pk, now=clock.now()).balance


def _at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("limits", "past", "refusal"),
    [
        (Limits(), [_at(3)] * 50, ""),
        (Limits(per_period=2, period="day"), [_at(3, 0), _at(4, 0)], ""),
        (Limits(per_period=2, period="day"), [_at(3, 0), _at(3, 23)], "per_period"),
        (Limits(per_period=1, period="week"), [_at(1)], ""),  # Sunday
        (Limits(per_period=1, period="week"), [_at(8)], "per_period"),
        (Limits(per_period=1, period="month"), [_at(31)], "per_period"),
        (Limits(per_period=1, period="year"), [_at(3) - timedelta(days=60)], "per_period"),
        (Limits(cooldown_hours=2), [_at(3, 10)], ""),
        (Limits(cooldown_hours=2), [_at(3, 11)], "cooldown"),
        (Limits(cooldown_hours=2), [_at(3, 13)], "cooldown"),  # told late
        (Limits(lifetime=2), [_at(1) - timedelta(days=900)], ""),
        (Limits(lifetime=1), [_at(1) - timedelta(days=900)], "lifetime"),
    ],
)
def test_limits(limits: Limits, past: list[datetime], refusal: str) -> None:
    assert refusal_of(limits, at=_at(3), past=past, zone=SHANGHAI) == refusal


@pytest.mark.django_db
def test_the_same_event_of_the_same_subject_is_one_bonus() -> None:
    programme, her = offering(**CHECK_INS), member()
    now = clock.now()

    answers = [award(her.pk, Event.CHECK_IN, subject, now) for subject in ("1", "1", "2", "2", "1")]

    assert answers == [Awarded(5), Awarded(5), Awarded(0, "per_period"), Awarded(0, "per_period"), Awarded(5)]
    assert balance(programme, her) == 5
    assert Bonus.objects.count() == 2


@pytest.mark.django_db
def test_whoever_becomes_a_member_is_welcomed_once() -> None:
    programme, her = offering(sign_up={"points": 100}), member()

    bonuses.welcome([her.pk])
    bonuses.welcome([her.pk])

    assert balance(programme, her) == 100
    assert award(her.pk, Event.SIGN_UP, str(her.pk), clock.now()) == Awarded(100)


@pytest.mark.django_db
def test_what_is_not_promised_leaves_no_trace() -> None:
    before = clock.now()
    programme, her = offering(**CHECK_INS), member()
    nobody = Customer.objects.create(name="过客")
    assert award(her.pk, Event.REVIEW, "1", clock.now()) == Awarded(0, "not_offered")
    assert award(her.pk, Event.CHECK_IN, "1", before) == Awarded(0, "no_terms")
    assert award(nobody.pk, Event.CHECK_IN, "1", clock.now()) == Awarded(0, "not_a_member")
    programmes.pause(programme.pk, actor=SYSTEM)
    assert award(her.pk, Event.CHECK_IN, "1", clock.now()) == Awarded(0, "paused")

    assert not Bonus.objects.exists()
    assert balance(programme, her) == 0


def _check_ins_at_once(her: Customer) -> list[str]:
    now = clock.now()
    answers = all_at_once([lambda n=n: award(her.pk, Event.CHECK_IN, str(n), now) for n in range(6)])
    assert all(isinstance(answer, Awarded) for answer in answers), answers
    return sorted(answer.refusal for answer in answers if isinstance(answer, Awarded))


@pytest.mark.django_db(transaction=True)
def test_one_check_in_a_day_counts_however_many_arrive_at_once() -> None:
    programme, her = offering(**CHECK_INS), member()
    balance(programme, her)  # the account is there

    assert _check_ins_at_once(her) == ["", *["per_period"] * 5]
    assert balance(programme, her) == 5


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_more_would_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race the lock closes: all look before any has written."""
    offering(**CHECK_INS)
    her = member()
    looked, decided = Barrier(6), bonuses.refusal_of

    @contextmanager
    def without_a_lock(*_: Any, **__: Any) -> Any:
        yield type("Books", (), {"earn": lambda *_, **__: None})()

    def all_look_first(*args: Any, **told: Any) -> str:
        answer = decided(*args, **{**told, "past": list(told["past"])})
        looked.wait(30)
        return answer

    monkeypatch.setattr(bonuses, "open_books", without_a_lock)
    monkeypatch.setattr(bonuses, "refusal_of", all_look_first)

    assert _check_ins_at_once(her) == [""] * 6


def _sale(friend: Customer, external_id: str, micros: int, **told: Any) -> int:
    till()
    told = {"buyer": phone(str(friend.phone)), "lines": (line(price_micros=micros),), "placed_at": clock.now(), **told}
    return orders.place(order(external_id, **told), now=clock.now()).order_id


def _friends() -> tuple[Customer, Customer]:
    referrer = member("介绍人")
    friend = member("朋友", referrer=referrer, phone="+8613800000002")
    Identity.objects.create(customer=friend, kind="phone", value="+8613800000002", verified=True)
    return referrer, friend


@pytest.mark.django_db
def test_a_referral_is_earned_by_the_first_sale_that_is_large_enough() -> None:
    programme = offering(**REFERRAL)
    referrer, friend = _friends()

    small, large, next_one = (
        _sale(friend, f"{micros}-{n}", micros) for n, micros in enumerate([9_990_000, 10**7, 10**7])
    )

    assert award_referral(small) == Awarded(0, "too_small")
    assert award_referral(large) == Awarded(200)
    assert award_referral(next_one) == Awarded(200)
    assert (balance(programme, referrer), balance(programme, friend)) == (200, 50)
    assert Bonus.objects.count() == 2


def _came_back(sale: int, external_id: str, micros: int) -> None:
    told = {"lines": (line(price_micros=micros),), "placed_at": clock.now(), "kind": Kind.RETURN}
    of = Order.objects.get(pk=sale).external_id
    orders.place(order(external_id, return_of=of, **told), now=clock.now())
    follow_return(sale)
    follow_return(sale)


@pytest.mark.django_db
def test_a_referral_goes_when_nothing_is_left_of_its_order_and_comes_when_something_is() -> None:
    programme = offering(**REFERRAL)
    referrer, friend = _friends()
    sale, other = _sale(friend, "A", 20_000_000), _sale(friend, "B", 20_000_000)
    award_referral(sale)

    _came_back(sale, "R-1", 15_000_000)
    assert (balance(programme, referrer), balance(programme, friend)) == (200, 50)
    _came_back(sale, "R-2", 5_000_000)
    assert (balance(programme, referrer), balance(programme, friend)) == (0, 0)
    assert award_referral(other) == Awarded(200)  # decided once: another order does not earn it again
    assert (balance(programme, referrer), balance(programme, friend)) == (0, 0)
    Order.objects.filter(external_id="R-2").update(state="cancelled")
    follow_return(sale)
    follow_return(sale)
    assert (balance(programme, referrer), balance(programme, friend)) == (200, 50)
    follow_return(other)
    assert (Bonus.objects.filter(is_taken_back=True).count(), verify()) == (0, [])


@pytest.mark.django_db
@pytest.mark.parametrize(("gone", "owed"), [("owed", -150), ("charged", -150), ("forgiven", 0)])
def test_what_the_referrer_spent_already_is_owed_or_forgiven(gone: str, owed: int) -> None:
    programme = running(earning={"bonuses": REFERRAL}, returns={"gone": gone})
    referrer, friend = _friends()
    sale = _sale(friend, "A", 20_000_000)
    award_referral(sale)
    with transaction.atomic(), open_books(asset_of(programme.pk), [referrer.pk]) as books:
        books.burn(referrer.pk, 150, key="spent", at=clock.now())

    _came_back(sale, "R-1", 20_000_000)

    assert (balance(programme, referrer), verify()) == (owed, [])


@pytest.mark.django_db
def test_where_the_terms_say_so_a_referral_is_kept_whatever_comes_back() -> None:
    programme = offering(referral={**REFERRAL["referral"], "needs_order_kept": False})
    referrer, friend = _friends()
    sale = _sale(friend, "A", 20_000_000)
    award_referral(sale)
    _came_back(sale, "R-1", 20_000_000)
    assert balance(programme, referrer) == 200


@pytest.mark.django_db
def test_whoever_buys_and_returns_for_a_friend_runs_into_the_limit_of_the_month() -> None:
    programme = offering(**REFERRAL)
    referrer, friend = _friends()
    other = member("另一位", referrer=referrer, phone="+8613800000003")
    Identity.objects.create(customer=other, kind="phone", value="+8613800000003", verified=True)
    sale = _sale(friend, "A", 10_000_000)
    award_referral(sale)
    _came_back(sale, "R-1", 10_000_000)
    assert award_referral(_sale(other, "B", 10_000_000)) == Awarded(0, "per_period")
    assert balance(programme, referrer) == 0


@pytest.mark.django_db
def test_a_file_that_becomes_complete_is_rewarded_once_by_itself() -> None:
    programme = offering(profile_completed={"points": 30, "fields": ["name", "birthday", "city"]})
    her, other = member("小林", city="上海"), member("小王", birth_on=date(1990, 1, 1))
    stranger = Customer.objects.create(name="路人", birth_on=date(1990, 1, 1), city="上海")
    assert award_complete_profiles(now=clock.now()) == 0
    Customer.objects.filter(pk=her.pk).update(birth_lunar_month=8, birth_lunar_day=15)
    assert (award_complete_profiles(now=clock.now()), award_complete_profiles(now=clock.now())) == (1, 0)
    Customer.objects.filter(pk=her.pk).update(city=None)
    Customer.objects.filter(pk=her.pk).update(city="北京")
    assert award_complete_profiles(now=clock.now()) == 0
    assert [balance(programme, each) for each in (her, other, stranger)] == [30, 0, 0]


@pytest.mark.django_db
def test_a_subject_somebody_used_by_hand_does_not_keep_the_search_busy() -> None:
    programme = offering(profile_completed={"points": 30, "fields": ["name"]})
    her, other = member("小林"), member("小王")
    award(other.pk, Event.PROFILE_COMPLETED, str(her.pk), clock.now())
    assert award_complete_profiles(now=clock.now()) == 0
    assert [balance(programme, each) for each in (her, other)] == [0, 30]


@pytest.mark.django_db
def test_above_the_most_of_a_month_the_friend_still_gets_hers() -> None:
    programme = offering(**REFERRAL)
    referrer, friend = _friends()
    other = member("另一位", referrer=referrer, phone="+8613800000003")
    Identity.objects.create(customer=other, kind="phone", value="+8613800000003", verified=True)

    assert award_referral(_sale(friend, "A", 10_000_000)) == Awarded(200)
    assert award_referral(_sale(other, "B", 10_000_000)) == Awarded(0, "per_period")
    assert (balance(programme, referrer), balance(programme, other)) == (200, 50)


@pytest.mark.django_db
@pytest.mark.parametrize("shared", ["same_phone", "same_card", "same_household"])
def test_two_who_share_what_the_terms_name_earn_nothing(shared: str) -> None:
    programme = offering(**REFERRAL)
    referrer, friend = _friends()
    if shared == "same_household":
        home = Household.objects.create(name="家")
        HouseholdMember.objects.create(household=home, customer=referrer, role="head")
        HouseholdMember.objects.create(household=home, customer=friend, role="child")
    else:
        kind, value = ("phone", "+8613800000002") if shared == "same_phone" else ("card", "6001")
        for of in (referrer, friend) if kind == "card" else (referrer,):
            Identity.objects.create(customer=of, kind=kind, value=value, verified=False)

    assert award_referral(_sale(friend, "A", 10_000_000)) == Awarded(0, shared)
    assert (balance(programme, referrer), balance(programme, friend)) == (0, 0)
    assert set(Bonus.objects.values_list("refusal", flat=True)) == {shared}


@pytest.mark.django_db
def test_a_review_is_rewarded_over_http_once_and_only_of_ones_own_store() -> None:
    programme = offering(review={"points": 20, "limits": {"lifetime": 1}})
    here, there = store("SH01"), store("BJ01", "王府井店")
    her = member(home_store_id=here.pk)
    told = {"customer_id": her.pk, "event": "review", "subject": "review-1"}
    service = signed_in(Role.SERVICE, store_ids=[here.pk])

    answers = [service.post("/loyalty/bonuses", {**told, "subject": f"review-{n}"}).json() for n in (1, 1, 2)]

    assert answers == [{"points": 20, "refusal": ""}] * 2 + [{"points": 0, "refusal": "lifetime"}]
    stranger = signed_in(Role.SERVICE, store_ids=[there.pk])
    assert stranger.post("/loyalty/bonuses", {**told, "subject": "review-3"}).status_code == 404
    assert signed_in(Role.CLERK).post("/loyalty/bonuses", told).status_code == 403
    assert balance(programme, her) == 20
