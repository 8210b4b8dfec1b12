"""What was heard, as the sound comes in: stretches of one kind, and registered recordings recognised in them.

Each 240 ms are sorted at once and looked for in the recordings each 480 ms, so a long call costs hardly more per
second than a short one. Knows no file, no call and no clock: the time is the sound's own, in seconds from its first
sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from probe_runner.voice.ear.following import DRIFT, TAIL, Found, fits_throughout, goes_on, slip_of_tail
from probe_runner.voice.ear.kinds import trained
from probe_runner.voice.ear.likeness import Reference, Stretch
from probe_runner.voice.ear.places import Places
from probe_runner.voice.ear.repeats import Repeats
from probe_runner.voice.ear.sorter import Sorter
from probe_runner.voice.ear.sound import ACTIVE_DBFS, HOP, HOP_S, RATE, Frames, Numbers, Samples, frames_of, shape_of
from probe_runner.voice.ear.strip import Strip
from probe_runner.voice.ear.tone_plan import TonePlan
from probe_runner.voice.ear.tones import Tones
from probe_runner.voice.timeline import Loudness, Match, Span

MATCH_FRAMES = 100
"""Two seconds: announcements of one voice that share a phrase of one second are still told apart."""
SURE = 0.62
"""As a whole; every half second must fit as well (``following.SURE_OF_EACH``). Through the corpus' lines (G.711, noise,
loss, slips) 86 % of 3,506 windows of two seconds found their place, half of them with 0.996 and more; of 4,310 windows
beside eight other recordings of the same voice 2 did, with five and with three words in a row that they share."""

_CHUNK = 12
_LOOK, _LOOK_BACK, _LOOK_WHILE_FOLLOWING = 2, 4, 6
"""Chunks between two looks for recordings, and between two looks into the call's own past, which is not searched
while a recording is followed; others are then looked for less often."""
_SHORT = 175
"""Frames (3.5 s): a recording that is shorter may be over before a window lies within it, so its beginning is looked
for in what was just heard."""
_NEWS = 16
"""Chunks (3.8 s) after a pause, or after a recording, in which every chunk is looked at: a short one leaves no time."""
_MEMORY = 150
_COARSE = 0.35
_ABOUT = 4
_VOICED_SHARE = 0.35
_CLIPPED = 0.97
"""The loudest values of G.711 are 0.980 (µ-law) and 0.984 (A-law) of full scale."""


class Follower:
    """Looks for one reference in what comes in and follows it once found."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self._found: list[Found] = []
        self.is_following = False

    def follow(self, window: Frames, shape: Numbers, now: int) -> None:
        """Look whether what was found goes on in the newest chunk; ``now`` counts all frames so far."""
        if self.is_following:
            longer = goes_on(self._found[-1], self.reference, window, shape, now, _CHUNK)
            self.is_following = longer is not None
            self._found[-1] = longer or self._found[-1]

    def look_at(self, shape: Numbers, now: int, place: int) -> None:
        """Look closely whether the newest frames fit near one place of the reference."""
        width = self.reference.width
        likeness = self.reference.likeness(shape[-width:], place - _ABOUT, place + _ABOUT + 1)
        if likeness.score >= SURE:
            self._take(shape, now, now - width, likeness.at_frame, likeness.score)

    def look_for_beginning(self, shape: Numbers, now: int) -> None:
        """Look for the beginning of the reference, or the whole of a short one, anywhere in the newest frames."""
        width = len(self.reference.beginning)
        if len(shape) < width or self.is_following or (self._found and self._found[-1].end > now - _LOOK * _CHUNK):
            return
        least = 0.5 * float((self.reference.beginning**2).sum())
        likeness = Stretch(shape, width, least).likeness(self.reference.beginning)
        start = now - len(shape) + likeness.at_frame
        if likeness.score >= sure_of(width):
            goes_on = start + width < now and slip_of_tail(self.reference, shape, now - TAIL - start) is not None
            self._note(start, now if goes_on else start + width, 0, likeness.score)
            self.is_following = goes_on or start + width == now

    def _take(self, shape: Numbers, now: int, start: int, at_frame: int, score: float) -> None:
        if fits_throughout(self.reference, shape[-self.reference.width :], at_frame):
            self._note(start, now, at_frame, score)
            self.is_following = True

    def _note(self, start: int, end: int, at_frame: int, score: float) -> None:
        before_window = at_frame if at_frame <= DRIFT + _LOOK * _CHUNK else 0
        offset = start - at_frame
        last = self._found[-1] if self._found else None
        if last is not None and self._is_same(last, start, offset):
            self._found[-1] = Found(last.start, max(end, last.end), offset, max(score, last.score))
        else:
            self._found.append(Found(max(0, start - before_window), end, offset, score))

    def _is_same(self, last: Found, start: int, offset: int) -> bool:
        apart = abs(offset - last.offset)
        if self.reference.is_loop:
            apart = min(apart % self.reference.length, -apart % self.reference.length)
        return apart <= DRIFT and start <= last.end + _MEMORY

    def matches(self) -> list[Match]:
        """Everything found so far."""
        return [self._match(found) for found in self._found]

    def _match(self, found: Found) -> Match:
        reference = self.reference
        begin = max(0, found.start - found.offset)
        if reference.is_loop:
            begin %= reference.length
        start_s, end_s, from_s = found.start * HOP_S, found.end * HOP_S, begin * HOP_S
        to_s = from_s + end_s - start_s if reference.is_loop else (found.end - found.offset) * HOP_S
        to_s = to_s if reference.is_loop else min(to_s, reference.length_s)
        score, file = round(found.score, 3), reference.file
        return Match(reference.name, start_s, end_s, from_s, to_s, reference.length_s, score, file)


