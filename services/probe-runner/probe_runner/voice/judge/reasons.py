"""What of a call speaks for and against a connected agent, and its milestones, each with its second. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.judge.agent import proof_of
from probe_runner.voice.judge.certainty import announcements, candidate_of, weigh
from probe_runner.voice.judge.reading import Reading, is_waiting_sound
from probe_runner.voice.timeline import Match, Role, SignName
from probe_runner.voice_target import Voice
from shared.vocabulary import Finding

_STEPS: dict[str, str] = {
    Role.GREETING: "greeting_heard",
    Role.TRANSFER: "transfer_heard",
    Role.QUEUE: "queue_heard",
    Role.HOLD_MUSIC: "hold_music_heard",
    Role.AGENT_GREETING: "agent_heard",
}
_TONES = {Kind.RINGBACK: "ringback_heard", Kind.BUSY: "busy_tone_heard", Kind.CONGESTION: "congestion_tone_heard"}
_AGAINST = {Role.CLOSED, Role.FULL}
_SIGNED = {
    SignName.REDIRECTED: "redirected",
    SignName.REFERRED: "referred",
    SignName.HELD: "far_end_held",
    SignName.IDENTITY_CHANGED: "identity_changed",
    SignName.SSRC_CHANGED: "ssrc_changed",
    SignName.AGENT_CONNECTED: "agent_event_heard",
}
_LATEST_S = 86_400.0
SPEECH_WORTH_A_WORD_S = 0.8
GAP_WORTH_A_WORD_S = 2.0
SILENCE_WORTH_A_WORD_S = 6.0


def findings_of(reading: Reading, voice: Voice) -> tuple[Finding, ...]:
    """The evidence, in order. ``at_s`` is the second in the recording, which begins when there is media."""
    if reading.call.signalling.answered_s is None:
        found = [*_early(reading), *_signs(reading)]
    else:
        weighed = [*_proven(reading, voice), *_weighed(reading, voice)]
        told = {finding.name for finding in weighed}
        plain = [*_recognised(reading), *_heard(reading), *_signs(reading), *_missing(reading, voice)]
        found = weighed + [finding for finding in plain if finding.name not in told]
    return tuple(sorted(found, key=lambda finding: finding.at_s))


def milestones_of(reading: Reading) -> tuple[tuple[str, float], ...]:
    """What has been heard for the first time, by the name of its step, and when the call had come that far."""
    first: dict[str, float] = {}
    for match in reading.matches:
        is_due = match.name == Role.GREETING or (bool(reading.keys) and match.start_s >= reading.first_key - 1)
        if is_due and match.end_s > reading.answered and match.name in _STEPS:
            first.setdefault(_STEPS[match.name], match.start_s)
    if reading.keys and not reading.named(Role.HOLD_MUSIC):
        music = reading.unknown_music(reading.first_key)
        if music:
            first.setdefault(_STEPS[Role.HOLD_MUSIC], music[0].start_s)
    return tuple(sorted(first.items(), key=lambda item: item[1]))


def _second(reading: Reading, at_s: float) -> float:
    return round(min(max(0.0, at_s - (reading.call.signalling.recording_s or 0.0)), _LATEST_S), 2)


def _finding(reading: Reading, name: str, at_s: float, note: str, *, is_for: bool) -> Finding:
    return Finding(name=name, is_for=is_for, at_s=_second(reading, at_s), note=note[:500])


def _early(reading: Reading) -> Iterator[Finding]:
    sounds = reading.sounds(0.0)
    if sounds:
        note = f"{sum(span.length_s for span in sounds):.1f} s of sound before any answer: an announcement or a tone"
        yield _finding(reading, "early_media_heard", sounds[0].start_s, note, is_for=False)
    yield from _tones(reading, 0.0)


def _proven(reading: Reading, voice: Voice) -> Iterator[Finding]:
    proof = proof_of(reading, voice)
    if proof is not None and proof[0] != "agent_greeting_matched":
        yield _finding(reading, *proof, "agreed as proof of an agent", is_for=True)


def _weighed(reading: Reading, voice: Voice) -> Iterator[Finding]:
    """What decides whether the last words after the waiting were an agent's."""
    candidate = candidate_of(reading)
    for weight in weigh(reading, voice, candidate) if candidate else ():
        note = f"{weight.note} (weight {weight.log_odds:+g})"
        yield _finding(reading, weight.name, weight.at_s, note, is_for=weight.log_odds > 0)


