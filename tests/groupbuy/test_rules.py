"""The worked examples of docs/algorithms/group-life.md, and what must hold of any numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.groupbuy.deals import rules as deals
from huike.groupbuy.deals.terms import DealDocument, Hours, Validity, read
from huike.groupbuy.groups import rules as groups
from huike.groupbuy.groups.rules import GroupFacts, Member
from huike.groupbuy.vouchers import rules as vouchers
from huike.groupbuy.vouchers.rules import VoucherFacts

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def document(**told: Any) -> dict[str, Any]:
    return {
        "title_zh": "双人下午茶",
        "list_price_minor": 12_800,
        "ladder": [{"size": 2, "price_minor": 9_900}, {"size": 5, "price_minor": 7_900}],
        "starts_at": "2026-05-01T00:00:00+08:00",
        "ends_at": "2026-06-01T00:00:00+08:00",
        "validity": {"valid_days": 30},
        **told,
    }


def terms(**told: Any) -> DealDocument:
    return DealDocument.model_validate(document(**told))


# Terms


def test_terms_are_read_with_what_they_leave_open() -> None:
    read_terms = terms()
    assert (read_terms.group_hours, read_terms.pay_minutes, read_terms.uses, read_terms.most_per_order) == (
        24,
        15,
        1,
        1,
    )
    assert [step.least for step in read_terms.ladder] == [2, 5]
    step = read_terms.step_of(5)
    assert step is not None
    assert step.price_minor == 7_900
    assert read_terms.step_of(3) is None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"ladder": [{"size": 5, "price_minor": 1}, {"size": 2, "price_minor": 1}]}, "deal.ladder_order"),
        ({"ladder": [{"size": 2, "price_minor": 1}, {"size": 2, "price_minor": 1}]}, "deal.ladder_order"),
        ({"ladder": [{"size": 2, "price_minor": 1}, {"size": 5, "price_minor": 2}]}, "deal.ladder_rises"),
        ({"ladder": [{"size": 2, "price_minor": 12_801}]}, "deal.dearer_in_a_group"),
        ({"ladder": [{"size": 2, "price_minor": 1, "forms_at": 3}]}, "deal.forms_above_size"),
        ({"ladder": []}, "too_short"),
        ({"ends_at": "2026-05-01T00:00:00+08:00"}, "deal.window"),
        ({"most_per_order": 3, "most_per_person": 2}, "deal.limits"),
        ({"validity": {}}, "deal.one_last_day"),
        ({"validity": {"valid_days": 3, "valid_until": "2026-07-01"}}, "deal.one_last_day"),
        ({"validity": {"valid_days": 3, "valid_after_days": 4}}, "deal.never_valid"),
        ({"price": 3}, "extra_forbidden"),
    ],
)
def test_terms_that_contradict_themselves_are_refused_with_the_place(told: dict[str, Any], code: str) -> None:
    understood, faults = read(document(**told))
    assert understood is None
    assert [fault.code for fault in faults] == [code]


# Whether a deal sells


@pytest.mark.parametrize(
    ("state", "sells", "now", "code"),
    [
        ("on_sale", True, "2026-05-10T12:00", None),
        ("on_sale", True, "2026-05-01T00:00", None),
        ("draft", True, "2026-05-10T12:00", "deal.not_on_sale"),
        ("paused", True, "2026-05-10T12:00", "deal.not_on_sale"),
        ("over", True, "2026-05-10T12:00", "deal.over"),
        ("on_sale", True, "2026-06-01T00:00", "deal.over"),
        ("on_sale", True, "2026-04-30T23:59", "deal.not_started"),
        ("on_sale", False, "2026-05-10T12:00", "deal.merchant_suspended"),
    ],
)
def test_a_deal_sells_while_it_is_on_sale_in_its_window(state: str, sells: bool, now: str, code: str | None) -> None:
    refusal = deals.why_not_sold(
        state=state,
        merchant_sells=sells,
        starts_at=at("2026-05-01T00:00"),
        ends_at=at("2026-06-01T00:00"),
        now=at(now),
    )
    assert (refusal and refusal.code) == code


def test_what_is_over_stays_over() -> None:
    assert deals.states_before("on_sale") == ["draft", "paused"]
    assert deals.states_before("over") == ["draft", "on_sale", "paused"]


def test_limits_count_what_she_has_of_the_deal() -> None:
    limited = terms(most_per_order=2, most_per_person=3)
    assert deals.why_not_so_many(limited, quantity=2, has=1) is None
    assert deals.why_not_so_many(limited, quantity=3, has=0) == deals.Refusal("deal.most_per_order", {"most": 2})
    assert deals.why_not_so_many(limited, quantity=2, has=2) == deals.Refusal(
        "deal.most_per_person", {"most": 3, "has": 2}
    )
    assert deals.why_not_so_many(terms(), quantity=1, has=99) is None


# Groups


def test_a_group_never_outlives_its_deal() -> None:
    assert groups.deadline_of(terms(), opened_at=at("2026-05-31T06:00")) == at("2026-06-01T00:00")
    assert groups.deadline_of(terms(), opened_at=at("2026-05-10T06:00")) == at("2026-05-11T06:00")


def group(**told: Any) -> GroupFacts:
    given: dict[str, Any] = {
        "state": "forming",
        "size": 3,
        "forms_at": 3,
        "seats": 1,
        "deadline_at": at("2026-05-10T20:00"),
    }
    return GroupFacts(**{**given, **told})


@pytest.mark.parametrize(
    ("told", "is_in", "now", "code"),
    [
        ({}, False, "2026-05-10T19:59", None),
        ({}, False, "2026-05-10T20:00", "group.over"),
        ({"state": "failed"}, False, "2026-05-10T19:00", "group.over"),
        ({"state": "formed", "seats": 3}, False, "2026-05-10T19:00", "group.over"),
        ({}, True, "2026-05-10T19:00", "group.joined_already"),
        ({"seats": 0}, False, "2026-05-10T19:00", "group.not_open_yet"),
        ({"seats": 3}, False, "2026-05-10T19:00", "group.full"),
    ],
)
def test_a_group_is_joined_while_it_forms_and_has_a_seat(
    told: dict[str, Any], is_in: bool, now: str, code: str | None
) -> None:
    refusal = groups.why_not_join(group(**told), is_in=is_in, now=at(now))
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("participation", "state", "seats", "captured", "reason"),
    [
        ("reserved", "forming", 2, "2026-05-10T19:59:59.999", None),
        ("reserved", "forming", 2, "2026-05-10T20:00:00", "late"),
        ("reserved", "forming", 3, "2026-05-10T19:00", "full"),
        ("reserved", "formed", 3, "2026-05-10T19:00", "full"),
        ("reserved", "failed", 0, "2026-05-10T19:00", "over"),
        ("seated", "forming", 2, "2026-05-10T19:00", "twice"),
        ("confirmed", "formed", 3, "2026-05-10T19:00", "twice"),
        ("lapsed", "forming", 1, "2026-05-10T19:00", "late"),
        ("refunding", "forming", 1, "2026-05-10T19:00", "late"),
        ("refunded", "failed", 0, "2026-05-10T19:00", "late"),
    ],
)
def test_money_that_finds_no_seat_is_given_back_and_says_why(
    participation: str, state: str, seats: int, captured: str, reason: str | None
) -> None:
    assert (
        groups.why_given_back(
            participation_state=participation,
            group_state=state,
            seats=seats,
            size=3,
            deadline_at=at("2026-05-10T20:00"),
            captured_at=at(captured),
        )
        == reason
    )


def test_a_group_is_decided_when_nothing_more_is_to_be_learned_or_after_an_hour() -> None:
    deadline = at("2026-05-10T20:00")
    assert not groups.is_to_be_decided(group(), paying=0, now=deadline - timedelta(seconds=1))
    assert groups.is_to_be_decided(group(), paying=0, now=deadline)
    assert not groups.is_to_be_decided(group(), paying=1, now=deadline + timedelta(minutes=59))
    assert groups.is_to_be_decided(group(), paying=1, now=deadline + timedelta(minutes=60))
    assert not groups.is_to_be_decided(group(state="failed", seats=0), paying=0, now=deadline)


def test_a_lower_size_forms_at_the_deadline_only_where_the_terms_say_so() -> None:
    assert groups.decide(group(seats=2)) == "failed"
    assert groups.decide(group(seats=2, forms_at=2)) == "formed"
    assert groups.decide(group(seats=0, forms_at=1)) == "failed"


def test_the_earliest_seat_leads_when_the_leader_leaves() -> None:
    early, late = at("2026-05-10T10:00"), at("2026-05-10T11:00")
    assert groups.heir_of([Member(9, early), Member(3, late)]) == 9
    assert groups.heir_of([Member(9, early), Member(3, early)]) == 3
    assert groups.heir_of([]) is None


# Vouchers


def test_uses_of_ten_for_three_are_worth_what_the_page_says() -> None:
    assert vouchers.part_of(1_000, uses_left=3, uses=1) == 334
    assert vouchers.part_of(666, uses_left=2, uses=1) == 333
    assert vouchers.part_of(1_000, uses_left=3, uses=2) == 667
    assert vouchers.part_of(1_000, uses_left=3, uses=3) == 1_000


@given(price=st.integers(1, 10**6), uses=st.integers(1, 12), commission_bp=st.integers(0, 10_000), data=st.data())
def test_parts_sum_to_the_price_in_whatever_order_uses_are_taken_and_undone(
    price: int, uses: int, commission_bp: int, data: st.DataObject
) -> None:
    left, used, taken = price, 0, list[tuple[int, int]]()
    for _ in range(data.draw(st.integers(1, 20))):
        if taken and data.draw(st.booleans()):
            count, part = taken.pop(data.draw(st.integers(0, len(taken) - 1)))
            left, used = left + part, used - count
        elif used < uses:
            count = data.draw(st.integers(1, uses - used))
            part = vouchers.part_of(left, uses_left=uses - used, uses=count)
            assert 0 <= vouchers.commission_of(part, commission_bp=commission_bp) <= part
            left, used = left - part, used + count
            taken.append((count, part))
        assert left + sum(part for _, part in taken) == price
        assert (left == 0) or used < uses
        assert left >= 0
    assert left == price if used == 0 else True


def test_vouchers_hold_for_whole_days_of_the_operators_zone() -> None:
    formed = at("2026-05-10T20:00")
    soon = Validity(valid_days=30)
    assert vouchers.valid_from(soon, formed_at=formed, zone=SHANGHAI) == formed
    assert vouchers.valid_until(soon, formed_at=formed, zone=SHANGHAI) == at("2026-06-10T00:00")
    later = Validity(valid_after_days=1, valid_until=date(2026, 5, 31))
    assert vouchers.valid_from(later, formed_at=formed, zone=SHANGHAI) == at("2026-05-11T00:00")
    assert vouchers.valid_until(later, formed_at=formed, zone=SHANGHAI) == at("2026-06-01T00:00")


EVENING = Hours(weekdays=[5], opens_at=time(18), closes_at=time(2))  # Fridays, into Saturday
LUNCH = Hours(weekdays=[1, 2, 3, 4, 5], opens_at=time(11), closes_at=time(14))


def voucher(**told: Any) -> VoucherFacts:
    given_: dict[str, Any] = {
        "state": "issued",
        "uses": 3,
        "used": 0,
        "valid_from": at("2026-05-10T20:00"),
        "valid_until": at("2026-06-10T00:00"),
        "validity": Validity(
            valid_days=30, store_ids=[7], hours=[EVENING, LUNCH], blackout_days=[date(2026, 5, 22), date(2026, 6, 1)]
        ),
    }
    return VoucherFacts(**{**given_, **told})


@pytest.mark.parametrize(
    ("told", "uses", "store", "when", "code"),
    [
        ({}, 1, 7, "2026-05-11T11:00", None),
        ({}, 3, 7, "2026-05-11T13:59", None),
        ({}, 4, 7, "2026-05-11T11:00", "voucher.too_few_uses"),
        ({"state": "refunded"}, 1, 7, "2026-05-11T11:00", "voucher.refunded"),
        ({"state": "expired"}, 1, 7, "2026-05-11T11:00", "voucher.expired"),
        ({"state": "used", "used": 3}, 1, 7, "2026-05-11T11:00", "voucher.used"),
        ({}, 1, 7, "2026-05-10T19:59", "voucher.not_yet"),
        ({}, 1, 7, "2026-06-10T00:00", "voucher.expired"),
        ({}, 1, 8, "2026-05-11T11:00", "voucher.wrong_store"),
        ({}, 1, 7, "2026-05-11T14:00", "voucher.closed"),
        ({}, 1, 7, "2026-05-17T12:00", "voucher.closed"),  # a Sunday
        ({}, 1, 7, "2026-05-15T23:00", None),  # a Friday evening
        ({}, 1, 7, "2026-05-16T01:59", None),  # and after midnight
        ({}, 1, 7, "2026-05-16T02:00", "voucher.closed"),
        ({}, 1, 7, "2026-05-22T12:00", "voucher.blackout"),
        ({}, 1, 7, "2026-05-23T01:00", "voucher.blackout"),  # still the evening of the 22nd
        ({}, 1, 7, "2026-06-01T12:00", "voucher.blackout"),
    ],
)
def test_the_first_reason_for_which_a_voucher_does_not_hold(
    told: dict[str, Any], uses: int, store: int, when: str, code: str | None
) -> None:
    refusal = vouchers.why_not_redeemed(voucher(**told), uses=uses, store_id=store, at=at(when), zone=SHANGHAI)
    assert (refusal and refusal.code) == code


def test_without_stores_and_hours_a_voucher_holds_everywhere_at_any_hour() -> None:
    anywhere = voucher(validity=Validity(valid_days=30))
    when = at("2026-05-17T03:00")
    assert vouchers.why_not_redeemed(anywhere, uses=1, store_id=99, at=when, zone=SHANGHAI) is None


def test_what_happened_offline_is_heard_for_a_day() -> None:
    now = datetime(2026, 5, 11, 12, tzinfo=UTC)
    codes = {
        hours: (refusal := vouchers.why_not_told(at=now - timedelta(hours=hours), now=now)) and refusal.code
        for hours in (0, 24, 24.01, -0.05, -0.1)
    }
    assert codes == {
        0: None,
        24: None,
        24.01: "voucher.told_too_late",
        -0.05: None,
        -0.1: "voucher.told_ahead",
    }


def test_a_vouchers_state_is_what_was_used() -> None:
    assert [vouchers.state_of(uses=3, used=used) for used in range(4)] == [
        "issued",
        "partly_used",
        "partly_used",
        "used",
    ]
