"""Which tones a country's exchanges play: read from ``tone_plans.toml`` beside this file (ITU-T E.180)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from probe_runner.voice.ear.sound import HOP_S, Kind

_TABLE = Path(__file__).with_name("tone_plans.toml")
_CLOSE_HZ = 100.0
"""Two frequencies nearer than this are one peak in a window of 40 ms, somewhere about the two."""
_BESIDE = 0.04
"""E.180 allows 1.5 % and more beside the nominal frequency; the measure wanders in noise."""
_BESIDE_HZ = 15.0
_JITTER_S, _JITTER = 0.07, 0.16
"""How much longer or shorter a stretch of a cadence may be: jitter buffers and lost packets, and old exchanges."""
_SHORT_S = 1.7
"""A cadence that is shorter must be heard twice: two beeps of half a second are not busy yet."""
_PAUSED_ENOUGH = 0.6
"""A long last pause is believed when so much of it has passed."""


@dataclass(frozen=True)
class Burst:
    """A tone from one frame up to another, and its one or two frequencies in Hz (the second 0 if there is none)."""

    start: int
    end: int
    hz: float
    second_hz: float = 0.0


@dataclass(frozen=True)
class Tone:
    """One tone of a plan: frequencies that sound together, and seconds on, off, on, off ..."""

    kind: Kind
    hz: tuple[float, ...]
    cadence: tuple[float, ...]

    def has_pitch_of(self, burst: Burst) -> bool:
        """Whether the burst has these frequencies."""
        low, high = min(self.hz), max(self.hz)
        if high - low < _CLOSE_HZ:
            is_alone = burst.second_hz == 0.0 or abs(burst.second_hz - burst.hz) < _CLOSE_HZ
            return is_alone and low * (1 - _BESIDE) - _BESIDE_HZ < burst.hz < high * (1 + _BESIDE) + _BESIDE_HZ
        heard = sorted((burst.hz, burst.second_hz))
        return all(
            abs(hertz - wanted) < _BESIDE * wanted + _BESIDE_HZ
            for hertz, wanted in zip(heard, (low, high), strict=True)
        )

    def length_heard(self, bursts: Sequence[Burst], now: int) -> int:
        """How many of the newest bursts are in this tone's cadence; 0 until enough of it was heard."""
        best = max(self._heard_from(bursts, now, at) for at in range(0, len(self.cadence), 2))
        periods = 2 if sum(self.cadence) < _SHORT_S else 1
        return best if best >= periods * len(self.cadence) // 2 else 0

    def _heard_from(self, bursts: Sequence[Burst], now: int, at: int) -> int:
        """The same if the newest burst is the cadence's stretch ``at``, going back in time."""
        count, after = 0, now
        for burst in reversed(bursts):
            on, off = self.cadence[at], self.cadence[at + 1]
            on_s, off_s = (burst.end - burst.start) * HOP_S, (after - burst.end) * HOP_S
            is_newest = count == 0
            is_paused = off_s > _PAUSED_ENOUGH * off and off_s < _longest(off) if is_newest else _fits(off_s, off)
            is_first_cut = count > 0 and on_s < on and on > _SHORT_S / 2
            if not is_paused or not self.has_pitch_of(burst) or not (_fits(on_s, on) or is_first_cut):
                return count
            count, after, at = count + 1, burst.start, (at - 2) % len(self.cadence)
            if not _fits(on_s, on):
                return count
        return count


def _fits(heard_s: float, wanted_s: float) -> bool:
    return abs(heard_s - wanted_s) <= _JITTER_S + _JITTER * wanted_s


def _longest(wanted_s: float) -> float:
    return wanted_s * (1 + _JITTER) + _JITTER_S + 0.5


@dataclass(frozen=True)
class TonePlan:
    """The tones of one country."""

    name: str
    tones: tuple[Tone, ...]

    def heard(self, bursts: Sequence[Burst], now: int) -> tuple[Kind, int] | None:
        """Which tone the newest bursts are, and how many of them; None while no cadence is known."""
        told = [(tone.length_heard(bursts, now), tone.kind) for tone in self.tones]
        count, kind = max(told, key=lambda each: each[0], default=(0, Kind.TONE))
        return (kind, count) if count else None


@cache
def tone_plans() -> dict[str, TonePlan]:
    """Every plan of the table by its name.

    Raises:
        TonePlanError: the table is not what it should be.
    """
    with _TABLE.open("rb") as file:
        table = tomllib.load(file)
    return {name: _plan(name, tones) for name, tones in table.items()}


def tone_plan(name: str) -> TonePlan:
    """The plan of this name ("id").

    Raises:
        TonePlanError: there is none.
    """
    plans = tone_plans()
    if name not in plans:
        raise TonePlanError(name, f"there are {', '.join(sorted(plans))}")
    return plans[name]


def _plan(name: str, tones: dict[str, dict[str, list[float]]]) -> TonePlan:
    made = tuple(_tone(name, kind, **tone) for kind, tone in tones.items())
    return TonePlan(name, made)


def _tone(name: str, kind: str, hz: Sequence[float], cadence: Sequence[float]) -> Tone:
    if kind not in {Kind.RINGBACK, Kind.BUSY, Kind.CONGESTION}:
        raise TonePlanError(name, f"{kind} is none of ringback, busy, congestion")
    if not 1 <= len(hz) <= 2 or len(cadence) % 2 or not cadence or min((*hz, *cadence)) <= 0:  # noqa: PLR2004  on, off
        raise TonePlanError(name, f"{kind} needs one or two frequencies, and a cadence of seconds on, off, ...")
    return Tone(Kind(kind), tuple(hz), tuple(cadence))


class TonePlanError(Exception):
    """A tone plan that is not in the table, or is not right there."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"tone plan {name!r}: {why}")
        self.name, self.why = name, why
