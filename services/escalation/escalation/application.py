"""Tickets: the use cases over the event store. Knows eventsourcing; knows no bus and no clock."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Annotated, Any, cast, get_args
from uuid import UUID

import structlog
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    Mapper,
    OperationalError,
    PersistenceError,
    ProcessRecorder,
    StoredEvent,
    Tracking,
)
from pydantic import Field, TypeAdapter

from escalation import decision, docket, ticket
from escalation.docket import AnyDocketFact, Docket, DocketFact, docket_id_for
from escalation.ledger import Ledger, docket_of
from escalation.recorder import PositionMoved, Step
from escalation.ticket import Ticket
from shared.asks import TicketRead, TicketsListed, TicketView
from shared.events import AnyTicketFact, TestFact, TicketFact, TicketTestRequested
from shared.inbox import Move, StalePosition, StoreAway

TRIES = 5
PAGE = 1_000
FLOOR = "outbox:TICKETS"
TICKET_TOPICS = tuple(kind.model_fields["type"].default for kind in get_args(get_args(AnyTicketFact)[0]))

log = structlog.get_logger()


class FactMapper(Mapper[UUID]):
    """Facts are stored as they are told: the topic is the fact's own ``type``, so code may move without harm."""

    _facts: TypeAdapter[Any] = TypeAdapter(Annotated[AnyTicketFact | AnyDocketFact, Field(discriminator="type")])

    def to_stored_event(self, domain_event: Any) -> StoredEvent:  # noqa: ANN401  the library's protocol is another
        """A ticket's fact or a docket's entry as one row."""
        owner = domain_event.docket if isinstance(domain_event, DocketFact) else domain_event.ticket
        state = domain_event.model_dump_json().encode()
        return StoredEvent(owner, domain_event.version, domain_event.type, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401  the library's protocol is another
        """The row as the fact it was."""
        return self._facts.validate_json(stored_event.state)


class Tickets(Application[UUID]):
    """Every ticket there is, and the one open ticket of each target.

    ``on_saved`` is called, in whatever thread saved, after new facts are in the store. Every method may raise
    ``StoreAway``.
    """

    recorder: ProcessRecorder

    def __init__(self, env: dict[str, str]) -> None:
        self.on_saved: Callable[[], object] = lambda: None
        self._ledger = Ledger()
        self._lock = Lock()
        try:
            super().__init__(env)
        except PersistenceError as error:  # away, or another replica makes the same tables at this moment
            raise StoreAway(str(error)) from error

    def construct_mapper(self) -> FactMapper:
        """Facts are their own transcoding."""
        return FactMapper(transcoder=self.construct_transcoder())

    def construct_recorder(self) -> Any:  # noqa: ANN401  one recorder for events and position
        """Events and position in one place, so that one transaction can hold both."""
        return self.factory.process_recorder()

    # --- the inbox ------------------------------------------------------------------------------------------------

    def position(self, name: str) -> int:
        """Up to where the stream ``name`` was taken; 0 when nothing was."""
        with _reaching_store():
            return self.recorder.max_tracking_id(name) or 0

    def take(self, tests: Sequence[TestFact], move: Move, now: datetime) -> None:
        """Save what these tests' endings mean, and the move of the position, in one transaction.

        Raises ``StalePosition`` when the position is not where the move begins.
        """
        step = Step(move.name, move.last, previous=move.previous)
        for _ in range(TRIES):
            facts = self._conclude_all(tests, now)
            try:
                self._put(facts, step)
            except PositionMoved:
                raise StalePosition(move) from None
            except IntegrityError as error:  # a person's wish came between reading and saving: decide anew
                log.info("decided_anew", move=str(move), reason=str(error))
                conflict = error
            else:
                return
        raise conflict

    def _conclude_all(self, tests: Sequence[TestFact], now: datetime) -> list[TicketFact | DocketFact]:
        with self._lock:
            self._read_on()
            tickets = ChainMap[UUID, Ticket]({}, self._ledger.tickets)
            dockets = ChainMap[str, Docket]({}, self._ledger.dockets)
            return [fact for test in tests for fact in self._conclude(tickets, dockets, test, now)]

    def _conclude(
        self, tickets: ChainMap[UUID, Ticket], dockets: ChainMap[str, Docket], test: TestFact, now: datetime
    ) -> list[TicketFact | DocketFact]:
        key = docket.docket_key(test.target, is_drill=test.is_drill)
        entry = docket_of(dockets, test.target, is_drill=test.is_drill)
        current = tickets[entry.ticket] if entry.ticket else None
        facts = decision.conclude(current, test, now)
        if not facts or (current is None and self._is_known(tickets, entry, test)):
            return []
        entries = docket.enter(entry, facts)
        for fact in facts:
            current = tickets[fact.ticket] = ticket.evolve(current, fact)
        for line in entries:
            entry = dockets[key] = docket.evolve(entry, line)
        return [*facts, *entries]

    def _is_known(self, tickets: ChainMap[UUID, Ticket], entry: Docket, test: TestFact) -> bool:
        """Whether this failure is an old one told again, after its ticket was over."""
        if entry.last is None:
            return False
        last = tickets.get(entry.last) or self._find(entry.last)
        return test.test_id in last.tests

    # --- people ---------------------------------------------------------------------------------------------------

    def obey(self, wish: decision.Wish, now: datetime) -> TicketView:
        """Do what a person wants, once per ``command_id``; the ticket as it stands then. Raises a ``Refusal``."""
        return self._change(wish.ticket, lambda current: decision.obey(current, wish, now))

    def give_up(self, request: TicketTestRequested, why: str, now: datetime) -> TicketView:
        """A test that the ticket asked for cannot be run: a claim that cannot be checked does not stand."""
        return self._change(request.ticket, lambda current: decision.untestable(current, request, why, now))

    def _change(self, ticket_id: UUID, decide: Callable[[Ticket], list[TicketFact]]) -> TicketView:
        for _ in range(TRIES):
            current = self._find(ticket_id)
            facts = decide(current)
            try:
                self._put([*facts, *self._entries(current, facts)])
            except IntegrityError as error:  # somebody was faster: look again
                conflict = error
            else:
                for fact in facts:
                    current = ticket.evolve(current, fact)
                return current.view()
        raise conflict

    def _entries(self, current: Ticket, facts: list[TicketFact]) -> list[DocketFact]:
        """What the docket of the target has to say when these facts end the ticket."""
        if not any(isinstance(fact, docket.ENDINGS) for fact in facts):
            return []
        with _reaching_store():
            is_drill = current.opening.is_drill
            history: Any = self.events.get(docket_id_for(current.target, is_drill=is_drill))
            entry = docket.project(docket.Docket(current.target, is_drill=is_drill), history)
        return docket.enter(entry, facts)

    def view(self, ticket_id: UUID) -> TicketView:
        """The ticket as it stands. Raises ``TicketUnknown``."""
        return self._find(ticket_id).view()

    def timeline(self, ticket_id: UUID) -> TicketRead:
        """The ticket and all its facts, oldest first. Raises ``TicketUnknown``."""
        with _reaching_store():
            facts: list[Any] = list(self.events.get(ticket_id))
        current = _project(None, facts)
        if current is None:
            raise decision.TicketUnknown(ticket_id)
        return TicketRead(view=current.view(), timeline=tuple(facts))

    def latest(self, limit: int, *, is_open_only: bool) -> TicketsListed:
        """At most ``limit`` tickets, newest first."""
        with self._lock:
            self._read_on()
            return TicketsListed(
                tickets=tuple(one.view() for one in self._ledger.latest(limit, is_open_only=is_open_only))
            )

    def count_open(self) -> int:
        """How many tickets are open now."""
        with self._lock:
            self._read_on()
            return self._ledger.open

    # --- the outbox -----------------------------------------------------------------------------------------------

    def facts_after(self, position: int, limit: int) -> list[tuple[int, TicketFact]]:
        """The next facts of all tickets in the order they were saved, each with its place in the log."""
        with _reaching_store():
            found = self.recorder.select_notifications(position, limit, None, TICKET_TOPICS, inclusive_of_start=False)
        return [(entry.id, self._fact(entry)) for entry in found]

    def last_place(self) -> int:
        """The log's last place; 0 when it is empty."""
        with _reaching_store():
            return self.recorder.max_notification_id() or 0

    def floor(self) -> int:
        """Up to where the log was certainly published, for when the stream itself no longer says so."""
        return self.position(FLOOR)

    def raise_floor(self, position: int) -> None:
        """Remember that everything up to ``position`` was published."""
        with _reaching_store():
            try:
                self.recorder.insert_tracking(Tracking(FLOOR, position))
            except IntegrityError:
                log.debug("floor_is_higher", position=position)  # another replica was faster

    # --- the store ------------------------------------------------------------------------------------------------

    def _put(self, facts: Sequence[TicketFact | DocketFact], step: Step | None = None) -> None:
        if not facts and step is None:
            return
        with _reaching_store():
            # Our facts name their owner otherwise than the library's protocol; the mapper knows.
            self.events.put(cast("Sequence[Any]", facts), tracking=step)
        if facts:
            self.on_saved()

    def _find(self, ticket_id: UUID) -> Ticket:
        try:
            with _reaching_store():
                found: Ticket = self.repository.get(ticket_id, projector_func=cast("Any", _project))
        except AggregateNotFoundError:
            raise decision.TicketUnknown(ticket_id) from None
        return found

    def _fact(self, entry: StoredEvent) -> Any:  # noqa: ANN401  the library's protocol is another
        return self.mapper.to_domain_event(entry)

    def _read_on(self) -> None:
        """Bring the ledger up to the log's end: other replicas write to it too."""
        while True:
            with _reaching_store():
                found = self.recorder.select_notifications(self._ledger.position, PAGE, inclusive_of_start=False)
            for entry in found:
                self._ledger.read(entry.id, self._fact(entry))
            if len(found) < PAGE:
                return


def _project(current: Ticket | None, facts: Iterable[TicketFact | DocketFact]) -> Ticket | None:
    """The ticket, or None when the id is that of a docket, which shares the table."""
    return ticket.project(current, (fact for fact in facts if isinstance(fact, TicketFact)))


@contextmanager
def _reaching_store() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StoreAway(str(error)) from error
