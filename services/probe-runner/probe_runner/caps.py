"""How often people may have a target tested in an hour, and how much of its agents' time tests may take. Pure.

The scheduled tests are the work instruction's duty and always run; so do those that a ticket orders. What is left of
the cap is for tests by hand, and everything that is not scheduled uses it up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = timedelta(hours=1)
BY_HAND = 6
"""Tests by hand in an hour, unless the plan says otherwise."""
LARGEST_CAP = 1_000


@dataclass(frozen=True)
class Use:
    """Something used at a moment: a test, or seconds of an agent."""

    at: datetime
    amount: float = 1.0


def scheduled_per_hour(interval_s: int) -> int:
    """How many slots may begin within an hour, wherever that hour begins."""
    return math.ceil(HOUR.total_seconds() / interval_s)


def check_cap(most: int, interval_s: int) -> int:
    """The same cap, one that its schedule fits into. Raises ``ValueError`` that says what is allowed."""
    scheduled = scheduled_per_hour(interval_s)
    if not scheduled <= most <= LARGEST_CAP:
        raise ValueError(
            f"allowed: {scheduled} (its schedule alone, every {interval_s} s) to {LARGEST_CAP};"
            " what is above its schedule is for tests by hand"
        )
    return most


def possible_at(uses: Sequence[Use], most: float) -> datetime | None:
    """When something more may be used, given the ``uses`` of the last hour. None: now.

    Raises ``NeverPossible`` when nothing may ever be.
    """
    left = sum(use.amount for use in uses)
    if left < most:
        return None
    for use in sorted(uses, key=lambda use: use.at):
        left -= use.amount
        if left < most:
            return use.at + HOUR
    raise NeverPossible


class NeverPossible(Exception):  # noqa: N818  says what it is
    """The cap leaves nothing at all."""


class CapReached(Exception):  # noqa: N818  says what happened
    """No more for now. ``kind``: ``too_many_tests`` or ``too_much_agent_time``; ``at``: when again, None for never."""

    def __init__(self, kind: str, target: str, most: float, at: datetime | None) -> None:
        self.kind, self.target, self.most, self.at = kind, target, most, at
        what = "tests by hand or for tickets" if kind == "too_many_tests" else "seconds of its agents"
        again = f"The next is possible at {at.isoformat(timespec='seconds')}." if at else "The plan leaves none."
        super().__init__(f"The plan allows {target} {most:g} {what} in an hour, and they are used up. {again}")

    @property
    def values(self) -> dict[str, str]:
        """What was wrong, for machines."""
        when = {"possible_at": self.at.isoformat(timespec="seconds")} if self.at else {}
        return {"target": self.target, "most": f"{self.most:g}", **when}
