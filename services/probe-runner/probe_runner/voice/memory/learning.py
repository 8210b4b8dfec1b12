"""What a call teaches about its target: its stretches of sound, and which of them to register as what.

Pure: spans and signalling in, proposals out. It proposes; a person listens and decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.timeline import Call, Role, Signalling, Span

PAUSE_S = 1.0
"""A shorter silence is a pause inside one thing said."""
FLICKER_S = 1.0
"""A shorter stretch between two of one other kind is the classifier's doubt."""
WORTH_S = 1.0
"""Shorter sound is no announcement; a recording needs half a second of sound to be recognised at all."""
GREETING_S = 1.5
LONGEST_S = 110.0
"""A registered recording may last two minutes."""
FIRST_WORDS_S = 8.0
"""Of an agent: what is said always; what follows depends on the day."""
HUNG_UP_S = 4.0

_SHORTEST_S = {Kind.MUSIC: 1.0, Kind.TONE: 0.4}
"""Shorter music or tones are taken for speech."""
_SAID = {Kind.SPEECH, Kind.OTHER}
_WAITING = {Kind.MUSIC, Kind.TONE, Kind.RINGBACK}


@dataclass(frozen=True)
class Segment:
    """One thing heard. ``repeats_s``: the second at which the same had been heard before.

    ``period_s``: after how many seconds something in it was the same again.
    """

    kind: Kind
    start_s: float
    end_s: float
    repeats_s: float | None = None
    period_s: float | None = None

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Proposal:
    """A stretch to register, as what, and why."""

    role: Role
    start_s: float
    end_s: float
    why: str

    def has(self, segment: Segment) -> bool:
        """Whether the segment lies in it, at least by half."""
        shared = min(self.end_s, segment.end_s) - max(self.start_s, segment.start_s)
        return shared >= segment.length_s / 2


def segments_of(call: Call) -> tuple[Segment, ...]:
    """Everything that sounded, in order: joined over pauses, parted where the kind changes, at the answer and keys."""
    said = call.signalling
    cuts = sorted(at_s for at_s in (said.answered_s, *said.keys_s) if at_s is not None)
    pieces = [piece for span in _settled(call.spans) for piece in _parted(span, cuts)]
    segments: list[Segment] = []
    for piece in pieces:
        last = segments[-1] if segments else None
        if last is not None and _is_one(last, piece, cuts):
            period_s = piece.period_s if last.period_s is None else last.period_s
            segments[-1] = replace(last, end_s=piece.end_s, period_s=period_s)
        else:
            segments.append(piece)
    return tuple(segments)


def _settled(spans: Sequence[Span]) -> list[Span]:
    """The spans that sound, without the classifier's short doubts."""
    sounding = [span for span in spans if not span.kind.is_silent]
    settled = []
    for number, span in enumerate(sounding):
        before, after = sounding[max(0, number - 1)], sounding[min(number + 1, len(sounding) - 1)]
        is_between = before.kind is after.kind and before is not span and after is not span
        is_near = span.start_s - before.end_s < PAUSE_S and after.start_s - span.end_s < PAUSE_S
        if is_between and is_near and span.length_s < FLICKER_S:
            settled.append(replace(span, kind=before.kind))
        elif span.length_s < _SHORTEST_S.get(span.kind, 0.0):
            settled.append(replace(span, kind=Kind.SPEECH))
        else:
            settled.append(span)
    return settled


def _parted(span: Span, cuts: Sequence[float]) -> Iterator[Segment]:
    start, repeats = span.start_s, span.repeats_s
    period = None if repeats is None else start - repeats
    for cut in (*(cut for cut in cuts if span.start_s < cut < span.end_s), span.end_s):
        yield Segment(span.kind, start, cut, repeats, period)
        start, repeats, period = cut, None, None


def _is_one(last: Segment, piece: Segment, cuts: Iterable[float]) -> bool:
    is_alike = last.kind is piece.kind or {last.kind, piece.kind} <= _SAID
    pause = PAUSE_S if last.kind in _SAID else 2 * PAUSE_S  # a tone may rest between two sounds of its cadence
    is_apart = any(last.end_s <= cut <= piece.start_s for cut in cuts)
    return is_alike and piece.start_s - last.end_s < pause and not is_apart


def proposals_of(segments: Sequence[Segment], said: Signalling) -> tuple[Proposal, ...]:
    """What to register, in the order heard; nothing of a call that was not answered."""
    if said.answered_s is None:
        return ()
    key_s = said.keys_s[0] if said.keys_s else float("inf")
    heard = [segment for segment in segments if segment.start_s >= said.answered_s and segment.length_s >= WORTH_S]
    before = [segment for segment in heard if segment.start_s < key_s]
    after = [segment for segment in heard if segment.start_s >= key_s]
    found = (*_greeting(before, key_s), *_after_key(after, said))
    return tuple(sorted((_warned(one, key_s) for one in found), key=lambda proposal: proposal.start_s))


