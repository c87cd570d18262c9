"""Two desks, one card: each race first without its guard, then as it is."""

from __future__ import annotations

from typing import Any

import pytest

from huike.loyalty.cards import codes, rules, selectors, services
from huike.loyalty.cards.errors import CardStateRefused, CodeUsed
from huike.loyalty.models import Card, CardBatch, UsedCode
from tests.loyalty.cards import ACT, FIRST, SECOND, bind, box, customer, history, state_of, whose
from tests.rivals import beside, let_in_before, until_it_waits
from tests.tills import NOW, all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

# The update without the states it may leave: look, then act.
UNGUARDED = services._MOVE.replace("AND before.state = ANY(%(leaves)s)", "AND %(leaves)s::text[] IS NOT NULL")


def without_guard(patch: pytest.MonkeyPatch) -> None:
    assert services._MOVE != UNGUARDED
    patch.setattr(services, "_MOVE", UNGUARDED)


def bind_what_is_thrown_away(patch: pytest.MonkeyPatch) -> list[str | Exception]:
    """A desk looks at a card that is nobody's; before it binds it, the office takes the card out of use."""
    her = customer()
    with beside(lambda: services.close_card(FIRST, note="box got wet", **ACT)) as start, patch.context() as within:
        let_in_before(within, services, "_bind", lambda: start().result())
        try:
            return [bind(FIRST, her).state]
        except CardStateRefused as error:
            return [error]


def test_a_card_thrown_away_meanwhile_would_be_bound_without_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    box()
    without_guard(monkeypatch)
    assert bind_what_is_thrown_away(monkeypatch) == ["active"]
    assert history(FIRST) == [("made", "closed", "box got wet"), ("closed", "active", "")]


def test_a_card_thrown_away_meanwhile_is_not_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    box()
    (refused,) = bind_what_is_thrown_away(monkeypatch)
    assert isinstance(refused, CardStateRefused)
    assert refused.params == {"state": "closed", "number": FIRST}
    assert (history(FIRST), whose(FIRST)) == ([("made", "closed", "box got wet")], None)


def lose_beside_block(patch: pytest.MonkeyPatch) -> None:
    """Her card is reported lost while another desk, which saw it active, blocks it."""
    with beside(lambda: services.report_lost(FIRST, note="lost", **ACT)) as start, patch.context() as within:
        # In the other's transaction, after it let the number go: the rival waits for the file, and comes second.
        let_in_before(within, services, "_move", lambda: until_it_waits(start()))
        services.block_card(FIRST, note="blocked", **ACT)
        assert start().exception() is None


def test_of_a_report_and_a_block_at_once_both_are_kept_in_the_order_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    box()
    bind(FIRST, customer())
    lose_beside_block(monkeypatch)
    assert history(FIRST)[1:] == [("active", "blocked", "blocked"), ("blocked", "lost", "lost")]
    assert (state_of(FIRST), whose(FIRST)) == ("lost", None)


@pytest.mark.parametrize("turn", range(3))
def test_of_many_desks_that_bind_one_card_one_does(turn: int) -> None:
    box()
    people = [customer(f"客{n}") for n in range(8)]
    said = all_at_once([lambda her=her: bind(FIRST, her) for her in people])  # type: ignore[misc]
    bound = [card.customer_id for card in said if isinstance(card, Card)]
    refused = [type(error) for error in said if isinstance(error, Exception)]
    assert (len(bound), refused) == (1, [CardStateRefused] * 7)
    assert whose(FIRST) == bound[0] == Card.objects.get(number=FIRST).customer_id
    assert history(FIRST) == [("made", "active", "")]


def test_of_two_desks_that_replace_one_card_one_does() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    others = list(Card.objects.exclude(number=FIRST).order_by("pk").values_list("number", flat=True))
    said = all_at_once(
        [lambda by=by: services.replace_card(FIRST, by_number=by, note="n", **ACT) for by in others]  # type: ignore[misc]
    )
    new = [card.number for card in said if isinstance(card, Card)]
    assert [type(error) for error in said if isinstance(error, Exception)] == [CardStateRefused]
    assert (state_of(FIRST), whose(new[0])) == ("replaced", her)
    (left,) = set(others) - set(new)
    assert (state_of(left), history(left)) == ("made", [])


def test_people_who_take_a_digital_card_at_once_get_one_each_and_whoever_taps_twice_gets_one() -> None:
    box(20, kind="digital")
    people = [customer(f"客{n}") for n in range(6)]
    said = all_at_once([lambda her=her: services.give_digital(her, **ACT) for her in people * 2])  # type: ignore[misc]
    given = [card for card in said if isinstance(card, Card)]
    assert sorted(card.customer_id or 0 for card in given) == sorted(people)
    assert len({card.number for card in given}) == 6
    assert CardBatch.objects.count() == 1


def test_of_two_tills_with_a_photograph_of_one_code_one_is_served() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    code = codes.code_of(FIRST, codes.step_of(NOW))
    said = all_at_once([lambda: services.identify_by_code(code, now=NOW)] * 6)
    served = [found for found in said if isinstance(found, services.Identified)]
    assert [found.customer_id for found in served] == [her]
    assert [type(error) for error in said if isinstance(error, Exception)] == [CodeUsed] * 5
    assert UsedCode.objects.count() == 1


def test_batches_of_one_prefix_made_at_once_share_no_number_and_leave_no_gap() -> None:
    said: list[Any] = all_at_once([lambda: box(50)] * 4)
    assert [type(batch) for batch in said] == [CardBatch] * 4
    made = [number for batch in said for number in selectors.numbers_of_batch(batch.pk)]
    assert sorted(made) == list(rules.numbers_from(1, prefix="8800", length=12, count=200))
    assert SECOND in made
