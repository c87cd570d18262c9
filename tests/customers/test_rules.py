"""Identities in one form, personal data masked, and whose word about consent counts."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.customers import rules
from huike.customers.errors import CardInvalid, EmailInvalid, PhoneInvalid
from huike.customers.rules import ConsentWord, NameKeys
from tests.tills import NOW


@pytest.mark.parametrize("text", ["13812345678", "138 1234 5678", "+86 138-1234-5678", "008613812345678"])
def test_a_mobile_has_one_form_however_it_is_typed(text: str) -> None:
    assert rules.normalise_phone(text) == "+8613812345678"


def test_a_number_of_another_country_needs_its_code() -> None:
    assert rules.normalise_phone("+44 20 7946 0958") == "+442079460958"
    for text in ("12", "not a phone", "", "1381234567", "+999999999999"):
        with pytest.raises(PhoneInvalid):
            rules.normalise_phone(text)


def test_an_address_is_folded_and_refused_where_a_header_could_be_broken_with_it() -> None:
    assert rules.normalise_email(" Li.Lei@Example.COM ") == "li.lei@example.com"
    for text in (
        "li",
        "li@",
        "@x.cn",
        "a@b@c.cn",
        "li@example",
        "li@ex..cn",
        "a\nb@c.cn",
        "a,b@c.cn",
        "x" * 250 + "@c.cn",
    ):
        with pytest.raises(EmailInvalid):
            rules.normalise_email(text)


def test_a_card_is_upper_case_without_separators() -> None:
    assert rules.normalise_card("vip-8800 1234") == "VIP88001234"
    for text in ("12", "卡号一二三四", "x" * 41):
        with pytest.raises(CardInvalid):
            rules.normalise_card(text)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("王小明", NameKeys("wangxiaoming", "wxm")),
        ("Ann-Marie O'Neil", NameKeys("annmarieoneil", "amon")),
        ("李 Lily", NameKeys("lilily", "ll")),
        ("", NameKeys("", "")),
        ("{{ 7|times:7 }} <b>", NameKeys("7times7b", "7t7b")),
    ],
)
def test_a_name_is_searched_by_pinyin_and_initials(name: str, keys: NameKeys) -> None:
    assert rules.name_keys(name) == keys


def test_masks_tell_people_apart_without_letting_anybody_call() -> None:
    assert rules.mask_phone("+8613812345678") == "+86 138****5678"
    assert rules.mask_phone("+442079460958") == "+44****0958"
    assert rules.mask_email("li.lei@example.com") == "l***@example.com"
    assert rules.mask_card("VIP88001234") == "****1234"
    assert rules.mask_card("1234") == "****"
    assert rules.mask_phone(None) is None


@given(st.from_regex(r"\+86\d{5,12}", fullmatch=True))
def test_no_mask_shows_more_than_seven_digits_of_a_number(phone: str) -> None:
    masked = rules.mask_phone(phone) or ""
    assert sum(c.isdigit() for c in masked.removeprefix("+86 ")) <= 7
    assert phone.removeprefix("+86") not in masked


words = st.lists(
    st.builds(
        ConsentWord,
        st.sampled_from(["granted", "denied", "withdrawn"]),
        st.integers(0, 3).map(lambda days: NOW + timedelta(days=days)),
    ),
    min_size=1,
    max_size=6,
)


@given(words, st.randoms(use_true_random=False))
def test_where_a_person_stands_does_not_depend_on_the_order_her_words_arrive_in(
    said: list[ConsentWord], rng: Random
) -> None:
    shuffled = list(said)
    rng.shuffle(shuffled)
    standing = rules.standing(said)
    assert standing is not None
    assert rules.standing(shuffled) == standing
    assert standing.given_at == max(word.given_at for word in said)
    latest = {word.state for word in said if word.given_at == standing.given_at}
    assert (standing.state == "granted") == (latest == {"granted"})


def test_the_name_of_a_suppressed_address_cannot_be_made_without_the_key() -> None:
    name = rules.address_hmac("li@example.com", channel="email", key="k" * 32)
    assert name == rules.address_hmac("li@example.com", channel="email", key="k" * 32)
    assert name != rules.address_hmac("li@example.com", channel="sms", key="k" * 32)
    assert name != rules.address_hmac("li@example.com", channel="email", key="l" * 32)
