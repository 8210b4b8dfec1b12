"""A chat's transcript as a conversation: bytes of a JSON file in, lines out. Believes nothing it cannot read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from dashboard import moments
from dashboard.look import escaped, table

if TYPE_CHECKING:
    from dashboard.wording import Words

MOST_LINES = 400
OURS = frozenset({"said", "chose", "challenged"})


class Line(NamedTuple):
    """One thing that was said or seen. ``who`` is a word for the locale files: us, bot, human, system, unknown."""

    at_s: float
    who: str
    what: str
    text: str


def lines_of(data: bytes) -> list[Line] | None:
    """The lines of a transcript; None when it is not one (a call's transcript is plain text, for instance)."""
    try:
        events = json.loads(data)["events"]
        return [_line(event) for event in events[:MOST_LINES]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _line(event: dict[str, Any]) -> Line:
    kind, who = str(event["kind"]), str(event.get("who") or "")
    speaker = "us" if kind in OURS else who if who in {"bot", "human", "system"} else "unknown"
    what = f"{kind}.{who}" if who else kind
    return Line(float(event.get("at_s", 0)), speaker, what, str(event.get("text") or event.get("name") or ""))


def shown(lines: list[Line], words: Words) -> str:
    """The conversation as a table."""
    rows = (
        (
            f'<span class="sb-num">{escaped(moments.number(line.at_s, 1, words))}</span>',
            f"<b>{escaped(words(f'speaker.{line.who}'))}</b>",
            f'<span class="sb-quiet">{escaped(words.either(f"did.{line.what}", line.what))}</span>'
            + (f"<br>{escaped(line.text)}" if line.text else ""),
        )
        for line in lines
    )
    return table((words("step.axis"), words("speaker.name"), words("speaker.said")), rows)
