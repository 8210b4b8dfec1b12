from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pretend import World
from scenery import TARGETS

from dashboard import status
from dashboard.status import Life, Light
from shared.asks import BoardRow
from shared.events import Beat
from shared.vocabulary import Cause, Leg, Slot

NOW = datetime(2026, 11, 22, 7, 32, 7, tzinfo=UTC)
CARD = TARGETS[0]
INTERVAL = timedelta(seconds=CARD.interval_s)


def row(age: timedelta | None, cause: Cause | None = None, **more: Any) -> BoardRow:
    last = None if age is None else World(NOW).test(CARD.id, NOW - age, cause)
    return BoardRow(target=CARD, last=last, next_slot=Slot.containing(NOW, CARD.interval_s).next, **more)


@pytest.mark.parametrize(
    ("age", "cause", "light", "access", "agent"),
    [
        (None, None, Light.UNKNOWN, Light.UNKNOWN, Light.UNKNOWN),
        (INTERVAL, None, Light.GOOD, Light.GOOD, Light.GOOD),
        (2 * INTERVAL, None, Light.GOOD, Light.GOOD, Light.GOOD),
        (2 * INTERVAL + timedelta(seconds=1), None, Light.UNKNOWN, Light.UNKNOWN, Light.UNKNOWN),
        (INTERVAL, Cause.TELCO_BUSY, Light.BAD, Light.BAD, Light.UNKNOWN),
        (INTERVAL, Cause.AGENT_SILENT, Light.BAD, Light.GOOD, Light.BAD),
        (INTERVAL, Cause.PROBER_CRASHED, Light.UNKNOWN, Light.UNKNOWN, Light.UNKNOWN),
        (3 * INTERVAL, Cause.TELCO_BUSY, Light.UNKNOWN, Light.UNKNOWN, Light.UNKNOWN),
    ],
)
def test_only_a_fresh_pass_is_good(
    age: timedelta | None, cause: Cause | None, light: Light, access: Light, agent: Light
) -> None:
    seen = row(age, cause)
    assert status.light_of(seen, NOW) is light
    assert status.light_of_leg(seen, Leg.ACCESSIBILITY, NOW) is access
    assert status.light_of_leg(seen, Leg.AGENT, NOW) is agent


def test_the_tally_counts_each_target_once() -> None:
    rows = [row(INTERVAL), row(INTERVAL, Cause.TELCO_BUSY), row(None), row(INTERVAL, Cause.PROBER_CRASHED)]
    count = status.tally(rows, NOW)
    assert (count.good, len(count.failing), len(count.unknown), count.tickets) == (1, 1, 2, 0)
    assert count.light is Light.BAD


@pytest.mark.parametrize(
    ("rows", "light"),
    [
        ([], Light.UNKNOWN),
        ([row(INTERVAL)], Light.GOOD),
        ([row(INTERVAL), row(None)], Light.UNKNOWN),
        ([row(None), row(INTERVAL, Cause.TELCO_BUSY)], Light.BAD),
    ],
)
def test_the_board_is_as_good_as_its_worst(rows: list[BoardRow], light: Light) -> None:
    assert status.tally(rows, NOW).light is light


def beat(service: str = "reporting", age_s: float = 0, **more: Any) -> Beat:
    values = {"instance": "one", "started_at": NOW - timedelta(hours=1), "is_ready": True, **more}
    return Beat(service=service, at=NOW - timedelta(seconds=age_s), **values)


@pytest.mark.parametrize(
    ("said", "life"),
    [
        (beat(), Life.READY),
        (beat(age_s=7), Life.READY),
        (beat(age_s=7.1), Life.SILENT),
        (beat(is_ready=False), Life.NOT_READY),
        (beat(is_ready=False, restarts=1, started_at=NOW - timedelta(seconds=5)), Life.RESTARTING),
        (beat(is_ready=False, restarts=1), Life.NOT_READY),
        (beat(age_s=60, is_ready=False, restarts=1), Life.SILENT),
    ],
)
def test_a_process_lives_as_its_beats_say(said: Beat, life: Life) -> None:
    assert status.life_of(said, NOW) is life


def test_a_service_that_never_spoke_is_silent() -> None:
    lines = {line.service: line for line in status.service_lines([beat()], NOW)}
    assert lines["reporting"].light is Light.GOOD
    assert lines["escalation"].life is Life.SILENT
    assert lines["escalation"].light is Light.BAD


def test_a_service_with_one_of_two_processes_ready_is_to_be_watched() -> None:
    beats = [beat(restarts=2), beat(instance="two", is_ready=False, restarts=1)]
    line = next(line for line in status.service_lines(beats, NOW) if line.service == "reporting")
    assert (line.life, line.ready, line.total, line.restarts, line.light) == (Life.READY, 1, 2, 3, Light.WATCH)


def test_an_unexpected_service_is_shown_too() -> None:
    assert [line.service for line in status.service_lines([beat("lab")], NOW)] == [*status.EXPECTED, "lab"]


def test_a_notice_is_shown_once_and_only_while_its_process_lives() -> None:
    beats = [
        beat(notices=("plan refused",)),
        beat(instance="two", notices=("plan refused",)),
        beat(instance="three", age_s=60, notices=("old",)),
    ]
    assert status.notices_of(beats, NOW) == (("reporting", "plan refused"),)
