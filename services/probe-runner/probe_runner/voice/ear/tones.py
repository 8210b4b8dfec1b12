"""Finds tones in what comes in, to the frame, and names them by their cadence as soon as it is known."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from probe_runner.voice.ear.sound import ACTIVE_DBFS, HOP_S, Frames, Kind
from probe_runner.voice.ear.strip import Strip
from probe_runner.voice.ear.tone_plan import Burst, TonePlan

_PURE, _PURE_PAIR = 0.88, 0.9
_PAIR_BALANCE = 0.06
"""Of the power, at least, in the weaker of two frequencies: less is a harmonic or noise."""
_SHORTEST = 5
"""Frames (100 ms): shorter is a click, or a syllable."""
_WHOLE = 0.6
"""Of its frames, at least, are pure; the others may be lost packets."""
_LONG = 50
"""Frames (1 s): what is pure for so long is a tone even if it begins in the middle of other sound."""
_BRIEF, _CLEARANCE, _CLEAR_DB = 10, 4, 20.0
"""A tone of less than 0.2 s needs 80 ms of quiet on both sides: a vowel between two stops has less."""
_AMID_MUSIC = 100
"""Frames (2 s): what is pure for less amid music, at no pitch of the plan, is one of its notes."""
_GAP = 3
"""Frames that may be missing within a tone: lost packets."""
_BESIDE_HZ, _BESIDE = 18.0, 0.025
_STEADY, _BEATING = 0.03, 15
"""How far the frequency may wander in a tone of less than 0.3 s; a longer one may be two that beat."""
_FADING_DB = 4.0
"""A tone keeps its loudness; a plucked string and a hummed word do not."""
_RISE_DB = 10.0
_JUMP = 0.08
"""How far the next tone must lie from this one: less is the glide of a voice."""
_BEFORE = 24
"""Frames before the newest whose levels are still needed."""
_KEPT = 12
_FORGOTTEN = 350
"""Frames (7 s) without a tone, after which the next one is a new one."""
_AGREED, _AGREED_FRAMES = 0.02, 18
"""The agent's agreed tone: 2 % beside its frequency at most, for 0.4 s (its two end frames are partly silence)."""


