"""What had been known of a call at each second of it: what was signalled by then, what had been heard. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.timeline import Call, Sign, Signalling, SignName

TICK_S = 0.2


def ticks(end_s: float) -> Iterator[float]:
    """Every 0.2 s, and the end itself."""
    count = int(end_s / TICK_S)
    yield from (tick * TICK_S for tick in range(1, count + 1))
    if end_s > count * TICK_S:
        yield end_s


def call_heard(ear: Ear, said: Signalling, now_s: float) -> Call:
    """The call as an ear has heard it so far, the recording's seconds brought to the call's.

    Which agreed tones were heard is this ear's word as well, whatever another had noted among the signs.
    """
    begin = said.recording_s or 0.0
    spans = tuple(
        replace(
            span,
            start_s=span.start_s + begin,
            end_s=span.end_s + begin,
            repeats_s=None if span.repeats_s is None else span.repeats_s + begin,
        )
        for span in ear.spans
    )
    matches = tuple(replace(match, start_s=match.start_s + begin, end_s=match.end_s + begin) for match in ear.matches)
    tones = (Sign(SignName.TONE_HEARD, at_s + begin, f"{hertz:g}") for at_s, hertz in ear.tones_heard)
    others = (sign for sign in said.signs if sign.name is not SignName.TONE_HEARD)
    signs = tuple(sorted((*others, *tones), key=lambda sign: sign.at_s))
    return Call(now_s, replace(said, signs=signs), spans, matches, ear.heard_until_s + begin, ear.loudness)


def known_at(said: Signalling, at_s: float, end_s: float) -> Signalling:
    """What of all that was signalled until ``end_s`` had been signalled by ``at_s``.

    Packets are counted as if they had come evenly while any came; of loss and jitter only the whole call's are kept.
    """
    ringing, answered, ended, recording = (
        moment if moment is not None and moment <= at_s else None
        for moment in (said.ringing_s, said.answered_s, said.ended_s, said.recording_s)
    )
    packets = round(said.packets * _share_received(said, at_s, end_s))
    is_answered, is_over = answered is not None, ended is not None
    return replace(
        said,
        ringing_s=ringing,
        answered_s=answered,
        ended_s=ended,
        recording_s=recording,
        code=said.code if is_over else 200 if is_answered else 0,
        reason=said.reason if is_over else "",
        is_local=said.is_local and is_over,
        packets=packets,
        loss_percent=said.loss_percent if packets else 0.0,
        jitter_ms=said.jitter_ms if packets else 0.0,
        keys_s=tuple(key_s for key_s in said.keys_s if key_s <= at_s),
        signs=tuple(sign for sign in said.signs if sign.at_s <= at_s),
        gaps=tuple((start, min(end, at_s)) for start, end in said.gaps if start < at_s),
        codec=said.codec if recording is not None else "",
    )


def _share_received(said: Signalling, at_s: float, end_s: float) -> float:
    """How much of all sound had come by then, 0 to 1."""
    begin = said.recording_s if said.recording_s is not None else said.answered_s or 0.0
    until = min(end_s, said.ended_s if said.ended_s is not None else end_s)
    whole = _without_gaps(said, begin, until)
    return min(1.0, _without_gaps(said, begin, min(at_s, until)) / whole) if whole > 0 else float(at_s >= begin)


def _without_gaps(said: Signalling, start_s: float, end_s: float) -> float:
    missing = sum(max(0.0, min(end, end_s) - max(start, start_s)) for start, end in said.gaps)
    return max(0.0, end_s - start_s - missing)
