"""What of a call speaks for and against a connected agent, and its milestones, each with its second. Judges nothing."""

from __future__ import annotations

from probe_runner.voice.reading import Reading, is_waiting_sound
from probe_runner.voice.timeline import AGENT_GREETING, GREETING, HOLD_MUSIC, TRANSFER, Match
from probe_runner.voice_target import Voice
from shared.vocabulary import Finding

_STEPS: dict[str, str] = {
    GREETING: "greeting_heard",
    TRANSFER: "transfer_heard",
    HOLD_MUSIC: "hold_music_heard",
    AGENT_GREETING: "agent_heard",
}
_LATEST_S = 86_400.0
SPEECH_WORTH_A_WORD_S = 0.8


def findings_of(reading: Reading, voice: Voice) -> tuple[Finding, ...]:
    """The evidence, in order. ``at_s`` is the second in the recording, which begins when there is media."""
    if reading.call.signalling.answered_s is None:
        found = [_early(reading)] if reading.sounds(0.0) else []
    else:
        found = [*_recognised(reading), *_heard(reading), *_missing(reading, voice)]
    return tuple(sorted(found, key=lambda finding: finding.at_s))


def milestones_of(reading: Reading) -> tuple[tuple[str, float], ...]:
    """What has been heard for the first time, by the name of its step, and when the call had come that far."""
    first: dict[str, float] = {}
    for match in reading.call.matches:
        is_due = match.name == GREETING or (bool(reading.keys) and match.start_s >= reading.first_key - 1)
        if is_due and match.end_s > reading.answered:
            first.setdefault(_STEPS[match.name], match.start_s)
    if reading.keys and HOLD_MUSIC not in {match.name for match in reading.call.matches}:
        music = reading.unknown_music(reading.first_key)
        if music:
            first.setdefault(_STEPS[HOLD_MUSIC], music[0].start_s)
    return tuple(sorted(first.items(), key=lambda item: item[1]))


def _second(reading: Reading, at_s: float) -> float:
    return round(min(max(0.0, at_s - (reading.call.signalling.recording_s or 0.0)), _LATEST_S), 2)


def _finding(reading: Reading, name: str, at_s: float, note: str, *, is_for: bool) -> Finding:
    return Finding(name=name, is_for=is_for, at_s=_second(reading, at_s), note=note[:500])


def _early(reading: Reading) -> Finding:
    sounds = reading.sounds(0.0)
    note = f"{sum(span.length_s for span in sounds):.1f} s of sound before any answer: an announcement or a tone"
    return _finding(reading, "early_media_heard", sounds[0].start_s, note, is_for=False)


def _recognised(reading: Reading) -> list[Finding]:
    return [
        _finding(reading, f"{match.name}_matched", match.start_s, _fit(match), is_for=True)
        for match in reading.call.matches
    ]


def _fit(match: Match) -> str:
    return f"second {match.from_s:.1f} to {match.to_s:.1f} of {match.length_s:.1f}, correlation {match.score:.2f}"


def _heard(reading: Reading) -> list[Finding]:
    """Sound that is no registered recording."""
    found = []
    for span in reading.unknown_music(reading.answered):
        note = f"{span.length_s:.1f} s of {span.kind.value} that is not registered"
        found.append(_finding(reading, f"unknown_{span.kind.value}_heard", span.start_s, note, is_for=False))
    since = reading.waited_until
    for span in reading.unknown_speech(reading.answered):
        if span.length_s < SPEECH_WORTH_A_WORD_S or is_waiting_sound(span):
            continue
        is_after = since is not None and span.start_s >= since
        note = f"{span.length_s:.1f} s of speech that matches no registered recording"
        found.append(_finding(reading, "unknown_speech_heard", span.start_s, note, is_for=is_after))
    if reading.has_music and since is not None and reading.call.heard_until_s - since > 1:
        found.append(_finding(reading, "hold_music_ended", since, "the waiting sound stopped", is_for=True))
    return found


def _missing(reading: Reading, voice: Voice) -> list[Finding]:
    found = []
    if not voice.greeting:
        note = "no greeting is registered: any speech counted as the IVR, which is less sure"
        found.append(_finding(reading, "greeting_not_registered", reading.answered, note, is_for=False))
    if not voice.agent_greeting and reading.keys:
        note = "no agent greeting is registered: an agent can only be probable"
        found.append(_finding(reading, "agent_greeting_not_registered", reading.first_key, note, is_for=False))
    ended = reading.call.signalling.ended_s
    if ended is not None:
        found.append(_finding(reading, "far_end_hung_up", ended, "the other side ended the call", is_for=False))
    return found
