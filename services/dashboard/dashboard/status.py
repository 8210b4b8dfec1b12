"""What the board's colours mean: facts, beats and the present in, a judgement out. Knows no words and no page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.events import TestFailed, TestInconclusive, TestPassed
from shared.vocabulary import Cause, Leg, LegVerdict, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.asks import BoardRow
    from shared.events import AnyTestFact, Beat


class Light(StrEnum):
    """Good and bad are proven; everything else is unknown. Watch is a trouble of our own."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    WATCH = "watch"


class Life(StrEnum):
    """How a service does, as far as its beats tell."""

    READY = "ready"
    NOT_READY = "not_ready"
    RESTARTING = "restarting"
    SILENT = "silent"


STALE_AFTER_INTERVALS = 2
SILENT_AFTER = timedelta(seconds=7)
"""Three beats and a second."""

YOUNG = timedelta(seconds=20)
EXPECTED = ("probe-runner", "escalation", "reporting", "dashboard")

OF_RESULT = {
    Result.PASSED: Light.GOOD,
    Result.FAILED: Light.BAD,
    Result.INCONCLUSIVE: Light.UNKNOWN,
    Result.NOT_REACHED: Light.UNKNOWN,
}


def is_stale(row: BoardRow, now: datetime) -> bool:
    """Whether the last test says nothing about now: there is none, or it is older than two intervals."""
    return row.last is None or now - row.last.at > timedelta(seconds=STALE_AFTER_INTERVALS * row.target.interval_s)


def light_of(row: BoardRow, now: datetime) -> Light:
    """The target's colour. Never good without a fresh pass."""
    if is_stale(row, now) or row.last is None:
        return Light.UNKNOWN
    return light_of_test(row.last)


def light_of_test(test: AnyTestFact) -> Light:
    """What one test proves."""
    if isinstance(test, TestPassed):
        return Light.GOOD
    return Light.BAD if isinstance(test, TestFailed) else Light.UNKNOWN


def light_of_leg(row: BoardRow, leg: Leg, now: datetime) -> Light:
    """The colour of one leg; unknown as soon as the test is stale."""
    if is_stale(row, now) or row.last is None:
        return Light.UNKNOWN
    return OF_RESULT[verdict(row.last, leg).result]


def verdict(test: AnyTestFact, leg: Leg) -> LegVerdict:
    """What the test says of the leg."""
    return test.accessibility if leg is Leg.ACCESSIBILITY else test.agent


def cause_of(test: AnyTestFact) -> Cause | None:
    """Why the test did not pass, if it says so."""
    return test.cause if isinstance(test, TestFailed | TestInconclusive) else None


def detail_of(test: AnyTestFact) -> str:
    """What the test adds to its cause."""
    return "" if isinstance(test, TestPassed) else test.detail


@dataclass(frozen=True)
class Tally:
    """The board in four numbers; ``failing`` and ``unknown`` by name, in the board's order."""

    good: int
    failing: tuple[str, ...]
    unknown: tuple[str, ...]
    tickets: int

    @property
    def light(self) -> Light:
        """The worst there is; an empty board proves nothing."""
        if self.failing:
            return Light.BAD
        return Light.UNKNOWN if self.unknown or not self.good else Light.GOOD


def tally(rows: Iterable[BoardRow], now: datetime) -> Tally:
    """Count the rows by colour, and the tickets that are not over."""
    lights = [(row, light_of(row, now)) for row in rows]
    return Tally(
        good=sum(light is Light.GOOD for _, light in lights),
        failing=tuple(row.target.name for row, light in lights if light is Light.BAD),
        unknown=tuple(row.target.name for row, light in lights if light is Light.UNKNOWN),
        tickets=sum(row.ticket is not None and not row.ticket.state.is_over for row, _ in lights),
    )


@dataclass(frozen=True)
class ServiceLine:
    """One service and its processes: how it does, how many of its processes are ready, who had to be restarted."""

    service: str
    life: Life
    ready: int
    total: int
    restarts: int

    @property
    def light(self) -> Light:
        """Good only when every process of it is ready."""
        if self.life is Life.SILENT:
            return Light.BAD
        return Light.GOOD if self.life is Life.READY and self.ready == self.total else Light.WATCH


def life_of(beat: Beat, now: datetime) -> Life:
    """How one process does."""
    if now - beat.at > SILENT_AFTER:
        return Life.SILENT
    if beat.is_ready:
        return Life.READY
    return Life.RESTARTING if beat.restarts and now - beat.started_at < YOUNG else Life.NOT_READY


def service_lines(beats: Sequence[Beat], now: datetime) -> tuple[ServiceLine, ...]:
    """One line per service, those that must be there first; one that never spoke is silent."""
    names = [*EXPECTED, *sorted({beat.service for beat in beats} - set(EXPECTED))]
    return tuple(_service_line(name, [beat for beat in beats if beat.service == name], now) for name in names)


def _service_line(service: str, beats: Sequence[Beat], now: datetime) -> ServiceLine:
    lives = [life_of(beat, now) for beat in beats]
    best = next((life for life in Life if life in lives), Life.SILENT)
    return ServiceLine(service, best, lives.count(Life.READY), len(beats), sum(beat.restarts for beat in beats))


def notices_of(beats: Sequence[Beat], now: datetime) -> tuple[tuple[str, str], ...]:
    """What living processes want a PIC to know: service and notice, each pair once."""
    heard = ((beat.service, text) for beat in beats if life_of(beat, now) is not Life.SILENT for text in beat.notices)
    return tuple(dict.fromkeys(heard))
