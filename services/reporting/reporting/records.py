"""What is read of the record: pages, single tests and tickets, and the rows of the board. Knows SQL; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Column, Select, func, select, tuple_

from reporting.cursor import Cursor
from reporting.database import Database
from reporting.periods import Period
from reporting.projection import LatestRow, stamp
from reporting.tables import agent_time, latest, tests, ticket_facts, tickets
from shared.asks import TicketView
from shared.events import AnyTestFact, AnyTicketFact, TestFact, TicketFact
from shared.vocabulary import TicketState

T = TypeVar("T")

PAGE_BYTES = 700_000
"""A page ends early rather than outgrow one message of the bus (1 MiB)."""

LONGEST_TIMELINE = 1_000
"""Of a longer one the opening and the newest facts are read."""

TEST_FACT: TypeAdapter[TestFact] = TypeAdapter(AnyTestFact)
TICKET_FACT: TypeAdapter[TicketFact] = TypeAdapter(AnyTicketFact)
GOING_ON = tuple(state.value for state in TicketState if not state.is_over)


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items, newest first. ``next``: where the page after begins, None when this is the last."""

    items: list[T]
    next: Cursor | None


class Records:
    """The reading side of the record. Every method may block, and raises ``StoreAway`` when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tests(
        self, before: Cursor | None, limit: int, *, target: str | None = None, ticket: UUID | None = None
    ) -> Page[TestFact]:
        """A page of tests by the time they ended."""
        query = select(tests.c.body)
        if target is not None:
            query = query.where(tests.c.target == target)
        if ticket is not None:
            query = query.where(tests.c.ticket == str(ticket))
        bodies, is_last = self._page(query, tests.c.at, tests.c.test_id, before, limit)
        items = [TEST_FACT.validate_json(body) for body in bodies]
        return Page(items, None if is_last else Cursor(stamp(items[-1].at), str(items[-1].test_id)))

    def test(self, test_id: UUID) -> TestFact | None:
        """One test, None when it is not known."""
        found = self._column(select(tests.c.body).where(tests.c.test_id == str(test_id)))
        return TEST_FACT.validate_json(found[0]) if found else None

    def latest(self, targets: Sequence[str]) -> dict[str, LatestRow]:
        """What the board shows of each of ``targets`` that was ever tested."""
        with self._database.reading() as connection:
            rows = connection.execute(select(latest).where(latest.c.target.in_(targets)))
            return {row.target: LatestRow(**row._mapping) for row in rows}  # noqa: SLF001  its public name

    def agent_time(self, period: Period) -> dict[str, float]:
        """Seconds that the tests ended in this period kept agents, by target; drills do not count."""
        at, whole = agent_time.c.at, func.sum(agent_time.c.milliseconds)
        ended = select(agent_time.c.target, whole).where(at >= stamp(period.start), at < stamp(period.end))
        with self._database.reading() as connection:
            rows = connection.execute(ended.group_by(agent_time.c.target))
            return {target: int(milliseconds) / 1_000 for target, milliseconds in rows}

    def tickets(self, before: Cursor | None, limit: int, *, target: str | None = None) -> Page[TicketView]:
        """A page of tickets by the time they were opened."""
        query = select(tickets.c.view)
        if target is not None:
            query = query.where(tickets.c.target == target)
        bodies, is_last = self._page(query, tickets.c.opened_at, tickets.c.ticket, before, limit)
        items = [TicketView.model_validate_json(body) for body in bodies]
        return Page(items, None if is_last else Cursor(stamp(items[-1].opened_at), str(items[-1].ticket)))

    def open_tickets(self) -> list[TicketView]:
        """Every ticket that is not over, newest first."""
        query = select(tickets.c.view).where(tickets.c.state.in_(GOING_ON))
        found = self._column(query.order_by(tickets.c.opened_at.desc(), tickets.c.ticket.desc()))
        return [TicketView.model_validate_json(view) for view in found]

    def ticket(self, ticket: UUID) -> TicketView | None:
        """One ticket as it stands, None when it is not known."""
        found = self._column(select(tickets.c.view).where(tickets.c.ticket == str(ticket)))
        return TicketView.model_validate_json(found[0]) if found else None

    def timeline(self, view: TicketView) -> list[TicketFact]:
        """What happened to a ticket, oldest first; of a very long one the opening and the newest facts."""
        version = ticket_facts.c.version
        query = select(ticket_facts.c.body).where(ticket_facts.c.ticket == str(view.ticket))
        newest = self._column(query.where(version > max(1, view.version - LONGEST_TIMELINE)).order_by(version.desc()))
        first = self._column(query.where(version == 1))
        bodies = [*_fitting(newest), *first]
        return [TICKET_FACT.validate_json(body) for body in reversed(bodies)]

    def ping(self) -> None:
        """See whether the database answers."""
        self._column(select(1))

    def _page(
        self, query: Select[tuple[str]], at: Column[str], key: Column[str], before: Cursor | None, limit: int
    ) -> tuple[list[str], bool]:
        if before is not None:
            query = query.where(tuple_(at, key) < tuple_(before.at, before.key))
        found = self._column(query.order_by(at.desc(), key.desc()).limit(limit + 1))
        fitting = _fitting(found[:limit])
        return fitting, len(fitting) == len(found)

    def _column(self, query: Select[Any]) -> Sequence[Any]:
        with self._database.reading() as connection:
            return connection.scalars(query).all()


def _fitting(bodies: Sequence[str]) -> list[str]:
    """As many from the beginning as go into one message; one at the least."""
    fitting: list[str] = []
    size = 0
    for body in bodies:
        size += len(body.encode())
        if fitting and size > PAGE_BYTES:
            break
        fitting.append(body)
    return fitting
