"""Whether this machine gave us too little time to hear what was there. Pure: lateness in, judgement of it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST = 20_000
LATE_MS = 200.0
"""On the safe side of what the jitter buffer makes good. With a call's process stopped once a second (two calls each,
on a machine with other work) for 60 to 300 ms, both prompts of an IVR were recognised; for 600 ms, one of the two;
for 1000 ms, neither."""
STARVED_MS = 1_000.0
"""So much in stretches that long, all in all. In that series 2.1 s of 300 ms each still did no harm, 3.6 s of 600 ms
did; a failure that is then ours for no need is called again, one that is theirs for no reason wakes somebody."""
TICK_STARVED_MS = 3_000.0
"""So late, a key is pressed or an end is noticed outside of what was agreed."""


@dataclass
class Lateness:
    """How late we were, in ms: the call's process at its turns, this one at its ticks."""

    worker_ms: list[float] = field(default_factory=list)
    tick_ms: list[float] = field(default_factory=list)

    def told(self, body: Mapping[str, Any]) -> None:
        """One report of the call's process: its worst since the one before."""
        if len(self.worker_ms) < MOST and isinstance(body.get("late_ms"), int | float):
            self.worker_ms.append(float(body["late_ms"]))

    def ticked(self, late_s: float) -> None:
        """One tick of ours: how long the call's process had waited to be heard, or how long after our time we woke."""
        if len(self.tick_ms) < MOST:
            self.tick_ms.append(1000 * max(0.0, late_s))

    @property
    def worst_ms(self) -> float:
        """The latest that either process ever was."""
        return max(*self.worker_ms, *self.tick_ms, 0.0, 0.0)

    @property
    def is_starved(self) -> bool:
        """Whether what was heard may have been distorted by that."""
        return self._lost_ms >= STARVED_MS or max(self.tick_ms, default=0.0) > TICK_STARVED_MS

    @property
    def _lost_ms(self) -> float:
        return sum(ms for ms in self.worker_ms if ms >= LATE_MS)

    @property
    def note(self) -> str:
        """The figures, for people."""
        worst_ms, tick_ms = max(self.worker_ms, default=0.0), max(self.tick_ms, default=0.0)
        return (
            f"this machine had too little time: the call's process stood still for {self._lost_ms:.0f} ms in all, "
            f"{worst_ms:.0f} ms at most; we were late by {tick_ms:.0f} ms"
        )
