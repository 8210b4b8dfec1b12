"""What follows from a test's ending or a person's wish: the rules of a ticket. Knows no clock, no store, no bus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from escalation.ticket import Ticket, fact_id_for, requested_test_id_for, ticket_id_for
from shared.asks import (
    AcknowledgeTicket,
    CancelTicket,
    CloseTicket,
    NoteTicket,
    Refused,
    ResolveTicket,
)
from shared.events import (
    TestFact,
    TestFailed,
    TestInconclusive,
    TestPassed,
    TicketAcknowledged,
    TicketCancelled,
    TicketClosed,
    TicketFact,
    TicketFailureRepeated,
    TicketNoted,
    TicketOpened,
    TicketPassNoted,
    TicketReopened,
    TicketResolved,
    TicketTestRequested,
)
from shared.vocabulary import Cause, Leg, Origin, TicketState

F = TypeVar("F", bound=TicketFact)
Wish = AcknowledgeTicket | NoteTicket | ResolveTicket | CloseTicket | CancelTicket

FACT_OF: dict[type[Any], type[TicketFact]] = {
    AcknowledgeTicket: TicketAcknowledged,
    NoteTicket: TicketNoted,
    ResolveTicket: TicketResolved,
    CloseTicket: TicketClosed,
    CancelTicket: TicketCancelled,
}
CONFIRM_AFTER_S = 5.0
CONFIRM_ATTEMPTS = 3
RETEST_ATTEMPTS = 5
FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 900.0
LINE = 500


def conclude(ticket: Ticket | None, test: TestFact, now: datetime) -> list[TicketFact]:
    """What a test's ending means for the open ticket of its target, or for the target that has none (None)."""
    if ticket is None:
        return _open(test, now) if _is_failure(test) else []
    if ticket.is_over or test.test_id in ticket.tests:
        return []
    if isinstance(test, TestPassed):
        return [_passed(ticket, test, now)]
    if isinstance(test, TestFailed) and _is_failure(test):
        return [_failed(ticket, test, now)]
    return _untested(ticket, test, now)


def obey(ticket: Ticket, wish: Wish, now: datetime) -> list[TicketFact]:
    """What a person's wish does to a ticket; nothing when it was done before. Raises a ``Refusal``."""
    if wish.command_id in ticket.commands:
        check_is_the_same(ticket, wish)
        return []
    check_is_open(ticket)
    match wish:
        case AcknowledgeTicket():
            check_is_not_acknowledged(ticket)
            check_is_not_resolved(ticket)
            return [_said(TicketAcknowledged, ticket, wish, now, note=wish.note)]
        case NoteTicket():
            return [_said(TicketNoted, ticket, wish, now, note=wish.note)]
        case ResolveTicket():
            check_is_not_resolved(ticket)
            return [
                _said(TicketResolved, ticket, wish, now, note=wish.note),
                _request(ticket, Origin.RETEST, now, version=ticket.version + 2),
            ]
        case CloseTicket():
            return [_said(TicketClosed, ticket, wish, now, reason=wish.reason)]
        case CancelTicket():
            return [_said(TicketCancelled, ticket, wish, now, reason=wish.reason)]


def untestable(ticket: Ticket, request: TicketTestRequested, why: str, now: datetime) -> list[TicketFact]:
    """What follows when the test that a ticket asked for cannot be run at all: the claim it was for does not stand."""
    if ticket.state is not TicketState.RESOLVED or ticket.retest != request.test_id:
        return []
    summary = f"The claim could not be checked: {' '.join(why.split())}"[:LINE]
    cause = Cause.PROBER_MISCONFIGURED
    return [_add(TicketReopened, ticket, now, test_id=request.test_id, cause=cause, summary=summary)]


def check_is_open(ticket: Ticket) -> None:
    """Nothing happens to a ticket that is over."""
    if ticket.is_over:
        raise TicketOver(ticket)


