"""Facts into the record: rows and position in one transaction. Knows SQL; knows no bus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, delete, select, text, update

from reporting.database import Database
from reporting.projection import LatestRow, agent_time_row, columns, evolve, latest_row, row_of, ticket_row
from reporting.tables import agent_time, latest, position, tests, ticket_facts, tickets
from shared.asks import TicketView
from shared.events import Fact, TestFact, TicketFact
from shared.inbox import Move, StalePosition


class Store:
    """The writing side of the record. Every method may block, and raises ``StoreAway`` when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def position(self, name: str) -> int:
        """The last sequence taken of the stream ``name``; 0 for none."""
        with self._database.reading() as connection:
            return connection.scalar(select(position.c.last).where(position.c.name == name)) or 0

    def take(self, facts: Sequence[Fact], move: Move) -> None:
        """Keep ``facts`` and move the position, both or neither.

        Raises ``StalePosition`` when the position is not ``move.previous``: another replica was faster.
        """
        with self._database.writing() as connection:
            self._move(connection, move)  # first: here replicas queue up
            self._keep_tests(connection, [fact for fact in facts if isinstance(fact, TestFact)])
            self._keep_tickets(connection, [fact for fact in facts if isinstance(fact, TicketFact)])

    def wipe(self) -> dict[str, int]:
        """Forget everything, positions too (they are returned): whoever follows the streams reads them all again."""
        with self._database.writing() as connection:
            if self._database.is_postgresql:
                connection.execute(text("SET LOCAL statement_timeout = 0"))  # two years of rows may take a while
                # A batch whose position is not committed yet cannot be seen; its rows might be seen a moment later.
                connection.execute(text("LOCK TABLE position IN SHARE ROW EXCLUSIVE MODE"))
            were = {row.name: row.last for row in connection.execute(select(position))}
            for table in (position, latest, tests, agent_time, tickets, ticket_facts):
                connection.execute(delete(table))
        return were

    def _move(self, connection: Connection, move: Move) -> None:
        if move.previous:
            there = (position.c.name == move.name) & (position.c.last == move.previous)
            change: Any = update(position).where(there).values(last=move.last).returning(position.c.last)
        else:
            first = self._database.insert(position).values(name=move.name, last=move.last)
            change = first.on_conflict_do_nothing().returning(position.c.last)
        if connection.scalar(change) is None:
            raise StalePosition(move)

    def _keep_tests(self, connection: Connection, facts: Sequence[TestFact]) -> None:
        firsts: dict[str, TestFact] = {}
        for fact in facts:
            firsts.setdefault(str(fact.test_id), fact)
        known = _known(connection, tests.c.test_id, firsts)
        new = [fact for test_id, fact in firsts.items() if test_id not in known]
        if not new:
            return
        connection.execute(self._database.insert(tests), [columns(row_of(fact)) for fact in new])
        kept = [columns(row) for row in map(agent_time_row, new) if row is not None]
        if kept:
            connection.execute(self._database.insert(agent_time), kept)
        query = select(latest).where(latest.c.target.in_({fact.target for fact in new}))
        rows = {row.target: LatestRow(**row._mapping) for row in connection.execute(query)}  # noqa: SLF001  its public name
        for fact in new:
            rows[fact.target] = latest_row(rows.get(fact.target), fact)
        connection.execute(self._database.upsert(latest), [columns(row) for row in rows.values()])

    def _keep_tickets(self, connection: Connection, facts: Sequence[TicketFact]) -> None:
        firsts: dict[str, TicketFact] = {}
        for fact in facts:
            firsts.setdefault(str(fact.id), fact)
        known = _known(connection, ticket_facts.c.event, firsts)
        new = [fact for event, fact in firsts.items() if event not in known]
        if not new:
            return
        connection.execute(self._database.insert(ticket_facts), [columns(row_of(fact)) for fact in new])
        query = select(tickets.c.view).where(tickets.c.ticket.in_({str(fact.ticket) for fact in new}))
        read = [TicketView.model_validate_json(view) for view in connection.scalars(query)]
        views: dict[UUID, TicketView | None] = {view.ticket: view for view in read}
        for fact in new:
            views[fact.ticket] = evolve(views.get(fact.ticket), fact)
        rows = [columns(ticket_row(view)) for view in views.values() if view is not None]
        if rows:
            connection.execute(self._database.upsert(tickets), rows)


def _known(connection: Connection, column: Column[str], keys: Iterable[str]) -> set[str]:
    return set(connection.scalars(select(column).where(column.in_(keys))))
