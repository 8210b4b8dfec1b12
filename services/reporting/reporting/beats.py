"""Which processes spoke lately. Pure: beats and times come in as data; knows no bus."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from shared.events import Beat

LATELY = timedelta(seconds=15)
REMEMBERED = timedelta(minutes=2)
MOST = 200
"""Instances kept; with more, those that were silent longest are forgotten."""


class Beats:
    """The latest beat of each instance, by when it was heard here: the clocks of others may be wrong."""

    def __init__(self) -> None:
        self._heard: OrderedDict[tuple[str, str], tuple[datetime, Beat]] = OrderedDict()

    def hear(self, beat: Beat, now: datetime) -> None:
        """Keep it as the latest of its instance."""
        key = (beat.service, beat.instance)
        self._heard[key] = (now, beat)
        self._heard.move_to_end(key)
        while len(self._heard) > MOST:
            self._heard.popitem(last=False)

    def lately(self, now: datetime) -> tuple[Beat, ...]:
        """Who spoke in the last 15 s as they said it; who fell silent up to 2 minutes ago as not ready.

        One that fell silent is left out once its successor speaks: an instance of the same service that
        started after the silent one was last heard.
        """
        speaking = [beat for heard, beat in self._heard.values() if now - heard <= LATELY]
        silent = [
            _silent(beat, now - heard)
            for heard, beat in self._heard.values()
            if LATELY < now - heard <= REMEMBERED and not _has_successor(beat, speaking)
        ]
        return tuple(sorted([*speaking, *silent], key=lambda beat: (beat.service, beat.instance)))


def _silent(beat: Beat, since: timedelta) -> Beat:
    notice = f"silent for {since.total_seconds():.0f} s"
    return beat.model_copy(update={"is_ready": False, "notices": (notice, *beat.notices)})


def _has_successor(beat: Beat, speaking: list[Beat]) -> bool:
    return any(other.service == beat.service and other.started_at >= beat.at for other in speaking)
