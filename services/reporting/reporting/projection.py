"""What the record keeps of a fact: rows, and a ticket folded from its facts. Pure: knows no SQL and no bus."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, assert_never

from shared.asks import TicketView
from shared.events import (
    TestFact,
    TicketFact,
    TicketOpened,
)
from shared.ticket_view import changes_by
from shared.vocabulary import TicketState

RECENT = 12
"""How many outcomes of a target the board shows."""

AGENT_TIME = "agent_time_s"
"""The measure that says how long a test kept an agent, in seconds."""

LONGEST_TEST_S = 86_400


@dataclass(frozen=True)
class TestRow:
    """One test; ``body`` is the fact as it was said."""

    test_id: str
    target: str
    started_at: str
    at: str
    type: str
    origin: str
    ticket: str | None
    body: str


@dataclass(frozen=True)
class AgentTimeRow:
    """How long a test kept an agent; ``at``: when the test ended."""

    test_id: str
    target: str
    at: str
    milliseconds: int


@dataclass(frozen=True)
class TicketFactRow:
    """One line of a ticket's timeline."""

    event: str
    ticket: str
    version: int
    at: str
    type: str
    body: str


@dataclass(frozen=True)
class TicketRow:
    """A ticket as it stands."""

    ticket: str
    target: str
    state: str
    opened_at: str
    view: str


@dataclass(frozen=True)
class LatestRow:
    """What the board shows of a target.

    ``recent``: JSON, up to ``RECENT`` of ``[at, test_id, outcome]``, oldest first; ``body``: the newest test
    without its steps and findings, so that a board of many targets still fits into one message.
    """

    target: str
    at: str
    recent: str
    body: str


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds: as text it sorts as time does, in every database."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def outcome(fact: TestFact) -> str:
    """``passed``, ``failed``, ``inconclusive`` or ``missed``."""
    return fact.type.removeprefix("Test").lower()


def row_of(fact: TestFact | TicketFact) -> TestRow | TicketFactRow:
    """The row a fact leaves behind."""
    match fact:
        case TestFact():
            return TestRow(
                test_id=str(fact.test_id),
                target=fact.target,
                started_at=stamp(fact.started_at),
                at=stamp(fact.at),
                type=fact.type,
                origin=fact.origin.value,
                ticket=str(fact.ticket) if fact.ticket else None,
                body=fact.model_dump_json(),
            )
        case TicketFact():
            return TicketFactRow(
                event=str(fact.id),
                ticket=str(fact.ticket),
                version=fact.version,
                at=stamp(fact.at),
                type=fact.type,
                body=fact.model_dump_json(),
            )
        case _:
            assert_never(fact)


def agent_time_row(fact: TestFact) -> AgentTimeRow | None:
    """What the figures count of a test: None for one that kept no agent, and for a drill."""
    seconds = fact.measures.get(AGENT_TIME, 0.0)
    if fact.is_drill or not math.isfinite(seconds) or not 0 < seconds <= LONGEST_TEST_S:
        return None
    return AgentTimeRow(str(fact.test_id), fact.target, stamp(fact.at), round(seconds * 1_000))


def ticket_row(view: TicketView) -> TicketRow:
    """The row of a ticket."""
    return TicketRow(
        ticket=str(view.ticket),
        target=view.target,
        state=view.state.value,
        opened_at=stamp(view.opened_at),
        view=view.model_dump_json(),
    )


def latest_row(known: LatestRow | None, fact: TestFact) -> LatestRow:
    """What the board shows of a target after one more test. Tests may come in any order; the newest ``at`` leads."""
    mine = [stamp(fact.at), str(fact.test_id), outcome(fact)]
    recent = sorted([*(json.loads(known.recent) if known else []), mine])[-RECENT:]
    if known is not None and recent[-1] != mine:
        return replace(known, recent=json.dumps(recent))
    body = fact.model_copy(update={"steps": (), "findings": ()}).model_dump_json()
    return LatestRow(target=fact.target, at=recent[-1][0], recent=json.dumps(recent), body=body)


def columns(row: TestRow | AgentTimeRow | TicketFactRow | TicketRow | LatestRow) -> dict[str, Any]:
    """The row as values by column."""
    return asdict(row)


def evolve(view: TicketView | None, fact: TicketFact) -> TicketView | None:
    """The ticket after one more fact. A fact it has seen before, or whose opening is not known, changes nothing."""
    if view is None:
        return _opened(fact) if isinstance(fact, TicketOpened) else None
    if fact.version <= view.version:
        return view
    return view.model_copy(update={"version": fact.version, **changes_by(view, fact)})


def _opened(fact: TicketOpened) -> TicketView:
    return TicketView(
        ticket=fact.ticket,
        number=fact.number,
        target=fact.target,
        target_name=fact.target_name,
        channel=fact.channel,
        state=TicketState.OPENED,
        is_confirmed=False,
        is_drill=fact.is_drill,
        severity=fact.severity,
        leg=fact.leg,
        cause=fact.cause,
        summary=fact.summary,
        opened_at=fact.at,
        version=fact.version,
    )
