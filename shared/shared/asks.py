"""Asks and their answers: imperative, by request and reply. An ask that breaks a rule is answered by ``Refused``."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, StringConstraints

from shared.events import AnyTestFact, AnyTicketFact, Beat
from shared.vocabulary import (
    Actor,
    Cause,
    Channel,
    Leg,
    Line,
    Moment,
    Origin,
    Severity,
    Slot,
    Slug,
    TargetCard,
    Text,
    TicketState,
    Value,
)

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4_000)]


class Ask(BaseModel):
    """What anybody asks of the owner of a state.

    ``command_id`` makes it safe to ask again: a repeated command does nothing twice.
    Unknown fields are refused: a misspelt field must not be an ask for something else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: ClassVar[str]

    command_id: UUID
    actor: Actor


class Answer(Value):
    """What the owner says back."""


class Refused(Answer):
    """The rule says no. ``refused`` is for machines, ``message`` for people, ``values`` name what was wrong."""

    refused: Line
    message: Text
    values: dict[str, str] = {}


# --- probe-runner -----------------------------------------------------------------------------------------------


class RunTest(Ask):
    """Test a target now. The test's id is computed from the ``command_id``: asked twice, it runs once."""

    subject: ClassVar[str] = "ask.test.run"

    target: Slug
    is_drill: bool = False


class RunTicketTest(Ask):
    """Run the test that a ticket waits for. Only escalation may say it: whoever else could would close tickets."""

    subject: ClassVar[str] = "order.test.run"

    target: Slug
    test_id: UUID
    origin: Literal[Origin.CONFIRMING, Origin.RETEST]
    ticket: UUID
    is_drill: bool = False


class TestAnnounced(Answer):
    """The test waits in DUE for whoever takes it first."""

    test_id: UUID


# --- escalation ---------------------------------------------------------------------------------------------------


class AcknowledgeTicket(Ask):
    """I have seen it and work on it."""

    subject: ClassVar[str] = "ask.ticket.acknowledge"

    ticket: UUID
    note: Text = ""


class NoteTicket(Ask):
    """This is how it stands."""

    subject: ClassVar[str] = "ask.ticket.note"

    ticket: UUID
    note: Reason


class ResolveTicket(Ask):
    """It is solved; test it again."""

    subject: ClassVar[str] = "ask.ticket.resolve"

    ticket: UUID
    note: Text = ""


class CloseTicket(Ask):
    """Close it by hand, without a re-test. Only with a reason."""

    subject: ClassVar[str] = "ask.ticket.close"

    ticket: UUID
    reason: Reason


class CancelTicket(Ask):
    """It was no incident. Only with a reason."""

    subject: ClassVar[str] = "ask.ticket.cancel"

    ticket: UUID
    reason: Reason


class ListTickets(Ask):
    """Tickets from the owner's own store: the open ones, or the latest ``limit`` of all."""

    subject: ClassVar[str] = "ask.ticket.list"

    is_open_only: bool = True
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ReadTicket(Ask):
    """One ticket as its owner has it, with its facts."""

    subject: ClassVar[str] = "ask.ticket.read"

    ticket: UUID


class TicketView(Answer):
    """A ticket as it stands now.

    ``acknowledged_at``: the first time, for the MTTA; ``acknowledged_by``: who works on it
    now, nobody after a reopening.
    """

    ticket: UUID
    number: Line
    target: Slug
    target_name: Line
    channel: Channel
    state: TicketState
    is_confirmed: bool
    is_drill: bool = False
    severity: Severity
    leg: Leg
    cause: Cause
    summary: Line
    opened_at: Moment
    acknowledged_at: Moment | None = None
    acknowledged_by: Actor | None = None
    resolved_at: Moment | None = None
    ended_at: Moment | None = None
    failures: int = 1
    passes: int = 0
    reopenings: int = 0
    retest: UUID | None = None
    version: int


class TicketsListed(Answer):
    """Newest first."""

    tickets: tuple[TicketView, ...]


class TicketRead(Answer):
    """A ticket and everything that happened to it, oldest first."""

    view: TicketView
    timeline: tuple[AnyTicketFact, ...]


# --- reporting ------------------------------------------------------------------------------------------------------


class ReadBoard(Ask):
    """Everything the PIC's board shows, now."""

    subject: ClassVar[str] = "ask.record.board"


class BoardRow(Value):
    """One target: its latest verdict per leg, its next slot, its open ticket.

    ``agent_time_day_s``, ``agent_time_hour_s``: seconds that tests, drills aside, kept its agents today (WIB) and in
    the last hour.
    """

    target: TargetCard
    last: AnyTestFact | None = None
    recent: tuple[Line, ...] = ()
    next_slot: Slot
    ticket: TicketView | None = None
    agent_time_day_s: float = 0.0
    agent_time_hour_s: float = 0.0


class BoardRead(Answer):
    """The board. ``beats``: the processes that spoke lately. ``parked``: messages in the dead letter."""

    at: Moment
    rows: tuple[BoardRow, ...]
    beats: tuple[Beat, ...] = ()
    parked: int = 0
    notices: tuple[Line, ...] = ()


class ReadTests(Ask):
    """A page of tests, newest first. ``before``: the cursor of the page before."""

    subject: ClassVar[str] = "ask.record.tests"

    target: Slug | None = None
    ticket: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    before: Line | None = None


class TestsRead(Answer):
    """``next``: the cursor of the page after, None when this is the last."""

    tests: tuple[AnyTestFact, ...]
    next: Line | None = None


class ReadTest(Ask):
    """One test with all its steps."""

    subject: ClassVar[str] = "ask.record.test"

    test_id: UUID


class TestRead(Answer):
    """One test, or None when no record of it has come in yet."""

    test: AnyTestFact | None


class ReadTicketRecord(Ask):
    """One ticket as recorded, with its facts."""

    subject: ClassVar[str] = "ask.record.ticket"

    ticket: UUID


class ReadTicketRecords(Ask):
    """A page of recorded tickets, newest first. ``before``: the cursor of the page before."""

    subject: ClassVar[str] = "ask.record.tickets"

    target: Slug | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    before: Line | None = None


class TicketRecordsRead(Answer):
    """``next``: the cursor of the page after, None when this is the last."""

    tickets: tuple[TicketView, ...]
    next: Line | None = None


class ReadEvidence(Ask):
    """A part of one object of the EVIDENCE store, from byte ``offset`` on; at most 256 KiB come back."""

    subject: ClassVar[str] = "ask.record.evidence"

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$")]
    offset: Annotated[int, Field(ge=0)] = 0


class EvidenceRead(Answer):
    """``data`` in Base64 on the wire; ``size`` of the whole object in bytes."""

    data: Base64Bytes
    size: int
