"""The worked examples of docs/algorithms/merging.md."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.customers.merging.rules import (
    Because,
    Candidate,
    FileConsent,
    Outcome,
    Side,
    choose_fields,
    choose_survivor,
    merge_consent,
    merged_columns,
    restored,
)
from huike.customers.rules import ConsentWord
from tests.tills import NOW


def candidate(id: int, **told: object) -> Candidate:
    defaults = {"member": False, "verified_count": 1, "created_at": NOW, "orders_count": 0}
    return Candidate(id=id, **{**defaults, **told})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (candidate(1), candidate(2, member=True), (2, Because.MEMBER)),
        (candidate(1), candidate(2, verified_count=2), (2, Because.VERIFIED)),
        (candidate(1), candidate(2, created_at=NOW - timedelta(days=1)), (2, Because.OLDER)),
        (candidate(1), candidate(2, orders_count=3), (2, Because.ORDERS)),
        (candidate(1), candidate(2), (1, Because.FIRST)),
        (candidate(1, orders_count=9, verified_count=3), candidate(2, member=True), (2, Because.MEMBER)),
    ],
)
def test_the_known_customer_stays(one: Candidate, other: Candidate, expected: tuple[int, Because]) -> None:
    assert choose_survivor(one, other) == choose_survivor(other, one) == expected


def test_the_survivors_word_stands_and_fills_from_the_other_where_it_is_silent() -> None:
    survivor = {"name": "王小明", "name_pinyin": "wangxiaoming", "phone": None, "city": "上海", "district": None}
    absorbed = {
        "name": "王晓明",
        "name_pinyin": "wangxiaoming",
        "phone": "+8613812345678",
        "city": None,
        "district": "徐汇",
    }
    chosen = choose_fields(survivor, absorbed, {})
    assert {choice.field: (choice.taken, choice.conflicts) for choice in chosen} == {
        "name": (Side.SURVIVOR, True),
        "phone": (Side.ABSORBED, False),
        "address": (Side.SURVIVOR, True),
    }
    assert merged_columns(survivor, absorbed, chosen) == {**survivor, "phone": "+8613812345678"}


def test_a_person_chooses_field_by_field_and_an_address_moves_as_a_whole() -> None:
    survivor = {"name": "王小明", "city": "上海", "district": None}
    absorbed = {"name": "王晓明", "city": None, "district": "徐汇"}
    chosen = choose_fields(survivor, absorbed, {"name": "absorbed", "address": "absorbed"})
    assert merged_columns(survivor, absorbed, chosen) == absorbed


@pytest.mark.parametrize("choices", [{"shoe": "absorbed"}, {"name": "neither"}, {"tags": "absorbed"}])
def test_a_choice_about_nothing_is_refused(choices: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no such choice"):
        choose_fields({"name": "a", "tags": []}, {"name": "b", "tags": ["vip"]}, choices)


def test_tags_notes_and_the_day_of_joining_keep_both_files_words() -> None:
    survivor = {"tags": ["tea"], "notes": "likes oolong", "member_since_at": NOW}
    absorbed = {"tags": ["vip", "tea"], "notes": "allergic to nuts", "member_since_at": NOW - timedelta(days=9)}
    assert merged_columns(survivor, absorbed, choose_fields(survivor, absorbed, {})) == {
        "tags": ["tea", "vip"],
        "notes": "likes oolong\n\nallergic to nuts",
        "member_since_at": NOW - timedelta(days=9),
    }


def test_what_somebody_changed_since_is_not_undone() -> None:
    assert restored("phone", before=None, after="+86138", now="+86138") is None
    assert restored("phone", before=None, after="+86138", now="+86139") == "+86139"
    assert restored("tags", before=["tea"], after=["tea", "vip"], now=["new", "vip"]) == ["new"]


def said(state: str | None, days: int, *addresses: str) -> FileConsent:
    word = None if state is None else ConsentWord(state, NOW + timedelta(days=days))
    return FileConsent(word=word, addresses=frozenset(addresses))


LATER = NOW + timedelta(days=100)


@pytest.mark.parametrize(
    ("survivor", "absorbed", "kept", "after", "because"),
    [
        # The later "no" of either file counts.
        (said("granted", 1, "s"), said("denied", 2, "a"), {"s"}, ("denied", 2), Outcome.NO_OF_OTHER),
        (said("withdrawn", 2, "s"), said("granted", 1, "a"), {"s"}, ("withdrawn", 2), Outcome.YES_DROPPED),
        (said("granted", 3, "s"), said("denied", 1, "a"), {"s"}, ("granted", 3), Outcome.SAME),
        (said("granted", 1, "x"), said("denied", 1, "x"), {"x"}, ("denied", 1), Outcome.NO_OF_OTHER),
        # A "yes" and silence: it carries for the address it was given for, and for no other.
        (said("granted", 1, "s"), said(None, 0, "a"), {"s"}, ("granted", 1), Outcome.SAME),
        (said(None, 0, "s"), said("granted", 1, "a"), {"s"}, None, Outcome.YES_DROPPED),
        (said(None, 0), said("granted", 1, "a"), {"a"}, ("granted", 1), Outcome.YES_OF_OTHER),
        (said(None, 0, "s"), said("granted", 1, "a"), {"a"}, ("granted", 1), Outcome.YES_OF_OTHER),
        (said("granted", 1, "s"), said(None, 0, "a"), {"a"}, ("withdrawn", 100), Outcome.NOT_FOR_ADDRESS),
        # A "no" earlier than the "yes" for the address that is kept.
        (said("denied", 1), said("granted", 2, "a"), {"a"}, ("granted", 2), Outcome.YES_OF_OTHER),
        (said("denied", 1, "s"), said("granted", 2, "a"), {"s"}, ("denied", 1), Outcome.YES_DROPPED),
        # Both agreed: whichever address is kept was agreed to.
        (said("granted", 1, "s"), said("granted", 2, "a"), {"a"}, ("granted", 2), Outcome.YES_OF_OTHER),
        # WeChat: both openids stay, so both must have been agreed to.
        (said("granted", 1, "o1"), said(None, 0, "o2"), {"o1", "o2"}, ("withdrawn", 100), Outcome.NOT_FOR_ADDRESS),
        (said("granted", 1, "o1"), said("granted", 2, "o2"), {"o1", "o2"}, ("granted", 2), Outcome.YES_OF_OTHER),
    ],
)
def test_consent_of_a_merged_file(
    survivor: FileConsent, absorbed: FileConsent, kept: set[str], after: tuple[str, int] | None, because: Outcome
) -> None:
    outcome = merge_consent(survivor, absorbed, addresses_after=frozenset(kept), now=LATER)
    expected = None if after is None else ConsentWord(after[0], NOW + timedelta(days=after[1]))
    assert (outcome.after, outcome.because) == (expected, because)


files = st.builds(
    FileConsent,
    word=st.none()
    | st.builds(
        ConsentWord,
        st.sampled_from(["granted", "denied", "withdrawn"]),
        st.integers(0, 3).map(lambda days: NOW + timedelta(days=days)),
    ),
    addresses=st.frozensets(st.sampled_from("ab"), max_size=2),
)


@given(files, files, st.frozensets(st.sampled_from("ab"), max_size=2))
def test_nobody_may_be_written_to_who_could_not_before(
    survivor: FileConsent, absorbed: FileConsent, kept: frozenset[str]
) -> None:
    outcome = merge_consent(survivor, absorbed, addresses_after=kept, now=LATER)
    yes = [file for file in (survivor, absorbed) if file.word is not None and file.word.state == "granted"]
    noes = [file.word for file in (survivor, absorbed) if file.word is not None and file.word.state != "granted"]
    if outcome.after is not None and outcome.after.state == "granted":
        assert kept <= frozenset[str]().union(*(file.addresses for file in yes))
        assert all(no.given_at < outcome.after.given_at for no in noes)
