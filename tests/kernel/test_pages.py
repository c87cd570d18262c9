"""Cursors come back from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.pages import BadCursor, decode_cursor, encode_cursor

VALUES = st.lists(st.one_of(st.none(), st.integers(), st.text(), st.booleans()), max_size=3)


@given(st.text(max_size=20), VALUES)
def test_a_cursor_gives_back_what_it_was_made_of(order: str, values: list[object]) -> None:
    cursor = encode_cursor(order, values)
    assert cursor.isascii()
    assert decode_cursor(cursor, order) == values
    with pytest.raises(BadCursor):
        decode_cursor(cursor, order + "x")


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(text, "id")
