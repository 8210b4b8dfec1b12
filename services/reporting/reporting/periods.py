"""The stretches of time that figures are given for, as people here count them. Pure: the present comes in as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time, by which the board's day begins; it knows no summer time."""


@dataclass(frozen=True)
class Period:
    """From ``start`` up to, and without, ``end``."""

    start: datetime
    end: datetime


def day_of(moment: datetime) -> Period:
    """The day in WIB that ``moment`` falls in."""
    start = moment.astimezone(WIB).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(start, start + timedelta(days=1))


def hour_before(moment: datetime) -> Period:
    """The hour that ends at ``moment``."""
    return Period(moment - timedelta(hours=1), moment)