def _recognised(reading: Reading) -> Iterator[Finding]:
    for match in reading.matches:
        name = f"{match.name}_matched"
        yield _finding(reading, name, match.start_s, _fit(match), is_for=match.name not in _AGAINST)


def _fit(match: Match) -> str:
    which = f" of {match.file}" if match.file else ""
    return (
        f"second {match.from_s:.1f} to {match.to_s:.1f} of {match.length_s:.1f}{which}, correlation {match.score:.2f}"
    )


def _heard(reading: Reading) -> Iterator[Finding]:
    """Sound that is no registered recording."""
    yield from _tones(reading, reading.answered)
    for span in reading.unknown_music(reading.answered):
        if span.kind not in _TONES:
            note = f"{span.length_s:.1f} s of {span.kind.value} that is not registered"
            yield _finding(reading, f"unknown_{span.kind.value}_heard", span.start_s, note, is_for=False)
    since, resumed = reading.waited_until, announcements(reading)
    for span in reading.unknown_speech(reading.answered):
        if span.length_s < SPEECH_WORTH_A_WORD_S:
            continue
        is_after = since is not None and span.start_s >= since
        yield _finding(
            reading, "unknown_speech_heard", span.start_s, _words(span.length_s, span.repeats_s), is_for=is_after
        )
    for span in resumed:
        yield _finding(reading, "music_resumed", span.end_s, "the waiting went on after these words", is_for=False)
    silent_s = reading.call.heard_until_s - since if since is not None else 0.0
    if reading.has_music and since is not None and candidate_of(reading) is None and silent_s >= SILENCE_WORTH_A_WORD_S:
        note = f"{silent_s:.1f} s in which nobody spoke"
        yield _finding(reading, "nobody_spoke", since, note, is_for=False)
    if reading.has_music and since is not None and reading.call.heard_until_s - since > 1:
        yield _finding(reading, "hold_music_ended", since, "the waiting sound stopped", is_for=True)


def _words(length_s: float, repeats_s: float | None) -> str:
    again = "" if repeats_s is None else f", the same as at second {repeats_s:.1f} of the call"
    return f"{length_s:.1f} s of speech that matches no registered recording{again}"


def _tones(reading: Reading, after: float) -> Iterator[Finding]:
    for kind, name in _TONES.items():
        spans = [span for span in reading.sounds(after) if span.kind is kind and is_waiting_sound(span)]
        if spans:
            note = f"{len(spans)} times, {sum(span.length_s for span in spans):.1f} s of it together"
            yield _finding(reading, name, spans[0].start_s, note, is_for=False)


def _signs(reading: Reading) -> Iterator[Finding]:
    for sign in reading.call.signalling.signs:
        is_for = sign.name in {SignName.IDENTITY_CHANGED, SignName.SSRC_CHANGED, SignName.AGENT_CONNECTED}
        if sign.name in _SIGNED and not (is_for and sign.at_s < reading.first_key):
            yield _finding(reading, _SIGNED[sign.name], sign.at_s, sign.note, is_for=is_for)
    for start, end in reading.call.signalling.gaps:
        if end - start >= GAP_WORTH_A_WORD_S:
            note = f"{end - start:.1f} s without an RTP packet"
            yield _finding(reading, "no_rtp_gap", start, note, is_for=False)


def _missing(reading: Reading, voice: Voice) -> Iterator[Finding]:
    if not voice.greeting:
        note = "no greeting is registered: any speech counted as the IVR, which is less sure"
        yield _finding(reading, "greeting_not_registered", reading.answered, note, is_for=False)
    if not voice.agent_greeting and reading.keys and proof_of(reading, voice) is None:
        note = "no agent greeting is registered: an agent can mostly be only probable"
        yield _finding(reading, "agent_greeting_not_registered", reading.first_key, note, is_for=False)
    ended = reading.call.signalling.ended_s
    if ended is not None:
        yield _finding(reading, "far_end_hung_up", ended, "the other side ended the call", is_for=False)
