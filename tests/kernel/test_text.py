"""Text from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.text import clean_line, has_forbidden_characters


@pytest.mark.parametrize(("text", "forbidden"), [("a\x00", True), ("\ud800", True), ("😀 林", False), ("\x01", False)])
def test_nul_and_lone_surrogates_are_forbidden(text: str, forbidden: bool) -> None:
    assert has_forbidden_characters(text) is forbidden


@given(st.text())
def test_a_cleaned_line_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line
    assert line == line.strip()
    assert "\n" not in line
    assert "  " not in line


def test_a_name_is_cleaned_as_a_person_meant_it() -> None:
    assert clean_line("\u3000林\t\r\n 晓\u00a0") == "林 晓"
    assert clean_line("Zoe\u0308") == "Zoë"
