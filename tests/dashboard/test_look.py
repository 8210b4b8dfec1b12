from __future__ import annotations

import pytest

from dashboard import look
from dashboard.status import Light


@pytest.mark.parametrize("light", Light)
def test_every_light_has_an_icon_and_a_colour_of_its_own(light: Light) -> None:
    assert look.ICONS[light] in look.pill(light, "word")
    assert "word" in look.pill(light, "word")
    assert len(set(look.COLOURS.values())) == len(Light) == len(set(look.ICONS.values()))


def test_a_label_cannot_carry_markdown() -> None:
    assert look.plain("a *b* [c](http://d) :red[e] `f` $g$") == (r"a \*b\* \[c\]\(http\:\/\/d\) \:red\[e\] \`f\` \$g\$")


def test_a_label_is_one_line() -> None:
    assert look.plain("one\n\n# two") == r"one \# two"


def test_cells_are_html_and_heads_are_not() -> None:
    assert look.table(["<b>"], [["<b>x</b>"]]).count("<b>x</b>") == 1
    assert "<th>&lt;b&gt;</th>" in look.table(["<b>"], [])