def sure_of(width: int) -> float:
    """What a reference of so many frames, shorter than the window, must score: short ones are alike by chance."""
    return SURE + 0.28 * (1 - width / MATCH_FRAMES)


@dataclass
class _Loud:
    """Sums for the loudness: power and count of sounding frames without tones, samples and clipped samples."""

    power: float = 0.0
    frames: int = 0
    samples: int = 0
    clipped: int = 0


class Ear:
    """Takes sound in pieces of any size and says what was in it.

    ``plan``: whose ringback, busy and congestion to know; without one every tone is a tone. ``agent_tone_hz``: the
    frequency of the tone that the agent's side agreed to play.
    """

    def __init__(
        self, references: Sequence[Reference], plan: TonePlan | None = None, agent_tone_hz: float | None = None
    ) -> None:
        self._followers = [Follower(reference) for reference in references]
        self._short = [follower for follower in self._followers if follower.reference.length < _SHORT]
        self._long = [follower for follower in self._followers if follower.reference.length >= MATCH_FRAMES]
        self._places = Places([follower.reference.shape for follower in self._long], MATCH_FRAMES)
        self._strip = Strip()
        self._tones = Tones(self._strip, plan, agent_tone_hz)
        self._sorter = Sorter(self._strip, trained())
        self._repeats = Repeats(self._strip, MATCH_FRAMES)
        self._loud = _Loud()
        self._rest: Samples = np.zeros(0, np.float32)
        self._seam: Numbers | None = None
        self._recent: Frames | None = None
        self._now, self._news = 0, 0

    @property
    def heard_until_s(self) -> float:
        """How far the sound has been listened to."""
        return self._now * HOP_S

    @property
    def spans(self) -> tuple[Span, ...]:
        """What kinds of sound there were, in order and without gaps (the newest 0.6 s may be undecided)."""
        return tuple(self._strip.spans())

    @property
    def matches(self) -> tuple[Match, ...]:
        """Which registered recordings were recognised, in order of their beginnings."""
        found = [match for follower in self._followers for match in follower.matches()]
        return tuple(sorted(found, key=lambda match: match.start_s))

    @property
    def tones_heard(self) -> tuple[tuple[float, float], ...]:
        """Second and frequency in Hz of each agreed tone (0.4 s or longer, at most 2 % beside its frequency)."""
        return tuple(self._tones.agreed)

    @property
    def loudness(self) -> Loudness:
        """How loud the sound was while it sounded, tones left out, and how much of it was clipped."""
        loud = self._loud
        level = 10 * np.log10(loud.power / loud.frames) if loud.frames else 0.0
        return Loudness(round(float(level), 1), round(100 * loud.clipped / max(loud.samples, 1), 2))

    def hear(self, samples: Samples) -> None:
        """Take in the next samples."""
        sound = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        self._loud.samples += len(samples)
        self._loud.clipped += int(np.count_nonzero(np.abs(samples) >= _CLIPPED))
        at = 0
        while len(sound) - at >= (_CHUNK + 1) * HOP:
            frames, self._seam = frames_of(sound[at : at + (_CHUNK + 1) * HOP], self._seam)
            self._take(frames)
            at += _CHUNK * HOP
        self._rest = sound[at:]

    def _take(self, chunk: Frames) -> None:
        self._now += _CHUNK
        self._recent = (chunk if self._recent is None else self._recent.then(chunk)).last(_MEMORY)
        is_tone = self._tones.take(chunk, self._now)
        self._sorter.take(self._recent, _CHUNK, self._now, is_tone)
        self._measure(chunk, is_tone)
        window = self._recent.last(MATCH_FRAMES)
        if (window.level > ACTIVE_DBFS).any():
            self._compare(window, shape_of(window), bool(is_tone.any()))
        else:
            self._repeats.take(window, np.zeros((len(window), 16), np.float32), self._now, _CHUNK)

    def _measure(self, chunk: Frames, is_tone: np.ndarray) -> None:
        power = 10 ** (chunk.level[(chunk.level > ACTIVE_DBFS) & ~is_tone] / 10)
        self._loud.power += float(power.sum())
        self._loud.frames += len(power)

    def _compare(self, window: Frames, shape: Numbers, is_tone: bool) -> None:
        """Follow what was found, and look for what was not where enough sounds."""
        was_following = self._is_following
        for follower in self._followers:
            follower.follow(window, shape, self._now)
        has_stopped = was_following and not self._is_following
        was_silent = not (window.level[-2 * _CHUNK : -_CHUNK] > ACTIVE_DBFS).any()
        self._news = _NEWS if has_stopped or was_silent else self._news - 1
        self._repeats.take(window, shape, self._now, _CHUNK)
        is_sounding = window.level > ACTIVE_DBFS
        if is_tone or not is_sounding[-2 * _CHUNK :].any():
            return
        chunks = self._now // _CHUNK
        is_time = chunks % (_LOOK_WHILE_FOLLOWING if self._is_following else _LOOK) == 0 or self._news > 0
        if is_time:
            self._look_for_short()
        if len(window) < MATCH_FRAMES or float(is_sounding.mean()) < _VOICED_SHARE:
            return
        if is_time:
            self._look(shape)
        if chunks % _LOOK_BACK == 0 and not self._is_following:
            self._repeats.look(shape, self._now)

    @property
    def _is_following(self) -> bool:
        return any(follower.is_following for follower in self._followers)

    def _look(self, shape: Numbers) -> None:
        if all(follower.is_following for follower in self._long):
            return
        for place in self._places.best(shape, _COARSE):
            follower = self._long[place.which]
            if not follower.is_following:
                follower.look_at(shape, self._now, place.at_frame)

    def _look_for_short(self) -> None:
        if self._recent is None or not self._short:
            return
        for follower in self._short:
            width = len(follower.reference.beginning) + _LOOK * _CHUNK + DRIFT
            follower.look_for_beginning(shape_of(self._recent.last(width)), self._now)


def reference_of(name: str, samples: Samples, is_loop: bool, file: str = "") -> Reference:
    """Prepare a registered recording for ears; silence at its ends is cut off. ``name``: its role.

    Raises:
        UselessReferenceError: it is silent, or shorter than half a second of sound.
    """
    frames, _ = frames_of(samples)
    active = np.flatnonzero(frames.level > ACTIVE_DBFS)
    if len(active) < TAIL:
        raise UselessReferenceError(name, len(samples) / RATE)
    kept = samples[active[0] * HOP : (active[-1] + 2) * HOP]
    return Reference(name, samples if is_loop else kept, MATCH_FRAMES, is_loop, file)


class UselessReferenceError(Exception):
    """A recording in which there is nothing to recognise."""

    def __init__(self, name: str, length_s: float) -> None:
        super().__init__(f"{name}: {length_s:.1f} s with hardly any sound: at least half a second is needed")
        self.name, self.length_s = name, length_s