def check_is_the_same(ticket: Ticket, wish: Wish) -> None:
    """A command's id names one command for ever."""
    if ticket.commands[wish.command_id] != FACT_OF[type(wish)].__name__:
        raise CommandReused(wish.command_id, ticket.commands[wish.command_id])


def check_is_not_acknowledged(ticket: Ticket) -> None:
    """One person works on it; who comes second should know who that is."""
    if ticket.state is TicketState.ACKNOWLEDGED:
        raise AlreadyAcknowledged(ticket)


def check_is_not_resolved(ticket: Ticket) -> None:
    """A claim is being checked: the re-test speaks next."""
    if ticket.state is TicketState.RESOLVED:
        raise AlreadyResolved(ticket)


def _is_failure(test: TestFact) -> bool:
    return isinstance(test, TestFailed) and not test.cause.is_ours


def _open(test: TestFact, now: datetime) -> list[TicketFact]:
    if not isinstance(test, TestFailed):
        raise TypeError(test)
    ticket = ticket_id_for(test.target, test.test_id)
    opened = TicketOpened(
        id=fact_id_for(ticket, 1),
        at=now,
        ticket=ticket,
        version=1,
        target=test.target,
        number=f"SB-{now.astimezone(UTC):%y%m%d}-{ticket.hex[:4].upper()}",
        target_name=test.target_name,
        channel=test.channel,
        severity=test.severity,
        test_id=test.test_id,
        failed_at=test.at,
        leg=test.leg,
        cause=test.cause,
        summary=summary_of(test),
        is_drill=test.is_drill,
    )
    return [opened, _next_request(opened, now)]


def _next_request(opened: TicketOpened, now: datetime) -> TicketTestRequested:
    return TicketTestRequested(
        id=fact_id_for(opened.ticket, 2),
        at=now,
        ticket=opened.ticket,
        version=2,
        target=opened.target,
        test_id=requested_test_id_for(opened.ticket, 2),
        purpose=Origin.CONFIRMING,
        not_before=now + timedelta(seconds=CONFIRM_AFTER_S),
    )


def _passed(ticket: Ticket, test: TestPassed, now: datetime) -> TicketFact:
    """A pass is only noted, unless it is the very test that the claim was to be judged by."""
    if _is_own_retest(ticket, test):
        return _add(TicketClosed, ticket, now, test_id=test.test_id)
    return _add(TicketPassNoted, ticket, now, test_id=test.test_id)


def _failed(ticket: Ticket, test: TestFailed, now: datetime) -> TicketFact:
    told = {"test_id": test.test_id, "cause": test.cause, "summary": summary_of(test)}
    if _is_own_retest(ticket, test) or (ticket.resolved_at and test.started_at > ticket.resolved_at):
        return _add(TicketReopened, ticket, now, **told)
    return _add(TicketFailureRepeated, ticket, now, leg=test.leg, **told)


def _untested(ticket: Ticket, test: TestFact, now: datetime) -> list[TicketFact]:
    """A test that the ticket waits for could not judge: ask again, later each time, and not for ever."""
    again = now + timedelta(seconds=min(FIRST_PAUSE_S * 2 ** (ticket.attempt - 1), LONGEST_PAUSE_S))
    if _is_own_retest(ticket, test):
        if ticket.attempt < RETEST_ATTEMPTS:
            return [_request(ticket, Origin.RETEST, now, not_before=again, attempt=ticket.attempt + 1)]
        cause = test.cause if isinstance(test, TestInconclusive | TestFailed) else Cause.PROBER_DEADLINE
        summary = f"The claim could not be checked in {RETEST_ATTEMPTS} tests: {cause}"
        return [_add(TicketReopened, ticket, now, test_id=test.test_id, cause=cause, summary=summary)]
    is_awaited = test.test_id == ticket.confirming and not ticket.is_confirmed
    if is_awaited and ticket.state is not TicketState.RESOLVED and ticket.attempt < CONFIRM_ATTEMPTS:
        return [_request(ticket, Origin.CONFIRMING, now, not_before=again, attempt=ticket.attempt + 1)]
    return []


