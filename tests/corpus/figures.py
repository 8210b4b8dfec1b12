"""The corpus' statistics. Pure numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_Z = 1.959964


@dataclass(frozen=True)
class Rate:
    """So many of so many, with Wilson's 95 % interval."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """0 to 1; 0 of none."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between which the true share lies, 19 times of 20 (Wilson 1927); of none, anywhere."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.share
        middle = p + _Z**2 / (2 * n)
        spread = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

    def __str__(self) -> str:
        if not self.of:
            return "none"
        low, high = self.interval
        return f"{100 * self.share:.1f} % ({self.count} of {self.of}; 95 %: {100 * low:.1f} to {100 * high:.1f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies, linear between neighbours; not a number of none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True)
class Fit:
    """How well one kind was told: precision and recall, both by seconds; not a number where there were none."""

    kind: str
    precision: float
    recall: float
    seconds: float


def fits(table: Mapping[str, Mapping[str, float]]) -> list[Fit]:
    """Of a confusion table: true kind to heard kind to seconds."""
    kinds = sorted({*table, *(kind for row in table.values() for kind in row)})
    return [_fit(kind, table) for kind in kinds if kind in table]


def _fit(kind: str, table: Mapping[str, Mapping[str, float]]) -> Fit:
    right = table[kind].get(kind, 0.0)
    heard = sum(row.get(kind, 0.0) for row in table.values())
    true = sum(table[kind].values())
    return Fit(kind, right / heard if heard else math.nan, right / true if true else math.nan, true)