def _greeting(before: Sequence[Segment], key_s: float) -> Iterator[Proposal]:
    words = _said(before)
    if sum(segment.length_s for segment in words) >= GREETING_S:
        is_cut = words[-1].end_s == key_s
        why = "said until the key was pressed into it: only its beginning" if is_cut else "said before the key"
        yield _proposal(Role.GREETING, words[0], words[-1], why)


def _warned(proposal: Proposal, key_s: float) -> Proposal:
    """What was being said when the key was pressed may go on for a moment and belong to the greeting."""
    if proposal.start_s != key_s:
        return proposal
    return replace(proposal, why=f"{proposal.why}; it may begin with the end of the greeting")


def _after_key(after: Sequence[Segment], said: Signalling) -> Iterator[Proposal]:
    waits = [number for number, segment in enumerate(after) if segment.kind in _WAITING]
    if not waits:
        yield from _without_waiting(after, said)
        return
    first, last = waits[0], waits[-1]
    if words := _said(after[:first]):
        yield _proposal(Role.TRANSFER, words[0], words[-1], "said after the key, before the waiting sounds")
    yield from _music(after)
    for segment in _said(after[first:last]):
        if segment.repeats_s is None:
            yield _proposal(Role.QUEUE, segment, segment, "said between the waiting sounds")
    if words := _said(after[last:]):
        yield _last_words(words, said)


def _without_waiting(after: Sequence[Segment], said: Signalling) -> Iterator[Proposal]:
    """No music and no ringing after the key: what is said first is an announcement, what follows may be an agent."""
    words = _said(after)
    if len(words) == 1 and _hung_up_after(words[-1], said):
        yield _last_words(words, said)
    elif words:
        yield _proposal(Role.TRANSFER, words[0], words[0], "said first after the key")
    if len(words) > 1:
        yield _last_words(words[1:], said)


def _said(segments: Iterable[Segment]) -> list[Segment]:
    return [segment for segment in segments if segment.kind in _SAID]


def _music(after: Sequence[Segment]) -> Iterator[Proposal]:
    music = [segment for segment in after if segment.kind is Kind.MUSIC]
    if not music:
        return
    longest = max(music, key=lambda segment: segment.length_s)
    period = next((segment.period_s for segment in music if segment.period_s is not None), None)
    why = "played while waiting; no repetition was heard"
    if period is not None and WORTH_S <= period < longest.length_s:
        longest = replace(longest, end_s=longest.start_s + period)
        why = f"played while waiting; it repeats after {period:.1f} s"
    yield _proposal(Role.HOLD_MUSIC, longest, longest, why)


def _last_words(words: Sequence[Segment], said: Signalling) -> Proposal:
    """What was said after all waiting: an agent's first words, or why nobody will come."""
    if _hung_up_after(words[-1], said):
        why = "said last, then the other side hung up: out of hours, or too many waiting (then register it as full)"
        return _proposal(Role.CLOSED, words[0], words[-1], why)
    first = words[0]
    short = replace(first, end_s=min(first.end_s, first.start_s + FIRST_WORDS_S))
    return _proposal(Role.AGENT_GREETING, short, short, "the first words after all waiting")


def _hung_up_after(segment: Segment, said: Signalling) -> bool:
    return said.ended_s is not None and said.ended_s - segment.end_s < HUNG_UP_S


def _proposal(role: Role, first: Segment, last: Segment, why: str) -> Proposal:
    return Proposal(role, first.start_s, min(last.end_s, first.start_s + LONGEST_S), why)


def meaning_of(segment: Segment, proposals: Iterable[Proposal], said: Signalling) -> str:
    """What the segment could be, in a word or a few."""
    if said.answered_s is None or segment.start_s < said.answered_s:
        return "ringing" if segment.kind in {Kind.TONE, Kind.RINGBACK} else "before the answer"
    role = next((proposal.role.value for proposal in proposals if proposal.has(segment)), None)
    if role is not None:
        return role
    if segment.repeats_s is not None:
        return f"the same as at {segment.repeats_s:.1f} s"
    if segment.kind in {Kind.BUSY, Kind.CONGESTION}:
        return f"{segment.kind.value} tone"
    is_ringing = segment.kind in {Kind.TONE, Kind.RINGBACK} and bool(said.keys_s)
    return "ringing at an agent" if is_ringing else "not known"
