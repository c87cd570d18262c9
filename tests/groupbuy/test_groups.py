"""Joining, seats, forming, failing, leaving: docs/algorithms/group-life.md, sections 1 to 5."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huike.customers.merging.services import merge_customers
from huike.customers.models import Customer
from huike.groupbuy.deals import services as deals
from huike.groupbuy.errors import (
    BuyerUnknown,
    DealMerchantSuspended,
    DealMostPerOrder,
    DealMostPerPerson,
    DealNotOnSale,
    DealOver,
    DealSoldOut,
    GroupFull,
    GroupJoinedAlready,
    GroupNotFound,
    GroupNotOpenYet,
    GroupOver,
    NoSuchStep,
    ParticipationKeyReused,
    ParticipationStateRefused,
)
from huike.groupbuy.groups import deadlines, joining
from huike.groupbuy.models import Deal, Group, GroupChange, Merchant, Participation, ParticipationChange, Voucher
from huike.kernel.codes import is_well_formed
from huike.kernel.scope import EVERYTHING
from huike.ledger import selectors as ledger
from huike.orders.models import Line, Order
from huike.payments.models import Payment, Refund
from huike.platform.audit import SYSTEM
from tests.groupbuy.world import (
    DEADLINE,
    OPEN,
    books,
    buyer,
    buys,
    deal,
    decide,
    document,
    does_not_pay,
    events,
    formed,
    group,
    joins,
    leaves,
    part,
    payments_of,
    pays,
    refunds_end,
    stands,
    taken,
    tell,
    vouchers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

LATER = OPEN + timedelta(minutes=5)


# The straight way


def test_two_join_pay_and_have_their_vouchers_and_orders() -> None:
    what = deal()
    first = joins(what, 1, quantity=1)
    assert (first.state, first.is_new, taken(what), events()) == ("reserved", True, 1, [])
    assert (first.payment.amount.amount_minor, first.payment.expires_at) == (9_900, OPEN + timedelta(minutes=15))
    pays(first)
    assert (stands(first), group(first).seats, group(first).leader_id) == (["seated"], 1, first.participation_id)
    second = buys(what, 2, group=first.group_id, now=LATER)
    assert stands(first, second) == ["confirmed", "confirmed"]
    assert (group(first).state, group(first).ended_at, taken(what)) == ("formed", LATER, 2)
    issued = vouchers(first, second)
    assert [(one.number, one.state, one.price_minor, one.left_minor, one.uses) for one in issued] == [
        (1, "issued", 9_900, 9_900, 1)
    ] * 2
    assert all(is_well_formed(one.code) and len(one.code) == 13 for one in issued)
    assert events() == ["group_opened", "group_joined", "group_joined", "group_formed"]
    assert books() == {"paid": -19_800, "unused": 19_800}
    assert ledger.verify() == []
    kinds = GroupChange.objects.filter(group_id=first.group_id).order_by("pk").values_list("kind", "seats")
    assert list(kinds) == [("opened", 0), ("led", 1), ("formed", 2)]


def test_what_a_formed_group_bought_is_an_order_of_each_however_often_it_is_told() -> None:
    what = deal(most_per_order=2)
    formed(what, 1, 2, quantity=2)
    tell()
    tell()
    orders = list(Order.objects.order_by("pk"))
    assert [(one.channel, one.net_minor, one.source.key, one.placed_at) for one in orders] == [
        ("group_buy", 19_800, "groupbuy", OPEN)
    ] * 2
    assert {one.customer_id for one in orders} == set(Participation.objects.values_list("customer_id", flat=True))
    assert [(line.product.sku, line.quantity) for line in Line.objects.all()] == [("TEA-2", 2)] * 2
    hers = Customer.objects.get(pk=orders[0].customer_id)
    assert (hers.phone, hers.source.key, hers.orders_count, hers.spent_minor) == (
        "+8613800000001",
        "groupbuy",
        1,
        19_800,
    )


def test_a_bigger_step_costs_less_and_nothing_comes_back_later() -> None:
    what = deal()
    first = buys(what, 1, size=3)
    assert (first.payment.amount.amount_minor, group(first).size, group(first).forms_at) == (7_900, 3, 2)
    with pytest.raises(NoSuchStep):
        joins(what, 2, size=4)
    assert Participation.objects.count() == 1


def test_the_same_key_is_the_same_part_and_another_question_under_it_is_refused() -> None:
    what = deal()
    first = joins(what, 1, key="k")
    again = joins(what, 1, key="k")
    assert (again.participation_id, again.token, again.is_new) == (first.participation_id, first.token, False)
    with pytest.raises(ParticipationKeyReused):
        joins(what, 1, size=3, key="k")
    assert (Participation.objects.count(), Payment.objects.count(), taken(what)) == (1, 1, 1)


# Who may not, and leaves no trace


def traces() -> tuple[int, ...]:
    kept = (Group, GroupChange, Participation, ParticipationChange, Payment, Customer)
    return tuple(model.objects.count() for model in kept)


@pytest.mark.parametrize("state", ["paused", "over"])
def test_nobody_opens_or_joins_what_is_not_on_sale_and_running_groups_go_on(state: str) -> None:
    what = deal()
    first = buys(what, 1)
    second = joins(what, 2, group=first.group_id)
    move = deals.pause_deal if state == "paused" else deals.end_deal
    move(what.pk, actor=SYSTEM, now=OPEN)
    before = traces()
    for told in ({"group": first.group_id}, {"size": 2}):
        with pytest.raises((DealNotOnSale, DealOver)) as refused:
            joins(what, 3, **told)
        assert refused.value.code in {"deal.not_on_sale", "deal.over"}
    assert traces() == before
    pays(second)
    assert stands(first, second) == ["confirmed", "confirmed"]


def test_a_suspended_merchant_sells_nothing() -> None:
    what = deal()
    Merchant.objects.update(state="suspended")
    before = traces()
    with pytest.raises(DealMerchantSuspended):
        joins(what, 1)
    assert traces() == before


def test_stock_limits_and_groups_refuse_and_leave_nothing_behind() -> None:
    what, few = deal(most_per_order=2, most_per_person=3), deal(stock=1, most_per_order=2)
    first, last = joins(what, 1, quantity=2), joins(what, 2, quantity=1)
    before = traces()
    for error, number, told in [
        (DealMostPerOrder, 3, {"quantity": 3}),
        (DealMostPerPerson, 1, {"quantity": 2, "size": 3}),
        (GroupNotOpenYet, 2, {"group": first.group_id}),
        (GroupJoinedAlready, 1, {"group": first.group_id}),
        (GroupNotFound, 2, {"group": 999}),
        (DealSoldOut, 3, {"quantity": 2}),
    ]:
        with pytest.raises(error):
            joins(few if error is DealSoldOut else what, number, **told)
        assert (traces(), taken(what)) == (before, 3), error
    assert stands(first, last) == ["reserved", "reserved"]


def test_a_buyer_without_an_identity_is_nobody() -> None:
    what = deal()
    with pytest.raises(BuyerUnknown):
        joining.join(what.pk, size=2, buyer=joining.Buyer(known_by=[]), key="k", actor=SYSTEM, now=OPEN)


def test_a_person_is_counted_over_files_that_were_merged() -> None:
    what = deal(most_per_order=2, most_per_person=3)
    one, other = joins(what, 1, quantity=2), joins(what, 2, quantity=1)
    merge_customers(one.customer_id, other.customer_id, actor=SYSTEM, scope=EVERYTHING, now=OPEN)
    with pytest.raises(DealMostPerPerson) as refused:
        joins(what, 1, size=3)
    assert refused.value.params == {"most": 3, "has": 3}


def test_a_group_is_over_at_its_deadline_and_full_when_it_is() -> None:
    what = deal()
    first = buys(what, 1)
    with pytest.raises(GroupOver):
        joins(what, 2, group=first.group_id, now=DEADLINE)
    buys(what, 2, group=first.group_id)
    with pytest.raises(GroupOver):
        joins(what, 3, group=first.group_id)


# Payments that come late, twice, or find nothing


def test_of_two_who_pay_for_the_last_seat_one_is_in_and_one_has_her_money_back() -> None:
    what = deal()
    first = buys(what, 1)
    second, third = joins(what, 2, group=first.group_id), joins(what, 3, group=first.group_id)
    pays(third)
    # The payment nobody had begun is closed when the group forms: it takes no money at all.
    assert (stands(second), payments_of(second)[0].state) == (["lapsed (unpaid)"], "closed")
    pays(second)
    assert stands(first, second, third) == ["confirmed", "refunding (late)", "confirmed"]
    assert (taken(what), refunds_end(), stands(second)) == (2, 1, ["refunded (late)"])
    assert books() == {"paid": -19_800, "unused": 19_800}


def test_who_pays_and_finds_the_group_full_gets_everything_back() -> None:
    what = deal()
    first = buys(what, 1)
    second, third = joins(what, 2, group=first.group_id), joins(what, 3, group=first.group_id)
    Payment.objects.filter(pk=second.payment.id).update(state="pending")  # she is on the provider's page
    pays(third)
    assert stands(second) == ["reserved"]
    pays(second)
    assert (stands(second), taken(what), refunds_end()) == (["refunding (full)"], 2, 1)
    assert (stands(second), Voucher.objects.count()) == (["refunded (full)"], 2)
    pays(second)  # told again, nothing changes
    assert Refund.objects.count() == 1
    assert books() == {"paid": -19_800, "unused": 19_800}


def test_a_second_payment_of_one_part_goes_back_and_the_seat_stays() -> None:
    what = deal()
    first = joins(what, 1)
    Payment.objects.filter(pk=first.payment.id).update(state="pending")
    again = joining.pay_again(first.participation_id, key="2", actor=SYSTEM, now=LATER)
    assert joining.pay_again(first.participation_id, key="2", actor=SYSTEM, now=LATER).id == again.id
    assert len(payments_of(first)) == 2
    pays(first, payment_id=again.id)
    pays(first)  # the first was paid, too
    assert (stands(first), group(first).seats, refunds_end()) == (["seated"], 1, 1)
    assert (stands(first), books()) == (["seated"], {"paid": -9_900, "unused": 9_900})
    assert part(first).seat_payment_id == again.id


def test_a_first_payment_that_comes_after_all_takes_the_seat_and_the_second_is_closed() -> None:
    what = deal()
    first = joins(what, 1)
    Payment.objects.filter(pk=first.payment.id).update(state="pending")
    again = joining.pay_again(first.participation_id, key="2", actor=SYSTEM, now=LATER)
    pays(first)
    assert (stands(first), Payment.objects.get(pk=again.id).state) == (["seated"], "closed")
    assert (part(first).is_paying, part(first).seat_payment_id) == (False, first.payment.id)


def test_a_failed_payment_keeps_the_pieces_until_the_window_is_over() -> None:
    what = deal()
    first = joins(what, 1)
    does_not_pay(first, state="failed", at=LATER)
    assert (stands(first), part(first).is_paying, taken(what)) == (["reserved"], False, 1)
    again = joining.pay_again(first.participation_id, key="2", actor=SYSTEM, now=LATER)
    pays(first, payment_id=again.id, at=LATER)
    assert stands(first) == ["seated"]


def test_nobody_pays_another_way_once_her_group_has_ended() -> None:
    what = deal()
    first = buys(what, 1)
    second, third = joins(what, 2, group=first.group_id), joins(what, 3, group=first.group_id)
    does_not_pay(second, state="failed", at=OPEN)
    assert (stands(second), taken(what)) == (["reserved"], 3)
    pays(third)
    # Her pieces are others' from then on; nobody waits for her window.
    assert (group(first).state, stands(second), taken(what)) == ("formed", ["lapsed (unpaid)"], 2)
    with pytest.raises(ParticipationStateRefused) as refused:
        joining.pay_again(second.participation_id, key="2", actor=SYSTEM, now=OPEN)
    assert refused.value.params == {"state": "lapsed", "group": "formed"}
    assert len(payments_of(second)) == 1


def test_pieces_between_two_tries_to_pay_are_free_when_the_group_fails() -> None:
    what = deal()
    first = buys(what, 1, size=3)
    second = joins(what, 2, group=first.group_id)
    does_not_pay(second, state="failed", at=OPEN)
    assert (stands(second), taken(what)) == (["reserved"], 2)
    leaves(first)
    assert (group(first).state, group(first).reason) == ("failed", "left")
    assert (stands(first, second), taken(what)) == (["refunding (left)", "lapsed (unpaid)"], 0)
    pays(second)
    assert (stands(second), refunds_end(), books(), taken(what)) == (["refunding (late)"], 2, {}, 0)


def test_pieces_nobody_paid_for_are_free_when_window_and_payment_are_over() -> None:
    what = deal()
    first, second = joins(what, 1), joins(what, 2)
    until = first.pay_until
    does_not_pay(first, state="failed", at=LATER)
    assert (deadlines.lapse_due(now=until - timedelta(seconds=1)), taken(what)) == (0, 2)
    # The second's payment has not ended: her pieces wait for what is true.
    assert (deadlines.lapse_due(now=until), stands(first, second), taken(what)) == (
        1,
        ["lapsed (unpaid)", "reserved"],
        1,
    )
    does_not_pay(second, at=until)
    assert (stands(second), taken(what), events()) == (["lapsed (unpaid)"], 0, ["group_failed"] * 2)
    with pytest.raises(ParticipationStateRefused):
        joining.pay_again(first.participation_id, key="2", actor=SYSTEM, now=until)
    pays(second, at=until + timedelta(minutes=1))
    assert (stands(second), refunds_end(), books(), taken(what)) == (["refunding (late)"], 1, {}, 0)


# The deadline


def test_a_short_group_fails_at_its_deadline_and_everybody_has_her_money_back_once() -> None:
    what = deal()
    first = buys(what, 1, size=3)
    waiting = joins(what, 3, group=first.group_id, now=DEADLINE - timedelta(minutes=5))
    what2 = deal(ladder=[{"size": 3, "price_minor": 7_900}])
    second = buys(what2, 1, size=3)
    third = buys(what2, 2, group=second.group_id)
    assert decide(DEADLINE - timedelta(seconds=1)) == 0
    assert decide(DEADLINE) == 2
    assert decide(DEADLINE) == 0
    assert stands(first, second, third) == ["refunding (failed)"] * 3
    assert (stands(waiting), taken(what), taken(what2)) == (["lapsed (unpaid)"], 0, 0)
    assert (group(second).state, group(second).reason, group(second).seats) == ("failed", "short", 0)
    assert (refunds_end(), refunds_end(), stands(second, third)) == (3, 0, ["refunded (failed)"] * 2)
    assert (books(), ledger.verify(), Voucher.objects.count()) == ({}, [], 0)


def test_a_group_forms_below_its_size_where_its_step_says_so() -> None:
    what = deal()
    first = buys(what, 1, size=3)
    second = buys(what, 2, group=first.group_id)
    assert decide(DEADLINE) == 1
    assert (stands(first, second), group(first).state, len(vouchers(first, second))) == (["confirmed"] * 2, "formed", 2)


def test_a_payment_before_the_deadline_counts_whenever_we_hear_of_it_and_one_at_it_is_too_late() -> None:
    what = deal()
    in_time, too_late = buys(what, 1), buys(what, 2)
    join_at = DEADLINE - timedelta(minutes=3)
    second = joins(what, 3, group=in_time.group_id, now=join_at)
    fourth = joins(what, 4, group=too_late.group_id, now=join_at)
    Payment.objects.filter(pk__in=[second.payment.id, fourth.payment.id]).update(state="pending")
    assert decide(DEADLINE) == 0  # it is asked for what is true
    assert all(Payment.objects.get(pk=one.payment.id).unwanted_at == DEADLINE for one in (second, fourth))
    pays(second, at=DEADLINE - timedelta(milliseconds=1), told_at=DEADLINE + timedelta(seconds=20))
    pays(fourth, at=DEADLINE, told_at=DEADLINE + timedelta(seconds=20))
    assert (stands(in_time, second), group(second).state) == (["confirmed"] * 2, "formed")
    assert stands(fourth) == ["refunding (late)"]
    assert decide(DEADLINE + timedelta(seconds=21)) == 1
    assert stands(too_late) == ["refunding (failed)"]


def test_after_an_hour_a_group_is_decided_whatever_is_unknown_and_what_comes_later_goes_back() -> None:
    what = deal()
    first = buys(what, 1)
    second = joins(what, 2, group=first.group_id, now=DEADLINE - timedelta(minutes=3))
    Payment.objects.filter(pk=second.payment.id).update(state="pending")
    assert decide(DEADLINE + timedelta(minutes=59)) == 0
    assert decide(DEADLINE + timedelta(minutes=60)) == 1
    assert (stands(first, second), taken(what)) == (["refunding (failed)", "reserved"], 1)
    pays(second, at=DEADLINE - timedelta(seconds=1), told_at=DEADLINE + timedelta(hours=2))
    assert (stands(second), refunds_end(), taken(what), books()) == (["refunding (over)"], 2, 0, {})


# Leaving


def test_the_earliest_seat_leads_after_the_leader_and_the_last_one_closes_the_group() -> None:
    what = deal()
    first = buys(what, 1, size=3)
    second = buys(what, 2, group=first.group_id, now=LATER)
    assert (leaves(first).state, leaves(first).reason) == ("refunding", "left")
    assert (group(first).leader_id, group(first).seats, taken(what)) == (second.participation_id, 1, 1)
    waiting = joins(what, 3, group=first.group_id)
    leaves(second)
    assert (group(first).state, group(first).reason, group(first).leader_id) == ("failed", "left", None)
    assert (stands(waiting), payments_of(waiting)[0].state) == (["lapsed (unpaid)"], "closed")
    assert (refunds_end(), stands(first, second), taken(what), books()) == (2, ["refunded (left)"] * 2, 0, {})
    assert "group_left" in events()


def test_who_has_not_paid_lapses_when_she_leaves_and_money_that_comes_after_all_goes_back() -> None:
    what = deal()
    first = buys(what, 1)
    second = joins(what, 2, group=first.group_id)
    Payment.objects.filter(pk=second.payment.id).update(state="pending")
    assert leaves(second).state == "lapsed"
    assert (taken(what), Payment.objects.get(pk=second.payment.id).unwanted_at) == (1, OPEN)
    pays(second)
    assert (stands(second), taken(what), refunds_end(), stands(first)) == (["refunding (late)"], 1, 1, ["seated"])


def test_nobody_leaves_a_formed_group_or_at_the_deadline() -> None:
    what = deal()
    alone = buys(what, 9)
    with pytest.raises(ParticipationStateRefused):
        leaves(alone, now=DEADLINE)
    first = buys(what, 1)
    buys(what, 2, group=first.group_id)
    with pytest.raises(ParticipationStateRefused):
        leaves(first)
    assert (stands(alone, first), Refund.objects.count()) == (["seated", "confirmed"], 0)


def test_she_may_join_again_after_she_left() -> None:
    what = deal(most_per_person=1)
    first = buys(what, 1, size=3)
    second = buys(what, 2, group=first.group_id)
    leaves(second)
    again = buys(what, 2, group=first.group_id, now=LATER)
    assert stands(second, again) == ["refunding (left)", "seated"]


# Refunds that are refused, edits while groups run


def test_a_refund_the_payment_side_refuses_stays_owed_and_may_be_tried_again() -> None:
    from huike.payments import services as payments

    what = deal()
    first = buys(what, 1)
    leaves(first)
    refunds_end("refused")
    assert (stands(first), books()) == (["refunding (left)"], {"paid": -9_900, "unused": 9_900})
    payments.try_again(SYSTEM, Refund.objects.get().pk, now=LATER)
    refunds_end()
    assert (stands(first), books(), ledger.verify()) == (["refunded (left)"], {}, [])
    assert events()[-2:] == ["participation_refunded"] * 2


def test_an_edit_holds_for_groups_opened_later() -> None:
    what = deal()
    first = buys(what, 1)
    deals.edit_deal(
        what.pk,
        expected_version=1,
        document=document(ladder=[{"size": 2, "price_minor": 10_900}], group_hours=1),
        actor=SYSTEM,
        now=LATER,
    )
    second = buys(what, 2, group=first.group_id, now=LATER)
    other = joins(what, 3, now=LATER)
    assert (second.payment.amount.amount_minor, other.payment.amount.amount_minor) == (9_900, 10_900)
    assert (group(first).deadline_at, group(other).deadline_at) == (DEADLINE, LATER + timedelta(hours=1))


def test_consent_is_asked_where_it_is_sold_and_kept_with_its_words() -> None:
    from huike.customers.models import ConsentEvent

    what = deal()
    ticked = joining.Consent(channel="sms", purpose="marketing", wording_version="v1")
    joining.join(what.pk, size=2, buyer=buyer(1, consents=[ticked]), key="k", actor=SYSTEM, now=OPEN)
    event = ConsentEvent.objects.get()
    assert (event.channel, event.state, event.how, event.wording_version) == ("sms", "granted", "groupbuy", "v1")


def test_a_paused_deal_is_refused_in_the_very_moment_too() -> None:
    what = deal()
    Deal.objects.update(state="paused")
    with pytest.raises(DealNotOnSale):
        joins(what, 1)


def test_a_full_group_that_is_not_formed_yet_is_full() -> None:
    what = deal()
    first = buys(what, 1)
    Group.objects.filter(pk=first.group_id).update(seats=2)
    with pytest.raises(GroupFull):
        joins(what, 2, group=first.group_id)
