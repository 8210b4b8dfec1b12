"""Reads a call's timeline for the rules of the verdict: when which thing was heard. Knows no rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from probe_runner.voice.sound import Kind
from probe_runner.voice.timeline import (
    AGENT_GREETING,
    GREETING,
    HOLD_MUSIC,
    TRANSFER,
    Call,
    Match,
    Span,
)

MARGIN_S = 0.4
"""The ends of a recognised recording are known to about this."""
NOT_A_FLICKER_S = {Kind.MUSIC: 1.0, Kind.TONE: 0.4}
"""Shorter stretches of music or tone inside speech are the classifier's doubt; a ringback tone lasts a second."""


def total(spans: Iterable[Span]) -> float:
    """How long they are together."""
    return sum(span.length_s for span in spans)


class Reading:
    """One look at a call that was answered, at one moment."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.now = call.now_s
        self.keys = call.signalling.keys_s
        self.first_key = self.keys[0] if self.keys else call.now_s
        self.last_key = self.keys[-1] if self.keys else call.now_s
        self.answered = call.signalling.answered_s or 0.0
        self.unknown = tuple(_uncovered(call.spans, call.matches))

    def named(self, name: str, after: float = 0.0) -> list[Match]:
        """Where a recording was recognised and went on beyond ``after``."""
        return [match for match in self.call.matches if match.name == name and match.end_s > after]

    def sounds(self, after: float) -> list[Span]:
        """All that is no silence, cut at ``after``."""
        return _cut((span for span in self.call.spans if span.kind is not Kind.SILENCE), after)

    def voiced(self, after: float) -> float:
        """How much speech or music there was, recognised or not."""
        return total(span for span in self.sounds(after) if span.kind is not Kind.TONE)

    def unknown_speech(self, after: float) -> list[Span]:
        """Speech that is no registered recording; short stretches taken for music inside it count as speech."""
        return [span for span in _cut(self.unknown, after) if not is_waiting_sound(span) and span.kind is not Kind.TONE]

    def unknown_music(self, after: float) -> list[Span]:
        """Music or tones that are no registered recording."""
        return [span for span in _cut(self.unknown, after) if is_waiting_sound(span)]

    @property
    def greetings(self) -> list[Match]:
        """The greeting as recognised after the answer; again when it is repeated."""
        return self.named(GREETING, self.answered)

    @property
    def agents(self) -> list[Match]:
        """The registered agent greeting, after the key."""
        return [match for match in self.named(AGENT_GREETING, self.first_key) if match.start_s >= self.first_key]

    @property
    def waited_until(self) -> float | None:
        """When the last waiting sound ended, so far; None while there has been none."""
        return max((end for _, end in self.waits()), default=None)

    def waits(self) -> list[tuple[float, float]]:
        """When a waiting customer heard something since the first key: transfer prompt, hold music, tones."""
        after = self.first_key - MARGIN_S
        known = [m for name in (TRANSFER, HOLD_MUSIC) for m in self.named(name, after) if m.start_s >= after]
        heard = [(match.start_s, match.end_s) for match in known]
        heard += [(span.start_s, span.end_s) for span in self.unknown_music(self.first_key)]
        return sorted(heard)

    @property
    def is_ringing(self) -> bool:
        """Whether the last thing a waiting customer heard was a tone."""
        tones = [span for span in self.unknown_music(self.first_key) if span.kind is Kind.TONE]
        return bool(tones) and tones[-1].end_s == self.waited_until

    @property
    def has_music(self) -> bool:
        """Whether there was hold music or a tone since the first key, not only a spoken transfer prompt."""
        known = [match for match in self.named(HOLD_MUSIC, self.first_key) if match.start_s >= self.first_key]
        return bool(known or self.unknown_music(self.first_key))


def is_waiting_sound(span: Span) -> bool:
    """Whether it is music or a tone, and long enough to be believed."""
    return span.length_s >= NOT_A_FLICKER_S.get(span.kind, math.inf)


def _cut(spans: Iterable[Span], after: float) -> list[Span]:
    return [Span(span.kind, max(span.start_s, after), span.end_s) for span in spans if span.end_s > after]


def _uncovered(spans: Sequence[Span], matches: Sequence[Match]) -> Iterable[Span]:
    """The parts of all sound that no recording explains."""
    for span in spans:
        if span.kind is Kind.SILENCE:
            continue
        at = span.start_s
        for match in sorted(matches, key=lambda match: match.start_s):
            if match.start_s - MARGIN_S > at and match.start_s - MARGIN_S < span.end_s:
                yield Span(span.kind, at, match.start_s - MARGIN_S)
            if match.start_s - MARGIN_S < span.end_s:
                at = max(at, match.end_s + MARGIN_S)
        if at < span.end_s:
            yield Span(span.kind, at, span.end_s)
