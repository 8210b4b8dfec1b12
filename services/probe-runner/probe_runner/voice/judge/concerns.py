"""What still works and is no longer good: measures beyond their thresholds, prompts that drift. Pure.

Drift is told before it is a failure: a prompt of which a part was changed still matches in the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.judge.agent import proof_of
from probe_runner.voice.judge.certainty import YIELD_S, candidate_of
from probe_runner.voice.judge.reading import Reading, total
from probe_runner.voice.timeline import Call, Role
from probe_runner.voice_target import Threshold, Voice
from shared.vocabulary import Concern, Grade

CHANGED_S = 1.0
"""So much unknown speech inside a prompt is another wording; a shorter stretch is a bad moment of the line."""
POOR_FIT = 0.7
"""Right recordings score 0.75 and more (see hearing.SURE)."""
OTHER_MUSIC_S = 4.0
OWN_LATENESS_MS = 50.0
"""A machine that was busier than this hears worse: what sounds changed may be its own doing."""


def concerns_of(call: Call, voice: Voice, measures: Mapping[str, float]) -> tuple[Concern, ...]:
    """All of them, measures first."""
    beyond = [_graded(name, value, voice.threshold(name)) for name, value in measures.items()]
    is_late = measures.get("own_lateness_ms", 0.0) > OWN_LATENESS_MS
    drifts = () if is_late else _drifts(Reading(call), voice)
    return (*(concern for concern in beyond if concern), *drifts)


def _graded(name: str, value: float, threshold: Threshold | None) -> Concern | None:
    if threshold is None:
        return None
    for grade, limit in ((Grade.CRITICAL, threshold.critical), (Grade.WARNING, threshold.warning)):
        is_beyond = value < limit if threshold.is_low_bad else value > limit
        if is_beyond:
            return Concern(name=name, grade=grade, value=value, limit=limit)
    return None


def _drifts(reading: Reading, voice: Voice) -> Iterator[Concern]:
    for role in (Role.GREETING, Role.TRANSFER, Role.QUEUE, Role.AGENT_GREETING):
        found = [match for match in reading.matches if match.name == role]
        if found and max(match.score for match in found) < POOR_FIT:
            yield _drift(role, f"recognised with a correlation of {max(match.score for match in found):.2f} only")
    yield from _changed_greeting(reading)
    yield from _not_as_registered(reading, voice)
    if voice.agent_greeting and not reading.agents and _has_other_agent(reading, voice):
        yield _drift(Role.AGENT_GREETING, "an agent spoke, but not in the registered words")


def _changed_greeting(reading: Reading) -> Iterator[Concern]:
    """Unknown words between the answer and the key, though the greeting was recognised."""
    if not reading.greetings:
        return
    until = min(reading.first_key, reading.greetings[-1].end_s)
    inside = [span for span in reading.unknown_speech(reading.answered) if span.end_s <= until]
    if total(inside) >= CHANGED_S:
        yield _drift(Role.GREETING, f"{total(inside):.1f} s of other words at second {inside[0].start_s:.1f}")


def _not_as_registered(reading: Reading, voice: Voice) -> Iterator[Concern]:
    """The way to the agent was gone, but not past what is registered for it."""
    if not reading.has_music:
        return
    music = [span for span in reading.unknown_music(reading.first_key) if span.kind is Kind.MUSIC]
    if voice.hold_music and total(music) >= OTHER_MUSIC_S:
        yield _drift(Role.HOLD_MUSIC, f"{total(music):.1f} s of other music")
    if voice.transfer and not reading.since_key(Role.TRANSFER):
        yield _drift(Role.TRANSFER, "not heard")


def _has_other_agent(reading: Reading, voice: Voice) -> bool:
    candidate = candidate_of(reading)
    is_waiting = candidate is not None and candidate.silent_s >= YIELD_S
    return is_waiting or proof_of(reading, voice) is not None


def _drift(role: Role, note: str) -> Concern:
    return Concern(
        name=f"{role.value}_drift", grade=Grade.WARNING, note=f"{note}: is the recording still the right one?"
    )
