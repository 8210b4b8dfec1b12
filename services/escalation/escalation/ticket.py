"""What a ticket is and how its facts add up. Knows no clock, no store, no bus; what may happen is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from shared.asks import TicketView
from shared.events import (
    TicketFact,
    TicketFailureRepeated,
    TicketOpened,
    TicketPassNoted,
    TicketReopened,
    TicketTestRequested,
)
from shared.ticket_view import changes_by
from shared.vocabulary import NAMESPACE, Actor, Origin, TicketState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True)
class Ticket:
    """A ticket as it stands after ``version`` facts.

    ``tests`` and ``commands`` (with the fact each became) are those it has already heard, ``confirming`` and
    ``retest`` the tests it waits for; ``attempt`` counts the tries of the one it asked for last.
    """

    opening: TicketOpened
    version: int
    state: TicketState
    is_confirmed: bool = False
    acknowledged_at: datetime | None = None
    acknowledged_by: Actor | None = None
    resolved_at: datetime | None = None
    ended_at: datetime | None = None
    failures: int = 1
    passes: int = 0
    reopenings: int = 0
    confirming: UUID | None = None
    retest: UUID | None = None
    attempt: int = 0
    tests: frozenset[UUID] = field(default=frozenset())
    commands: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The ticket's id."""
        return self.opening.ticket

    @property
    def target(self) -> str:
        """What is failing."""
        return self.opening.target

    @property
    def is_over(self) -> bool:
        """Closed or cancelled: nothing more can happen to it."""
        return self.state.is_over

    def view(self) -> TicketView:
        """What everybody may see of it."""
        first = self.opening
        return TicketView(
            ticket=first.ticket,
            number=first.number,
            target=first.target,
            target_name=first.target_name,
            channel=first.channel,
            state=self.state,
            is_confirmed=self.is_confirmed,
            is_drill=first.is_drill,
            severity=first.severity,
            leg=first.leg,
            cause=first.cause,
            summary=first.summary,
            opened_at=first.at,
            acknowledged_at=self.acknowledged_at,
            acknowledged_by=self.acknowledged_by,
            resolved_at=self.resolved_at,
            ended_at=self.ended_at,
            failures=self.failures,
            passes=self.passes,
            reopenings=self.reopenings,
            retest=self.retest,
            version=self.version,
        )


def ticket_id_for(target: str, test_id: UUID) -> UUID:
    """The id of the ticket that this failing test opens: every replica computes the same, so there is no twin."""
    return uuid5(NAMESPACE, f"ticket/{target}/{test_id}")


def fact_id_for(ticket: UUID, version: int) -> UUID:
    """The id of a ticket's fact: the same again whenever the same fact is told again."""
    return uuid5(NAMESPACE, f"{ticket}/{version}")


def requested_test_id_for(ticket: UUID, version: int) -> UUID:
    """The id of the test that a ticket's fact number ``version`` asks for."""
    return uuid5(NAMESPACE, f"test/{ticket}/{version}")


def project(ticket: Ticket | None, facts: Iterable[TicketFact]) -> Ticket | None:
    """The ticket after these facts."""
    for fact in facts:
        ticket = evolve(ticket, fact)
    return ticket


def evolve(ticket: Ticket | None, fact: TicketFact) -> Ticket:
    """The ticket after one more fact. Raises ``HoleInHistory`` when a fact between is missing."""
    if ticket is None:
        if not isinstance(fact, TicketOpened) or fact.version != 1:
            raise HoleInHistory(fact, 0)
        return Ticket(opening=fact, version=1, state=TicketState.OPENED, tests=frozenset({fact.test_id}))
    if fact.version != ticket.version + 1:
        raise HoleInHistory(fact, ticket.version)
    commands = {**ticket.commands, fact.command_id: fact.type} if fact.command_id else ticket.commands
    return replace(
        ticket, version=fact.version, commands=commands, **changes_by(ticket, fact), **_own_changes(ticket, fact)
    )


def _own_changes(ticket: Ticket, fact: TicketFact) -> dict[str, Any]:
    """What only the ticket itself remembers: the tests it has heard of, and those it waits for."""
    match fact:
        case TicketFailureRepeated() | TicketPassNoted() | TicketReopened():
            return {"tests": ticket.tests | {fact.test_id}}
        case TicketTestRequested(purpose=Origin.RETEST):
            return {"attempt": fact.attempt}
        case TicketTestRequested():
            return {"confirming": fact.test_id, "attempt": fact.attempt}
    return {}


class HoleInHistory(ValueError):  # noqa: N818  says what it is
    """A ticket's facts do not follow one another: the store was tampered with, or a program has a bug."""

    def __init__(self, fact: TicketFact, version: int) -> None:
        super().__init__(f"{fact.type} {fact.version} cannot follow version {version} of ticket {fact.ticket}")
