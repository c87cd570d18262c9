"""Codes that people read aloud and type."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.codes import ALPHABET, check_character, is_well_formed, make_code, normalise_code

BODIES = st.text(ALPHABET, min_size=1, max_size=16)


def test_a_made_code_is_well_formed_and_as_long_as_asked() -> None:
    draw = random.Random(1).randrange
    codes = {make_code(length=10, randbelow=draw) for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 11 and is_well_formed(code) for code in codes)


@given(BODIES, st.data())
def test_one_wrong_character_is_noticed(body: str, data: st.DataObject) -> None:
    code = body + check_character(body)
    place = data.draw(st.integers(0, len(code) - 1))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET if c != code[place]]))
    assert is_well_formed(code)
    assert not is_well_formed(code[:place] + wrong + code[place + 1 :])


@given(BODIES)
def test_a_code_is_understood_however_it_is_typed(body: str) -> None:
    code = body + check_character(body)
    typed = " ".join(code.lower()).replace("0", "o").replace("1", "l")
    assert normalise_code(f" {typed}-") == code


@pytest.mark.parametrize("text", ["", "0", "U", "AB!", "éé", "I1"])
def test_what_is_no_code_is_not_well_formed(text: str) -> None:
    assert not is_well_formed(text)