def _is_own_retest(ticket: Ticket, test: TestFact) -> bool:
    return ticket.state is TicketState.RESOLVED and test.origin is Origin.RETEST and test.test_id == ticket.retest


def _request(
    ticket: Ticket,
    purpose: Origin,
    now: datetime,
    *,
    version: int | None = None,
    not_before: datetime | None = None,
    attempt: int = 1,
) -> TicketTestRequested:
    version = version or ticket.version + 1
    return TicketTestRequested(
        id=fact_id_for(ticket.id, version),
        at=now,
        ticket=ticket.id,
        version=version,
        target=ticket.target,
        test_id=requested_test_id_for(ticket.id, version),
        purpose=purpose,
        attempt=attempt,
        not_before=not_before or now,
    )


def _said(kind: type[F], ticket: Ticket, wish: Wish, now: datetime, **more: Any) -> F:  # noqa: ANN401  the fact's fields
    return _add(kind, ticket, now, actor=wish.actor, command_id=wish.command_id, **more)


def _add(kind: type[F], ticket: Ticket, now: datetime, **more: Any) -> F:  # noqa: ANN401  the fact's own fields
    version = ticket.version + 1
    return kind(
        id=fact_id_for(ticket.id, version), at=now, ticket=ticket.id, version=version, target=ticket.target, **more
    )


def summary_of(test: TestFailed) -> str:
    """One line for people: what failed, why, and what was seen."""
    leg = {Leg.ACCESSIBILITY: "Accessibility leg", Leg.AGENT: "Agent leg"}[test.leg]
    detail = " ".join(test.detail.split())
    line = f"{leg} failed: {test.cause.value}" + (f" — {detail}" if detail else "")
    return line if len(line) <= LINE else line[: LINE - 1] + "…"


class Refusal(Exception):  # noqa: N818  a refusal is no error of ours
    """The rule says no. ``code`` is for machines, the message for people, ``values`` name what was wrong."""

    code = "refused"

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.values = {name: str(value) for name, value in values.items()}

    @property
    def answer(self) -> Refused:
        """What to answer."""
        return Refused(refused=self.code, message=str(self), values=self.values)


class TicketUnknown(Refusal):
    """There is no such ticket."""

    code = "ticket_unknown"

    def __init__(self, ticket: UUID) -> None:
        super().__init__(f"There is no ticket {ticket}.", ticket=ticket)


class CommandReused(Refusal):
    """The command's id was used for another command."""

    code = "command_reused"

    def __init__(self, command_id: UUID, fact: str) -> None:
        super().__init__(f"Command {command_id} was given before, and meant {fact}.", command_id=command_id, fact=fact)


class TicketOver(Refusal):
    """The ticket is closed or cancelled."""

    code = "ticket_over"

    def __init__(self, ticket: Ticket) -> None:
        number, state, at = ticket.opening.number, ticket.state.value, ticket.ended_at
        super().__init__(f"Ticket {number} is {state} since {at}.", ticket=ticket.id, state=state, at=at)


class AlreadyAcknowledged(Refusal):
    """Somebody works on it."""

    code = "already_acknowledged"

    def __init__(self, ticket: Ticket) -> None:
        by = ticket.acknowledged_by.id if ticket.acknowledged_by else "somebody"
        at = ticket.acknowledged_at
        super().__init__(f"{ticket.opening.number} is acknowledged by {by}, the first time at {at}.", by=by, at=at)


class AlreadyResolved(Refusal):
    """It is claimed to be solved; the re-test is under way."""

    code = "already_resolved"

    def __init__(self, ticket: Ticket) -> None:
        number, at, retest = ticket.opening.number, ticket.resolved_at, ticket.retest
        super().__init__(f"Ticket {number} was resolved at {at}; its re-test is under way.", at=at, retest=retest)
