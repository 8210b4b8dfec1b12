"""Moments and lengths of time in words. The present comes in as data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.wording import Words

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time; it knows no summer time."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def clock(moment: datetime) -> str:
    """``14:32:07`` in WIB."""
    return moment.astimezone(WIB).strftime("%H:%M:%S")


def hour(moment: datetime) -> str:
    """``14:32`` in WIB."""
    return moment.astimezone(WIB).strftime("%H:%M")


def utc_clock(moment: datetime) -> str:
    """``07:32:07`` in UTC."""
    return moment.astimezone(UTC).strftime("%H:%M:%S")


def date(moment: datetime, words: Words) -> str:
    """``Minggu, 22 November 2026``, the date in WIB."""
    local = moment.astimezone(WIB)
    return f"{words(f'weekday.{local.weekday()}')}, {local.day} {words(f'month.{local.month}')} {local.year}"


def stamp(moment: datetime, now: datetime, words: Words) -> str:
    """``14:32:07`` today, ``21 Nov 14:32:07`` on another day (WIB)."""
    local = moment.astimezone(WIB)
    if local.date() == now.astimezone(WIB).date():
        return clock(moment)
    return f"{local.day} {words(f'month.{local.month}')[:3]} {clock(moment)}"


def length(seconds: float, words: Words) -> str:
    """``12 dtk``, ``4 mnt``, ``1 jam 5 mnt``, ``2 hari 3 jam``: the two largest units that say something."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return words("length.seconds", n=whole)
    if whole < HOUR:
        return words("length.minutes", n=whole // MINUTE)
    large, rest, small = ("hours", HOUR, MINUTE) if whole < DAY else ("days", DAY, HOUR)
    said = words(f"length.{large}", n=whole // rest)
    if left := whole % rest // small:
        said += " " + words("length.minutes" if small == MINUTE else "length.hours", n=left)
    return said


def countdown(seconds: float, words: Words) -> str:
    """``4:05`` below an hour, else a length."""
    whole = max(0, int(seconds))
    return f"{whole // MINUTE}:{whole % MINUTE:02}" if whole < HOUR else length(whole, words)


def ago(moment: datetime, now: datetime, words: Words) -> str:
    """``baru saja``, ``2 mnt lalu``."""
    seconds = (now - moment).total_seconds()
    return words("ago.now") if seconds < 3 else words("ago.past", length=length(seconds, words))  # noqa: PLR2004


def number(value: float, places: int, words: Words) -> str:
    """``17,4`` in Indonesian, ``17.4`` in English."""
    return f"{value:.{places}f}".replace(".", words("decimal"))


def exact(seconds: float, words: Words) -> str:
    """``17,4 dtk``."""
    return words("length.exact", n=number(seconds, 1, words))
