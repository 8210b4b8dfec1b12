"""When no RTP came, and when this process itself stood still. Pure: counters and moments in, stretches out."""

from __future__ import annotations

from dataclasses import dataclass

GAP_S = 0.5
"""A shorter stretch without a packet is a pause between two readings of the counter."""
MOST_GAPS = 200


@dataclass
class Gaps:
    """Follows the counter of received packets."""

    packets: int = -1
    since: float = 0.0
    begun: int = 0

    def gap(self, packets: int, now: float) -> tuple[float, float] | None:
        """The stretch without a packet that lasts until ``now``, if it is long enough to be one."""
        if packets != self.packets:
            self.packets, self.since = packets, now
            return None
        if now - self.since < GAP_S:
            return None
        return self.since, now


@dataclass
class Lateness:
    """How late this process was at its own work, in seconds: it means to turn every ``turn_s``."""

    turn_s: float
    last: float | None = None
    worst: float = 0.0

    def turn(self, now: float) -> None:
        """One more turn of the loop."""
        if self.last is not None:
            self.worst = max(self.worst, now - self.last - self.turn_s)
        self.last = now

    def taken(self) -> float:
        """The worst since this was asked before."""
        worst, self.worst = self.worst, 0.0
        return worst
