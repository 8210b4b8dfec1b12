"""The event store's tables, with a position that is compared before it is set. Knows SQL; knows no ticket.

The library takes any higher number as the new position; two replicas with overlapping batches would then both be
believed (14 of 5,000 facts twice). Here a batch counts only if the position is exactly its predecessor's.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.postgres import PostgresFactory as LibraryPostgresFactory
from eventsourcing.postgres import PostgresProcessRecorder
from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteFactory, SQLiteProcessRecorder
from psycopg.sql import SQL, Identifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsourcing.sqlite import SQLiteCursor
    from eventsourcing.utils import Environment, EnvType
    from psycopg import Cursor

RECONNECT_S = 5.0


@dataclass(frozen=True)
class Step(Tracking):
    """A position that moves from ``previous`` (0: there is none yet) to ``notification_id``."""

    previous: int = 0


class SqliteRecorder(SQLiteProcessRecorder):
    """Events and position in one SQLite transaction."""

    def _insert_tracking(self, c: SQLiteCursor, tracking: Tracking) -> None:
        if not isinstance(tracking, Step):
            super()._insert_tracking(c, tracking)
            return
        if tracking.previous:
            c.execute(
                "UPDATE tracking SET notification_id = ?"
                " WHERE application_name = ? AND notification_id = ? RETURNING 1",
                (tracking.notification_id, tracking.application_name, tracking.previous),
            )
        else:
            c.execute(
                "INSERT INTO tracking VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1",
                (tracking.application_name, tracking.notification_id),
            )
        if c.fetchone() is None:
            raise PositionMoved(tracking)


class SyncedPool(SQLiteConnectionPool):
    """Connections that write through to the disk, however the distribution built SQLite."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute("PRAGMA synchronous=FULL")
        return connection


class SqliteFactory(SQLiteFactory):
    """Makes the recorder for SQLite: write-ahead log, fully synchronous."""

    process_recorder_class = SqliteRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        given = self.datastore.pool
        self.datastore.pool = SyncedPool(db_name=given.db_name, lock_timeout=given.lock_timeout)
        given.close()


def _once(method: Callable[..., Any]) -> Any:  # noqa: ANN401  the library's own signature comes out again
    """The library's method without its ten tries: they would hold a thread for half a minute, and hide the trouble."""
    return inspect.unwrap(method)


class PostgresRecorder(PostgresProcessRecorder):
    """Events and position in one PostgreSQL transaction."""

    insert_events = _once(PostgresProcessRecorder.insert_events)
    select_events = _once(PostgresProcessRecorder.select_events)
    select_notifications = _once(PostgresProcessRecorder.select_notifications)
    max_notification_id = _once(PostgresProcessRecorder.max_notification_id)
    max_tracking_id = _once(PostgresProcessRecorder.max_tracking_id)
    insert_tracking = _once(PostgresProcessRecorder.insert_tracking)

    def _insert_tracking(self, curs: Cursor[Any], tracking: Tracking) -> None:
        if not isinstance(tracking, Step):
            super()._insert_tracking(curs, tracking)
            return
        table = SQL("{}.{}").format(Identifier(self.datastore.schema), Identifier(self.tracking_table_name))
        if tracking.previous:
            curs.execute(
                SQL(
                    "UPDATE {} SET notification_id = %s"
                    " WHERE application_name = %s AND notification_id = %s RETURNING 1"
                ).format(table),
                (tracking.notification_id, tracking.application_name, tracking.previous),
            )
        else:
            curs.execute(
                SQL("INSERT INTO {} VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1").format(table),
                (tracking.application_name, tracking.notification_id),
            )
        if curs.fetchone() is None:
            raise PositionMoved(tracking)


class PostgresFactory(LibraryPostgresFactory):
    """Makes the recorder for PostgreSQL."""

    process_recorder_class = PostgresRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        # The pool waits longer and longer between its tries, up to minutes; a short limit begins them anew.
        self.datastore.pool.reconnect_timeout = RECONNECT_S


class PositionMoved(IntegrityError):  # noqa: N818  another replica was faster; nothing is wrong
    """The stored position is not the batch's predecessor."""

    def __init__(self, step: Step) -> None:
        super().__init__(f"{step.application_name} is not at {step.previous}")
