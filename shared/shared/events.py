"""Facts: what happened, in the past tense. Published once, kept for years; they only ever grow."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID, uuid5

from pydantic import Field

from shared.vocabulary import (
    NAMESPACE,
    Actor,
    Cause,
    Channel,
    Concern,
    Evidence,
    Finding,
    Leg,
    LegVerdict,
    Line,
    Measures,
    Moment,
    Origin,
    Severity,
    Slot,
    Slug,
    Step,
    TargetCard,
    Text,
    Value,
)


class Fact(Value):
    """Anything that happened. ``id`` is also the message id on the bus, so a fact said twice is kept once."""

    type: str
    id: UUID
    at: Moment

    stream: ClassVar[str]

    @property
    def subject(self) -> str:
        """Where on the bus this fact is said."""
        raise NotImplementedError

    @property
    def about(self) -> str:
        """The CloudEvents ``subject`` attribute: what the fact is about."""
        raise NotImplementedError


class TestFact(Fact):
    """A test ended. One test has one ending: its ``id`` is computed from ``test_id``."""

    stream: ClassVar[str] = "TESTS"

    test_id: UUID
    target: Slug
    target_name: Line
    channel: Channel
    origin: Origin = Origin.SCHEDULED
    slot: Slot | None = None
    ticket: UUID | None = None
    requested_by: Actor | None = None
    is_drill: bool = False
    severity: Severity = Severity.CRITICAL
    started_at: Moment
    runner: Line = ""
    state: Annotated[str, Field(max_length=64)] = ""
    accessibility: LegVerdict
    agent: LegVerdict
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    measures: Measures = {}
    concerns: tuple[Concern, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def subject(self) -> str:
        """``test.<outcome>.<target>``."""
        return f"test.{self.type.removeprefix('Test').lower()}.{self.target}"

    @property
    def about(self) -> str:
        """The target."""
        return self.target


class TestPassed(TestFact):
    """Both legs were seen to work."""

    type: Literal["TestPassed"] = "TestPassed"


class TestFailed(TestFact):
    """A customer would not have come through. ``cause`` names the layer at fault, ``leg`` where it showed."""

    type: Literal["TestFailed"] = "TestFailed"
    leg: Leg
    cause: Cause
    detail: Text = ""


class TestInconclusive(TestFact):
    """Our own breakage, or not enough to judge by: never the customer's failure. ``cause`` is ``prober.*``."""

    type: Literal["TestInconclusive"] = "TestInconclusive"
    cause: Cause
    detail: Text = ""


class TestMissed(TestFact):
    """A slot went by and nobody tested. ``detail`` says why."""

    type: Literal["TestMissed"] = "TestMissed"
    detail: Text = ""


AnyTestFact = Annotated[TestPassed | TestFailed | TestInconclusive | TestMissed, Field(discriminator="type")]


def conclusion_id_for(test_id: UUID) -> UUID:
    """The id of the fact that ends a test."""
    return uuid5(NAMESPACE, f"conclusion/{test_id}")


class TestJob(Value):
    """A test to run, as announced in DUE. Whoever takes it runs it and says how it ended."""

    test_id: UUID
    target: TargetCard
    origin: Origin = Origin.SCHEDULED
    slot: Slot | None = None
    ticket: UUID | None = None
    requested_by: Actor | None = None
    is_drill: bool = False
    announced_at: Moment


class TicketFact(Fact):
    """Something happened to a ticket. ``version`` counts its facts from 1, without a gap."""

    stream: ClassVar[str] = "TICKETS"
    verb: ClassVar[str]

    ticket: UUID
    version: Annotated[int, Field(ge=1)]
    target: Slug
    actor: Actor | None = None
    command_id: UUID | None = None

    @property
    def subject(self) -> str:
        """``ticket.<event>.<ticket>``."""
        return f"ticket.{self.verb}.{self.ticket}"

    @property
    def about(self) -> str:
        """The ticket."""
        return str(self.ticket)


