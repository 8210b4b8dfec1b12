from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import at, uid

from reporting.cursor import BadCursor, Cursor, read
from reporting.projection import stamp


def test_a_cursor_comes_back_as_it_went_out():
    cursor = Cursor(stamp(at(1.5)), str(uid(1)))
    assert read(str(cursor)) == cursor


@pytest.mark.parametrize(
    "word",
    [
        "",
        "next",
        "%%%",
        base64.urlsafe_b64encode(b"2026-11-22 x").decode(),
        base64.urlsafe_b64encode(f"2026-11-22T13:30:00 {uid(1)}".encode()).decode(),
        base64.urlsafe_b64encode(b"2026-11-22T13:30:00+00:00 no-uuid").decode(),
        "A" * 500,
    ],
)
def test_anything_else_is_refused(word):
    with pytest.raises(BadCursor):
        read(word)


@given(st.text(max_size=300))
def test_no_word_does_harm(word):
    with pytest.raises(BadCursor) as caught:
        read(word)
    assert caught.value.word == word
