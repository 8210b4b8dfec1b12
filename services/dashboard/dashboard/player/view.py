"""What the browser is given to draw: lanes, peaks and every word, as plain JSON. Knows no page and no browser."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dashboard.player.lanes import lanes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.player.lanes import Lane
    from dashboard.player.timeline import Timeline
    from dashboard.wording import Words
    from shared.vocabulary import Finding

MOST_COLUMNS = 6_000
"""Of the waveform: three for each dot of a wide screen, so that zooming in shows more."""

SPOKEN = (
    "title",
    "play",
    "pause",
    "previous",
    "next",
    "speed",
    "closer",
    "wider",
    "waveform",
    "at",
    "second",
    "axis",
    "list",
    "hint",
    "unheard",
    "unplayable",
    "no_findings",
    "left_out",
)
"""Words of ``player.`` that the browser says itself; it fills in ``{n}``."""


SIDES = ("for", "against")


def view_of(timeline: Timeline, findings: Sequence[Finding], sound: str, words: Words) -> dict[str, Any]:
    """All that ``player.js`` draws. ``sound``: the address of the recording."""
    peaks = timeline.peaks.thinned(MOST_COLUMNS)
    lanes = lanes_of(timeline, findings, words)
    return {
        "sound": sound,
        "begin": timeline.begin_s,
        "end": timeline.end_s,
        "peaks": {"per_s": peaks.per_s, "values": peaks.values},
        "lanes": [{"title": words(f"lane.{lane.name}"), **asdict(lane)} for lane in lanes],
        "legend": legend_of(lanes, words),
        "words": _spoken(timeline, words),
    }


def legend_of(lanes: Sequence[Lane], words: Words) -> list[dict[str, Any]]:
    """By lane: each look that is drawn there as a stretch, once, with its word; and what the findings' colours say."""
    legend = [{"title": words("lane.findings"), "keys": [_key(side, words(f"finding.{side}")) for side in SIDES]}]
    for lane in lanes:
        seen = {piece.look: piece.text for piece in lane.pieces}
        keys = [_key(look, text) for look, text in seen.items()]
        if any(piece.is_again for piece in lane.pieces):
            keys.append(_key("heard-speech again", f"↻ {words('player.repeats')}"))
        if keys:
            legend.append({"title": words(f"lane.{lane.name}"), "keys": keys})
    return legend


def _key(look: str, text: str) -> dict[str, str]:
    return {"look": look, "text": text}


def _spoken(timeline: Timeline, words: Words) -> dict[str, str]:
    said = {name: words(f"player.{name}", n="{n}") for name in SPOKEN}
    said |= {"decimal": words("decimal"), "side": words("finding.side"), "what": words("finding.what")}
    said |= {"for": words("finding.for"), "against": words("finding.against"), "findings": words("test.findings")}
    said["begins"] = words("player.begins", n=f"{timeline.begin_s:.1f}".replace(".", words("decimal")))
    return said
