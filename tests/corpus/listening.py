"""Plays a segment to the ear and says, class by class, what it was taken for and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.segments import Segment, Spec, segment_of

from probe_runner.voice.ear.hearing import Ear, reference_of
from probe_runner.voice.ear.likeness import Reference
from probe_runner.voice.ear.sound import RATE, Kind
from probe_runner.voice.ear.tone_plan import tone_plan, tone_plans

EDGE_S = 0.3
"""At its ends a label is not known better than this; that much is left out."""
_PIECE_S = 0.2


@dataclass(frozen=True)
class Heard:
    """What a segment was taken for: seconds by kind; and whether recordings were recognised, rightly or wrongly."""

    spec: Spec
    seconds: dict[str, float]
    is_known: bool
    is_recognised: bool
    is_mistaken: bool


def ear_for(known: Sequence[Reference], country: str, agent_tone_hz: float | None = None) -> Ear:
    """An ear as the probe has it, that knows the country's tones (Indonesia's, where that country has no plan)."""
    plan = tone_plan(country if country in tone_plans() else "id")
    return Ear(known, plan, agent_tone_hz)


def hear(spec: Spec) -> Heard:
    """Listen to one segment."""
    segment = segment_of(spec)
    known = [reference_of(name, sound, is_loop=False) for name, sound in segment.references]
    ear = ear_for(known, segment.country)
    piece = int(_PIECE_S * RATE)
    for start in range(0, len(segment.samples), piece):
        ear.hear(segment.samples[start : start + piece])
    edge = EDGE_S if segment.end_s - segment.start_s > 4 * EDGE_S else 0.0
    seconds: dict[str, float] = {}
    for span in ear.spans:
        start_s, end_s = max(span.start_s, segment.start_s + edge), min(span.end_s, segment.end_s - edge)
        within = end_s - start_s - (_in_pauses(segment, start_s, end_s) if span.kind is Kind.SILENCE else 0.0)
        if within > 0:
            seconds[str(span.kind)] = seconds.get(str(span.kind), 0.0) + within
    names = {match.name for match in ear.matches}
    is_known = any(name == "known" for name, _ in segment.references)
    return Heard(spec, seconds, is_known, "known" in names, bool(names - {"known"}))


def _in_pauses(segment: Segment, start_s: float, end_s: float) -> float:
    """How much of a stretch lies in pauses of the label, each taken a little wider than it is."""
    parts = (min(end_s, until + EDGE_S) - max(start_s, since - EDGE_S) for since, until in segment.pauses)
    return min(end_s - start_s, sum(part for part in parts if part > 0))
