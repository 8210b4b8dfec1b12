"""Reads a call's timeline for the rules of the verdict: when which thing was heard. Knows no rule."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.timeline import Call, Match, Role, Span

BETTER = 0.1
BEFORE_KEY_S = 1.0
"""Where in a loop of music it begins is known to about this."""
BESIDE_S = 0.3
MARGIN_S = 0.4
"""The ends of a recognised recording are known to about this."""
ALMOST_ALL = 0.9
NOT_A_FLICKER_S = {
    Kind.MUSIC: 1.0,
    Kind.TONE: 0.9,
    Kind.RINGBACK: 0.4,
    Kind.BUSY: 0.2,
    Kind.CONGESTION: 0.1,
}
"""Shorter stretches of music or tone inside speech are the classifier's doubt; a ringback tone lasts a second.
A shorter tone is a beep: an answering machine's, or the notice of a recording."""
WORDS = {Kind.SPEECH, Kind.MUSIC}
"""What words are heard as: a short stretch of song inside them is doubt, not a song."""
WAITING = (Role.TRANSFER, Role.HOLD_MUSIC, Role.QUEUE)
"""The recordings that only a waiting customer hears."""


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
        self.matches = tuple(_likeliest(call.matches))
        self.unknown = tuple(_uncovered(call.spans, self.matches))
        self._is_word = _words_in(self.unknown)

    def named(self, role: Role, after: float = 0.0) -> list[Match]:
        """Where recordings of a role were recognised and went on beyond ``after``."""
        return [match for match in self.matches if match.name == role and match.end_s > after]

    def since_key(self, role: Role) -> list[Match]:
        """The same, those that began with or after the first key."""
        begin = self.first_key - BEFORE_KEY_S
        return [match for match in self.named(role, begin) if match.start_s >= begin]

    def sounds(self, after: float) -> list[Span]:
        """All that is no silence, cut at ``after``."""
        return _cut((span for span in self.call.spans if not span.kind.is_silent), after)

    def voiced(self, after: float) -> float:
        """How much speech or music there was, recognised or not."""
        return total(span for span in self.sounds(after) if span.kind in WORDS)

    def toned(self, kind: Kind, after: float) -> float:
        """How long a tone of this kind went on, its pauses left out."""
        heard = (span for span in self.call.spans if span.kind is kind and span.end_s > after)
        return sum(span.end_s - max(span.start_s, after) for span in heard)

    def unknown_speech(self, after: float) -> list[Span]:
        """Speech that is no registered recording; short stretches taken for music beside it count as speech."""
        return _cut((span for span, is_word in zip(self.unknown, self._is_word, strict=True) if is_word), after)

    def unknown_music(self, after: float) -> list[Span]:
        """Music or tones that are no registered recording."""
        rest = (span for span, is_word in zip(self.unknown, self._is_word, strict=True) if not is_word)
        return [span for span in _cut(rest, after) if span.kind is Kind.MUSIC or is_waiting_sound(span)]

    def is_without_rtp(self, start: float, end: float) -> bool:
        """Whether hardly any RTP packet came in that time."""
        missing = sum(max(0.0, min(to, end) - max(at, start)) for at, to in self.call.signalling.gaps)
        return end > start and missing >= ALMOST_ALL * (end - start)

    @property
    def greetings(self) -> list[Match]:
        """The greeting as recognised after the answer; again when it is repeated."""
        return self.named(Role.GREETING, self.answered)

    @property
    def agents(self) -> list[Match]:
        """The registered agent greeting, after the key."""
        return [match for match in self.named(Role.AGENT_GREETING, self.first_key) if match.start_s >= self.first_key]

    @property
    def waited_until(self) -> float | None:
        """When the last waiting sound ended, so far; None while there has been none."""
        return max((end for _, end in self.waits), default=None)

    @functools.cached_property
    def waits(self) -> list[tuple[float, float]]:
        """When a waiting customer heard something since the first key: prompts, hold music, tones."""
        heard = [(match.start_s, match.end_s) for role in WAITING for match in self.since_key(role)]
        heard += [(span.start_s, span.end_s) for span in self.unknown_music(self.first_key)]
        return sorted(heard)

    @property
    def is_ringing(self) -> bool:
        """Whether the last thing a waiting customer heard was a tone."""
        tones = [span for span in self.unknown_music(self.first_key) if span.kind.is_tone]
        return bool(tones) and tones[-1].end_s == self.waited_until

    @property
    def has_music(self) -> bool:
        """Whether there was hold music or a tone since the first key: its end means something."""
        return bool(self.since_key(Role.HOLD_MUSIC) or self.unknown_music(self.first_key))

    @property
    def has_waited(self) -> bool:
        """Whether the customer was made to wait since the first key, by more than a spoken transfer prompt."""
        return self.has_music or bool(self.since_key(Role.QUEUE))


def _is_only_its_end(match: Match, span: Span) -> bool:
    """Words that begin where music ended are all words: "Halo?" is no longer than the margin."""
    is_words_after_music = match.name == Role.HOLD_MUSIC and span.kind is Kind.SPEECH
    return is_words_after_music and match.end_s - span.start_s <= MARGIN_S


def _likeliest(matches: Sequence[Match]) -> Iterator[Match]:
    """Without those that another recording explains clearly better: announcements share whole phrases."""
    for match in matches:
        if not any(other.score > match.score + BETTER and _is_within(match, other) for other in matches):
            yield match


def _is_within(match: Match, other: Match) -> bool:
    shared = min(match.end_s, other.end_s) - max(match.start_s, other.start_s)
    return match.name != other.name and shared >= match.heard_s / 2


def _words_in(spans: Sequence[Span]) -> list[bool]:
    """Which of them are words: speech, and what was taken for a little music right beside it."""
    speech = [span for span in spans if span.kind is Kind.SPEECH]
    return [span.kind is Kind.SPEECH or (_is_flicker(span) and _is_beside(span, speech)) for span in spans]


def _is_flicker(span: Span) -> bool:
    return span.kind is Kind.MUSIC and not is_waiting_sound(span)


def _is_beside(span: Span, others: Sequence[Span]) -> bool:
    return any(other.start_s - BESIDE_S <= span.end_s and span.start_s <= other.end_s + BESIDE_S for other in others)


def is_waiting_sound(span: Span) -> bool:
    """Whether it is music or a tone, and long enough to be believed."""
    return span.length_s >= NOT_A_FLICKER_S.get(span.kind, math.inf)


def _cut(spans: Iterable[Span], after: float) -> list[Span]:
    kept = (span for span in spans if span.end_s > after)
    return [span if span.start_s >= after else replace(span, start_s=after) for span in kept]


def _uncovered(spans: Sequence[Span], matches: Sequence[Match]) -> Iterable[Span]:
    """The parts of all sound that no recording explains."""
    in_order = sorted(matches, key=lambda match: match.start_s)
    for span in spans:
        if span.kind.is_silent:
            continue
        at = span.start_s
        for match in in_order:
            if match.start_s - MARGIN_S > at and match.start_s - MARGIN_S < span.end_s:
                yield replace(span, start_s=at, end_s=match.start_s - MARGIN_S)
            if match.start_s - MARGIN_S < span.end_s and not _is_only_its_end(match, span):
                at = max(at, match.end_s + MARGIN_S)
        if at < span.end_s:
            yield span if at == span.start_s else replace(span, start_s=at)