class TicketOpened(TicketFact):
    """A test failed and no ticket was open for its target. Unconfirmed until a second test fails too."""

    type: Literal["TicketOpened"] = "TicketOpened"
    verb: ClassVar[str] = "opened"
    number: Line
    target_name: Line
    channel: Channel
    severity: Severity
    test_id: UUID
    failed_at: Moment
    leg: Leg
    cause: Cause
    summary: Line
    is_drill: bool = False


class TicketFailureRepeated(TicketFact):
    """A further test of the same target failed while the ticket was open. It also confirms the ticket."""

    type: Literal["TicketFailureRepeated"] = "TicketFailureRepeated"
    verb: ClassVar[str] = "failure-repeated"
    test_id: UUID
    leg: Leg
    cause: Cause
    summary: Line = ""


class TicketPassNoted(TicketFact):
    """A test of the target passed while the ticket was open. It is noted; it does not close."""

    type: Literal["TicketPassNoted"] = "TicketPassNoted"
    verb: ClassVar[str] = "pass-noted"
    test_id: UUID


class TicketTestRequested(TicketFact):
    """The ticket wants a test of its own: to confirm the failure, or to check a claim that it is solved.

    ``not_before``: when it may run at the earliest. ``attempt`` counts from 1.
    """

    type: Literal["TicketTestRequested"] = "TicketTestRequested"
    verb: ClassVar[str] = "test-requested"
    test_id: UUID
    purpose: Origin
    attempt: Annotated[int, Field(ge=1)] = 1
    not_before: Moment


class TicketAcknowledged(TicketFact):
    """The IOC has seen it and works on it."""

    type: Literal["TicketAcknowledged"] = "TicketAcknowledged"
    verb: ClassVar[str] = "acknowledged"
    note: Text = ""


class TicketNoted(TicketFact):
    """A progress note."""

    type: Literal["TicketNoted"] = "TicketNoted"
    verb: ClassVar[str] = "noted"
    note: Text


class TicketResolved(TicketFact):
    """Somebody claims that it is solved. A re-test will say whether that is so."""

    type: Literal["TicketResolved"] = "TicketResolved"
    verb: ClassVar[str] = "resolved"
    note: Text = ""


class TicketReopened(TicketFact):
    """The claim did not hold: a test begun after it failed, or it could not be checked (``test_id`` says which)."""

    type: Literal["TicketReopened"] = "TicketReopened"
    verb: ClassVar[str] = "reopened"
    test_id: UUID
    cause: Cause
    summary: Line = ""


class TicketClosed(TicketFact):
    """The end: a re-test passed (``test_id``), or a person closed it by hand with a ``reason``."""

    type: Literal["TicketClosed"] = "TicketClosed"
    verb: ClassVar[str] = "closed"
    test_id: UUID | None = None
    reason: Text = ""


class TicketCancelled(TicketFact):
    """The end: it was no incident (planned work, wrong plan, a drill). ``reason`` says what it was."""

    type: Literal["TicketCancelled"] = "TicketCancelled"
    verb: ClassVar[str] = "cancelled"
    reason: Text


AnyTicketFact = Annotated[
    TicketOpened
    | TicketFailureRepeated
    | TicketPassNoted
    | TicketTestRequested
    | TicketAcknowledged
    | TicketNoted
    | TicketResolved
    | TicketReopened
    | TicketClosed
    | TicketCancelled,
    Field(discriminator="type"),
]


class Beat(Value):
    """A process says that it lives. Said every 2 s, kept nowhere; the board shows the latest.

    ``notices``: what a PIC should know, e.g. a plan file that was refused. ``restarts``: by its supervisor.
    """

    service: Slug
    instance: Line
    at: Moment
    started_at: Moment
    is_ready: bool
    notices: tuple[Line, ...] = ()
    restarts: int = 0
