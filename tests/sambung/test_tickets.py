import pytest
from samples import happened

from sambung.tickets import _spell


@pytest.mark.parametrize("note", ["[/foo] [bold red]x", "[link=http://evil]click[/link]", "\\[x"])
def test_what_a_person_wrote_is_shown_as_it_is(note):
    assert f"note={note}" in _spell(happened("Noted", 2, note=note)).plain


def test_control_characters_do_not_reach_the_terminal():
    line = _spell(happened("Noted", 2, note="\x1b[31mred\x1b]0;title\x07 two\nlines")).plain

    assert line.isprintable()
    assert "two lines" in line
