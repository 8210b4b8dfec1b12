"""The database: SQLite or PostgreSQL, its connections and transactions, and what its accidents mean.

Knows the two dialects; knows nothing of what is in the rows.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from reporting.tables import metadata
from shared.inbox import StoreAway

SCHEMA = "reporting"
"""In PostgreSQL the tables have a schema of their own, so a database may be shared with other services."""

LOCK = 0x53414D42554E47
"""The advisory lock under which tables are made: replicas that start together would trip over each other."""

Insert = postgresql.Insert | sqlite.Insert


class Database:
    """The database behind ``url``; thread-safe. The first transaction connects and makes the tables.

    ``trouble``: what the last transaction ran into, "" when all went well.
    """

    def __init__(self, url: URL) -> None:
        self.trouble = "not reached yet"
        self._engine = _make_engine(url)
        self._making = Lock()
        self._is_made = False

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL rather than SQLite."""
        return self._engine.dialect.name == "postgresql"

    def insert(self, table: Table) -> Insert:
        """An insert that may say what to do on conflict; both dialects say it alike."""
        return postgresql.insert(table) if self.is_postgresql else sqlite.insert(table)

    def upsert(self, table: Table) -> Insert:
        """An insert that replaces the row of the same primary key."""
        insert, key = self.insert(table), list(table.primary_key)
        rest = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
        return insert.on_conflict_do_update(index_elements=key, set_=rest)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises ``StoreAway`` when the database does not answer."""
        with self._accidents():
            self._make_tables()
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it or nothing. Raises ``StoreAway`` as ``reading`` does."""
        with self._accidents():
            self._make_tables()
            with self._engine.execution_options(is_writing=True).begin() as connection:
                yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @contextmanager
    def _accidents(self) -> Iterator[None]:
        try:
            yield
        except (DataError, IntegrityError):
            raise  # of this one row: it would be the same again, and must not hold up the others
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            self.trouble = str(error).splitlines()[0]
            raise StoreAway(self.trouble) from error
        self.trouble = ""

    def _make_tables(self) -> None:
        """Create what is missing; any number of replicas may do so at once."""
        with self._making:
            if self._is_made:
                return
            if not self.is_postgresql and self._engine.url.database:
                Path(self._engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            with self._engine.execution_options(is_writing=True).begin() as connection:
                if self.is_postgresql:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                metadata.create_all(connection)
            self._is_made = True


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    arguments = {
        "client_encoding": "utf8",
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "options": f"-c search_path={SCHEMA} -c statement_timeout=30000",
    }
    return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_timeout=5)


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 15}, pool_timeout=5)

    # Python's sqlite3 begins a transaction when it thinks fit; here SQLAlchemy says when, and for what.
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401  the driver's own
        connection.isolation_level = None
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing", False)
        # A transaction that reads before it writes cannot wait for another writer unless it says so first.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. Two that do so to a new file at once: SQLite refuses one without waiting."""
    for pause_s in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 0):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if not pause_s:
                raise
            time.sleep(pause_s)
        else:
            return