@dataclass
class _Open:
    """A tone that is sounding."""

    start: int
    last: int
    is_alone: bool
    hertz: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    is_agreed: bool = False
    is_note: bool = False
    """It began amid music."""

    @property
    def length(self) -> int:
        return self.last - self.start + 1

    def goes_on_with(self, frame: int, hertz: float) -> bool:
        """Whether a pure frame belongs to this tone."""
        middle = median(self.hertz[-9:])
        return frame - self.last <= _GAP + 1 and abs(hertz - middle) <= _BESIDE_HZ + _BESIDE * middle

    @property
    def is_tone(self) -> bool:
        """Long enough, steady, and not in the middle of something else."""
        fewest = _AMID_MUSIC if self.is_note else _SHORTEST if self.is_alone else _LONG
        if len(self.hertz) < max(fewest, _WHOLE * self.length):
            return False
        hertz = sorted(self.hertz[1:-1])
        spread = (hertz[-1 - len(hertz) // 10] - hertz[len(hertz) // 10]) / hertz[len(hertz) // 2]
        if spread > (_STEADY if self.length < _BEATING else _BESIDE * 5):
            return False
        levels = self.levels[1:-1][-2 * _LONG :]
        half = len(levels) // 2
        return half == 0 or abs(fmean(levels[:half]) - fmean(levels[half:])) < _FADING_DB

    @property
    def burst(self) -> Burst:
        """What it is so far."""
        second = median(self.second[-_LONG:]) if len(self.second) > len(self.hertz) / 2 else 0.0
        return Burst(self.start, self.last + 1, median(self.hertz[-_LONG:]), second)


class Tones:
    """Takes frames in and covers the strip with the tones found in them, and with the pauses between those."""

    def __init__(self, strip: Strip, plan: TonePlan | None, agreed_hz: float | None) -> None:
        self._strip, self._plan, self._agreed_hz = strip, plan, agreed_hz
        self._open: _Open | None = None
        self._bursts: deque[Burst] = deque(maxlen=_KEPT)
        self._known: Kind | None = None
        self._levels: list[float] = []
        self._levels_from = 0
        self.agreed: list[tuple[float, float]] = []
        """Second and frequency of each agreed tone heard."""

    def take(self, frames: Frames, now: int) -> NDArray[np.bool_]:
        """Look at the newest frames (``now`` counts all so far); which of them belong to a tone."""
        first = now - len(frames)
        kept = self._levels[-_BEFORE:]
        self._levels, self._levels_from = kept + frames.level.tolist(), first - len(kept)
        is_pure, has_two = self._pure(frames)
        if is_pure.any() or self._open is not None:
            self._follow(frames, first, is_pure, has_two)
        self._name(now)
        return self._covered(first, now)

    @staticmethod
    def _pure(frames: Frames) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        one, two = frames.purity, frames.purity_of_two
        has_two = (one < _PURE) & (two > _PURE_PAIR) & (two - one > _PAIR_BALANCE)
        return ((one >= _PURE) | has_two) & (frames.level > ACTIVE_DBFS), has_two

    def _follow(self, frames: Frames, first: int, is_pure: NDArray[np.bool_], has_two: NDArray[np.bool_]) -> None:
        hertz, other = frames.hertz.tolist(), frames.second_hertz.tolist()
        for at in np.flatnonzero(is_pure).tolist():
            frame = first + at
            low = min(hertz[at], other[at]) if has_two[at] else hertz[at]
            if self._open is None or not self._open.goes_on_with(frame, low):
                self._close(low)
                self._open = _Open(frame, frame, self._is_alone(frame), is_note=self._is_note(frame, low))
            sounding = self._open
            sounding.last = frame
            sounding.hertz.append(low)
            sounding.levels.append(self._levels[frame - self._levels_from])
            if has_two[at]:
                sounding.second.append(max(hertz[at], other[at]))
        if self._open is not None:
            self._agree(self._open)
        if self._open is not None and first + len(frames) - self._open.last > _GAP + 1:
            self._close()
        if self._open is not None and self._open.is_tone:
            self._show(self._open.burst, self._kind_of(self._open.burst))

    def _is_alone(self, frame: int) -> bool:
        """Whether silence, or another tone, was just before."""
        if frame <= self._levels_from or (self._bursts and self._bursts[-1].end >= frame - _GAP):
            return True
        at = frame - self._levels_from
        return min(self._levels[max(0, at - 2) : at]) < max(self._levels[at : at + 2]) - _RISE_DB

    def _is_note(self, frame: int, hertz: float) -> bool:
        """Whether music was just before, and no tone of the plan has this frequency."""
        burst = Burst(frame, frame + 1, hertz)
        tones = self._plan.tones if self._plan is not None else ()
        is_planned = any(tone.has_pitch_of(burst) or len(tone.hz) > 1 for tone in tones)
        return not is_planned and self._strip.share_of(Kind.MUSIC, frame - _AMID_MUSIC, frame) > _WHOLE

    def _has_ended(self, sounding: _Open, next_hz: float | None) -> bool:
        """Whether it was followed by silence, or by quite another tone."""
        if sounding.length >= _LONG:
            return True
        at = sounding.last + 1 - self._levels_from
        if sounding.length < _BRIEF and not self._is_clear(sounding, at):
            return False
        if next_hz is not None and abs(next_hz - sounding.hertz[-1]) > _JUMP * next_hz:
            return True
        after = self._levels[max(0, at) : at + _GAP]
        return not after or min(after) < max(sounding.levels) - _RISE_DB

    def _is_clear(self, sounding: _Open, at: int) -> bool:
        """Whether it is quiet for a while after a brief tone, and was before it, or another tone was."""
        quiet = max(sounding.levels) - _CLEAR_DB
        after = self._levels[max(0, at + 1) : at + _CLEARANCE]
        first = sounding.start - self._levels_from
        before = self._levels[max(0, first - _CLEARANCE) : max(0, first - 1)]
        is_next = bool(self._bursts) and self._bursts[-1].end >= sounding.start - _CLEARANCE
        return bool(after) and max(after) < quiet and (is_next or all(level < quiet for level in before))

    def _close(self, next_hz: float | None = None) -> None:
        sounding, self._open = self._open, None
        if sounding is None:
            return
        self._agree(sounding)
        burst = sounding.burst
        if sounding.is_tone and self._has_ended(sounding, next_hz):
            self._show(burst, self._kind_of(burst))
            self._bursts.append(burst)
        else:
            self._strip.cover(None, burst.start - 1 if burst.start else 0, burst.end + 1)

    def _agree(self, sounding: _Open) -> None:
        if self._agreed_hz is None or sounding.is_agreed or sounding.length < _AGREED_FRAMES:
            return
        burst = sounding.burst
        if not burst.second_hz and abs(burst.hz - self._agreed_hz) <= _AGREED * self._agreed_hz:
            sounding.is_agreed = True
            self.agreed.append((burst.start * HOP_S, round(burst.hz, 1)))

    def _kind_of(self, burst: Burst) -> Kind:
        """What an unfinished tone is: what those before it were, as long as it fits."""
        if self._known is None or self._plan is None or not self._bursts:
            return Kind.TONE
        is_same = any(tone.kind is self._known and tone.has_pitch_of(burst) for tone in self._plan.tones)
        return self._known if is_same else Kind.TONE

    def _show(self, burst: Burst, kind: Kind) -> None:
        start = burst.start - 1 if burst.start else 0
        before = self._bursts[-1].end + 1 if self._bursts else 0
        self._strip.cover(Kind.SILENCE, max(before, start - _GAP), start)
        self._strip.cover(kind, start, burst.end + 1)

    def _name(self, now: int) -> None:
        """Name the newest tones if their cadence has become known."""
        if self._plan is None or not self._bursts:
            return
        told = self._plan.heard(self._bursts, self._open.start if self._open else now)
        if told is None:
            self._known = self._known if now - self._bursts[-1].end < _FORGOTTEN else None
            return
        self._known, count = told
        for burst in list(self._bursts)[-count:]:
            self._strip.cover(self._known, max(0, burst.start - 1), burst.end + 1)

    def _covered(self, first: int, now: int) -> NDArray[np.bool_]:
        """Which of the newest frames are in a tone that is, or may yet become, one."""
        covered = np.zeros(now - first, bool)
        stretches = list(self._bursts)[-3:] + (
            [self._open.burst] if self._open is not None and self._open.is_alone else []
        )
        for burst in stretches:
            covered[max(0, burst.start - 2 - first) : max(0, burst.end + 2 - first)] = True
        return covered
