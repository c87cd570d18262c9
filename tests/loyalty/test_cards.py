"""Batches of cards, and a card's way from the box to its replacement; docs/algorithms/cards.md, 1 to 3 and 5."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from huike.customers import timeline
from huike.customers.errors import IdentityTaken, IdentityTooMany
from huike.customers.merging.services import merge_customers, undo_merge
from huike.kernel.scope import EVERYTHING, Scope
from huike.loyalty.cards import codes, rules, selectors, services
from huike.loyalty.cards.errors import (
    BatchInvalid,
    CardBlocked,
    CardClosed,
    CardHeld,
    CardLost,
    CardNotBound,
    CardNotFound,
    CardReplaced,
    CardStateRefused,
    CodeUsed,
    MemberNotFound,
)
from huike.loyalty.models import Card, CardBatch, CardChange, UsedCode
from huike.orders.models import Order
from huike.platform.audit import SYSTEM
from tests.loyalty.cards import (
    ACT,
    FIRST,
    SECOND,
    THIRD,
    bind,
    box,
    customer,
    history,
    shown_on_file,
    state_of,
    whose,
)
from tests.tills import NOW, order, place, store

pytestmark = pytest.mark.django_db


def numbers(batch: CardBatch) -> list[str]:
    return list(selectors.numbers_of_batch(batch.pk))


def test_batches_of_one_prefix_count_on_where_the_last_one_ended() -> None:
    first, second = box(2), box(1)
    assert (numbers(first), numbers(second)) == ([FIRST, SECOND], [THIRD])
    assert (first.last_body, second.last_body) == (2, 3)
    assert numbers(box(1, length=13)) == ["8800" + "00000001" + rules.check_digit("880000000001")]


def test_a_sequence_passes_over_numbers_that_exist() -> None:
    Card.objects.create(batch=box(1, prefix="7"), number=SECOND)
    batch = box(2)
    assert (numbers(batch), batch.last_body) == ([FIRST, THIRD], 3)


def test_a_sequence_that_ends_makes_nothing() -> None:
    box(90, prefix="88000", length=8)
    with pytest.raises(BatchInvalid) as refused:
        box(10, prefix="88000", length=8)
    assert refused.value.params == {"shortest": 9}
    assert (CardBatch.objects.count(), Card.objects.count()) == (1, 90)
    assert numbers(box(9, prefix="88000", length=8))[-1] == "88000997"


def test_unguessable_numbers_lie_thin_or_are_not_made() -> None:
    batch = box(1_000, prefix="99", length=9, unguessable=True)
    made = numbers(batch)
    assert len(set(made)) == 1_000
    assert all(rules.is_number(number) and number.startswith("99") for number in made)
    assert made != sorted(made)
    with pytest.raises(BatchInvalid) as refused:
        box(1, prefix="99", length=9, unguessable=True)
    assert refused.value.params == {"shortest": 8}
    assert CardBatch.objects.count() == 1


@pytest.mark.parametrize(
    "told",
    [{"count": 0}, {"count": 200_001}, {"length": 7}, {"length": 20}, {"prefix": "88A"}, {"prefix": "123456789"}],
)
def test_what_can_be_no_batch(told: dict[str, Any]) -> None:
    with pytest.raises(BatchInvalid):
        box(**told)
    assert not CardBatch.objects.exists()


@pytest.mark.parametrize("unguessable", [False, True])
def test_a_hundred_thousand_numbers_are_made_in_seconds(unguessable: bool) -> None:
    began = time.monotonic()
    batch = box(100_000, length=16, unguessable=unguessable)
    took = time.monotonic() - began
    assert Card.objects.filter(batch=batch, state="made").count() == 100_000
    assert took < 20, took  # about two seconds on an idle machine


def test_a_bound_card_finds_her_and_what_was_bought_under_it_is_hers() -> None:
    box()
    her = customer()
    place(order("A-1", anonymous_key=f"card:{FIRST}"))
    card = bind(f" {FIRST[:4]} {FIRST[4:8]}-{FIRST[8:]}", her, note="at the desk")
    assert (card.state, card.customer_id, card.bound_at) == ("active", her, NOW)
    assert (whose(FIRST), shown_on_file(her)) == (her, FIRST)
    assert Order.objects.get().customer_id == her
    assert history(FIRST) == [("made", "active", "at the desk")]
    assert [entry.title_code for entry in timeline.page(her, kinds=["card"], cursor=None, limit=9).items] == [
        "timeline.card.active"
    ]
    bind(FIRST, her)  # again is nothing new
    assert len(history(FIRST)) == 1


def test_a_card_that_somebody_has_is_given_to_nobody_else() -> None:
    box()
    her, other = customer(), customer("李雷")
    bind(FIRST, her)
    with pytest.raises(CardStateRefused) as refused:
        bind(FIRST, other)
    assert refused.value.params == {"state": "active", "number": FIRST}
    assert (whose(FIRST), shown_on_file(other), len(history(FIRST))) == (her, None, 1)


def test_a_number_that_an_older_system_gave_to_somebody_is_not_bound_a_second_time() -> None:
    older = customer(card_number=FIRST)
    box()
    with pytest.raises(IdentityTaken):
        bind(FIRST, customer("李雷"))
    assert (state_of(FIRST), history(FIRST), whose(FIRST)) == ("made", [], older)


def test_nobody_has_more_cards_than_the_house_allows() -> None:
    her = customer()
    box(6)
    made = list(Card.objects.order_by("pk").values_list("number", flat=True))
    for number in made[:5]:
        bind(number, her)
    with pytest.raises(IdentityTooMany):
        bind(made[5], her)
    assert (state_of(made[5]), history(made[5])) == ("made", [])


def test_a_lost_card_finds_nobody_until_it_is_found() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    services.report_lost(FIRST, note="on the bus", **ACT)
    assert (whose(FIRST), shown_on_file(her), state_of(FIRST)) == (None, None, "lost")
    with pytest.raises(CardStateRefused):
        services.report_lost(FIRST, note="again", **ACT)
    with pytest.raises(CardStateRefused):
        bind(FIRST, customer("李雷"))
    services.card_found(FIRST, note="in the coat", **ACT)
    assert (whose(FIRST), shown_on_file(her)) == (her, FIRST)
    assert history(FIRST) == [
        ("made", "active", ""),
        ("active", "lost", "on the bus"),
        ("lost", "active", "in the coat"),
    ]


def test_a_blocked_card_finds_nobody_until_it_is_unblocked() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    services.block_card(FIRST, note="asked for by phone", **ACT)
    assert (whose(FIRST), state_of(FIRST)) == (None, "blocked")
    services.unblock_card(FIRST, note="it was her", **ACT)
    assert (whose(FIRST), state_of(FIRST)) == (her, "active")


@pytest.mark.parametrize("before", ["active", "blocked", "lost"])
def test_another_card_takes_its_place(before: str) -> None:
    box()
    her = customer()
    bind(FIRST, her)
    if before == "blocked":
        services.block_card(FIRST, note="n", **ACT)
    if before == "lost":
        services.report_lost(FIRST, note="n", **ACT)
    new = services.replace_card(FIRST, by_number=SECOND, note="broken", **ACT)
    assert (new.number, new.state, new.customer_id) == (SECOND, "active", her)
    assert (whose(FIRST), whose(SECOND), shown_on_file(her)) == (None, her, SECOND)
    assert (state_of(FIRST), selectors.successor_of(Card.objects.get(number=FIRST).pk)) == ("replaced", SECOND)
    with pytest.raises(CardStateRefused):
        services.card_found(FIRST, note="too late", **ACT)
    assert whose(FIRST) is None


def test_a_replacement_that_cannot_be_had_leaves_everything_as_it_was() -> None:
    box()
    her, other = customer(), customer("李雷")
    bind(FIRST, her)
    bind(SECOND, other)
    for by_number, error in [(SECOND, CardStateRefused), (FIRST, CardStateRefused), ("000", CardNotFound)]:
        with pytest.raises(error):
            services.replace_card(FIRST, by_number=by_number, note="n", **ACT)
    with pytest.raises(CardStateRefused):
        services.replace_card(THIRD, by_number=None, note="nobody's", **ACT)
    assert (whose(FIRST), whose(SECOND), state_of(THIRD)) == (her, other, "made")
    assert len(history(FIRST)) == len(history(SECOND)) == 1


def test_a_closed_card_is_bound_to_nobody() -> None:
    box()
    services.close_card(FIRST, note="box got wet", **ACT)
    with pytest.raises(CardStateRefused):
        bind(FIRST, customer())
    with pytest.raises(CardStateRefused):
        services.close_card(FIRST, note="again", **ACT)
    assert history(FIRST) == [("made", "closed", "box got wet")]


def test_digital_cards_are_made_when_none_are_left_and_each_has_one() -> None:
    her, other = customer(), customer("李雷")
    hers, his = services.give_digital(her, **ACT), services.give_digital(other, **ACT)
    batch = CardBatch.objects.get()
    assert (batch.kind, batch.prefix, batch.length, batch.unguessable, batch.count) == (
        "digital",
        "99",
        16,
        True,
        1_000,
    )
    assert (whose(hers.number), whose(his.number)) == (her, other)
    assert rules.is_number(hers.number)
    with pytest.raises(CardHeld):
        services.give_digital(her, **ACT)
    assert Card.objects.filter(customer_id=her).count() == 1


def test_the_house_goes_on_with_the_operators_own_digital_numbers() -> None:
    box(1, kind="digital", prefix="66", length=12, unguessable=False, name="App")
    assert services.give_digital(customer(), **ACT).number.startswith("66")
    again = services.give_digital(customer("李雷"), **ACT)
    assert (again.number[:11], again.batch.name) == ("66000000002", "App")
    assert CardBatch.objects.count() == 2


def test_a_digital_card_takes_the_place_of_the_one_she_lost_but_not_of_a_blocked_one() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    services.block_card(FIRST, note="n", **ACT)
    with pytest.raises(CardHeld):
        services.give_digital(her, **ACT)
    services.report_lost(FIRST, note="n", **ACT)
    new = services.give_digital(her, **ACT)
    assert new.replaces is not None
    assert (new.replaces.number, state_of(FIRST), whose(new.number)) == (FIRST, "replaced", her)


def test_cards_follow_a_merge_and_go_back_when_it_is_undone() -> None:
    box()
    kept, gone = customer(), customer("小明")
    bind(FIRST, gone)
    done = merge_customers(kept, gone, survivor_id=kept, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert Card.objects.get(number=FIRST).customer_id == kept
    assert (whose(FIRST), services.identify_by_number(FIRST).customer_id) == (kept, kept)
    services.report_lost(FIRST, note="n", **ACT)
    services.card_found(FIRST, note="n", **ACT)
    undo_merge(done.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW + timedelta(days=1))
    assert Card.objects.get(number=FIRST).customer_id == gone


def test_a_cards_history_is_never_rewritten_and_its_states_hold_together() -> None:
    box()
    bind(FIRST, customer())
    for statement in (CardChange.objects.all().delete, lambda: CardChange.objects.update(note="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            statement()
    for wrong in ({"state": "made"}, {"customer_id": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Card.objects.filter(number=FIRST).update(**wrong)


def test_a_clerk_moves_no_card_of_a_customer_outside_her_stores() -> None:
    box()
    here, there = store(), store("BJ01", "国贸店")
    her = customer(home_store_id=there.pk)
    bind(FIRST, her)
    only_here: dict[str, Any] = {**ACT, "scope": Scope(all_stores=False, store_ids=frozenset({here.pk}))}
    for act in (services.block_card, services.report_lost):
        with pytest.raises(CardNotFound):
            act(FIRST, note="n", **only_here)
    with pytest.raises(CardNotFound):
        services.replace_card(FIRST, by_number=SECOND, note="n", **only_here)
    assert (whose(FIRST), state_of(SECOND), len(history(FIRST))) == (her, "made", 1)


def test_who_stands_at_the_till_by_card_phone_and_code() -> None:
    box()
    her = customer(phone="13812345678")
    bind(FIRST, her)
    code = codes.code_of(FIRST, codes.step_of(NOW))
    by_number, by_phone = services.identify_by_number("8800 0000 0013"), services.identify_by_phone("138 1234 5678")
    by_code = services.identify_by_code(code, now=NOW)
    for found in (by_number, by_phone, by_code):
        assert found.card is not None
        assert (found.customer_id, found.card.number) == (her, FIRST)
    with pytest.raises(CodeUsed):
        services.identify_by_code(code, now=NOW + timedelta(seconds=30))
    following = codes.code_of(FIRST, codes.step_of(NOW) + 1)
    assert services.identify_by_code(following, now=NOW + timedelta(seconds=30)).customer_id == her


def test_a_card_that_finds_nobody_says_why_and_uses_no_code_up() -> None:
    box(5)
    her = customer()
    code = codes.code_of(FIRST, codes.step_of(NOW))

    def refused() -> list[type[Exception]]:
        errors = []
        for ask in (lambda: services.identify_by_number(FIRST), lambda: services.identify_by_code(code, now=NOW)):
            with pytest.raises(Exception) as caught:
                ask()
            errors.append(caught.type)
        return errors

    assert refused() == [CardNotBound] * 2
    bind(FIRST, her)
    services.block_card(FIRST, note="n", **ACT)
    assert refused() == [CardBlocked] * 2
    services.report_lost(FIRST, note="n", **ACT)
    assert refused() == [CardLost] * 2
    services.replace_card(FIRST, by_number=SECOND, note="n", **ACT)
    assert refused() == [CardReplaced] * 2
    services.close_card(THIRD, note="n", **ACT)
    with pytest.raises(CardClosed):
        services.identify_by_number(THIRD)
    assert not UsedCode.objects.exists()


def test_cards_of_an_older_system_and_strangers() -> None:
    older = customer(card_number="OLD-4711")
    assert services.identify_by_number("old 4711") == services.Identified(older, None)
    for ask in (
        lambda: services.identify_by_number("12345678"),
        lambda: services.identify_by_phone("13900000000"),
    ):
        with pytest.raises(MemberNotFound):
            ask()
    with pytest.raises(CardNotFound):
        services.identify_by_code(codes.code_of(FIRST, codes.step_of(NOW)), now=NOW)


def test_notes_of_used_codes_are_dropped_after_a_day() -> None:
    box()
    bind(FIRST, customer())
    for later in (timedelta(), timedelta(hours=23)):
        services.identify_by_code(codes.code_of(FIRST, codes.step_of(NOW + later)), now=NOW + later)
    assert services.forget_used_codes(NOW + timedelta(days=1)) == 0
    assert services.forget_used_codes(NOW + timedelta(days=1, seconds=30)) == 1
    assert UsedCode.objects.get().step == codes.step_of(NOW + timedelta(hours=23))
