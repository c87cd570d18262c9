"""Numbers and their check digits; docs/algorithms/cards.md, sections 1 and 2."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.loyalty.cards import rules

digits = st.text("0123456789", min_size=1, max_size=18)


@pytest.mark.parametrize(
    ("payload", "digit"),
    [
        ("7992739871", "3"),  # the textbook example
        ("88000000001", "3"),
        ("400000000000000", "2"),  # 4000 0000 0000 0002, the networks' test number
        ("0", "0"),
        ("1", "8"),
    ],
)
def test_the_check_digit_is_luhns(payload: str, digit: str) -> None:
    assert rules.check_digit(payload) == digit


@given(digits, st.data())
def test_one_wrong_digit_is_caught(payload: str, data: st.DataObject) -> None:
    number = payload + rules.check_digit(payload)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    told = number[:place] + wrong + number[place + 1 :]
    assert rules.check_digit(told[:-1]) != told[-1]


@given(digits, st.data())
def test_neighbours_swapped_are_caught_but_0_and_9(payload: str, data: st.DataObject) -> None:
    number = payload + rules.check_digit(payload)
    place = data.draw(st.integers(0, len(number) - 2))
    pair = number[place : place + 2]
    told = number[:place] + pair[::-1] + number[place + 2 :]
    still_fits = rules.check_digit(told[:-1]) == told[-1]
    assert still_fits == (pair[0] == pair[1] or set(pair) == {"0", "9"})


def test_numbers_in_sequence_count_on_and_end_where_the_digits_do() -> None:
    assert list(rules.numbers_from(1, prefix="8800", length=12, count=3)) == [
        "880000000013",
        "880000000021",
        "880000000039",
    ]
    assert list(rules.numbers_from(98, prefix="88000", length=8, count=5)) == ["88000989", "88000997"]
    with pytest.raises(ValueError, match="does not fit"):
        rules.number_of(100, prefix="88000", length=8)


@given(st.integers(0, 300), st.integers(0, 2**32))
def test_unguessable_numbers_are_as_many_as_asked_each_whole_and_of_its_prefix(count: int, seed: int) -> None:
    made = rules.unguessable(prefix="99", length=9, count=count, randbelow=random.Random(seed).randrange)
    assert len(made) == count
    assert all(rules.is_number(number) and len(number) == 9 and number.startswith("99") for number in made)


def test_how_thin_unguessable_numbers_must_lie() -> None:
    # 1,000 numbers need a million bodies: six digits after the prefix, and the check digit.
    assert rules.shortest_thin(prefix="99", count=1_000) == 9
    assert rules.shortest_thin(prefix="99", count=1_001) == 10
    assert rules.shortest_thin(prefix="", count=1) == 8
    assert rules.bodies_of(prefix="99", length=9) == 1_000_000


def test_what_is_no_number() -> None:
    assert rules.is_number("880000000013")
    for told in ("880000000014", "8800 0000 0013", "", "1234567", "8" * 20, "٨٨٠٠٠٠٠٠٠٠١٣"):
        assert not rules.is_number(told)


def test_how_a_number_is_printed_and_a_name_is_masked() -> None:
    assert rules.grouped("880000000013") == "8800 0000 0013"
    assert rules.grouped("88000000018") == "8800 0000 018"
    assert [rules.masked_name(name) for name in ("王小明", " Li Ming", "", "  ")] == ["王**", "L**", "", ""]


def test_from_which_states_a_card_may_go_where() -> None:
    assert {(leaves, change.to) for change in rules.MOVES.values() for leaves in change.leaves} == {
        ("made", "active"),
        ("made", "closed"),
        ("active", "blocked"),
        ("blocked", "active"),
        ("active", "lost"),
        ("blocked", "lost"),
        ("lost", "active"),
        ("active", "replaced"),
        ("blocked", "replaced"),
        ("lost", "replaced"),
    }
