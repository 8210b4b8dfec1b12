"""How hard the store writes. What it accepts is in test_application."""

from __future__ import annotations

from escalation.application import Tickets
from escalation.settings import event_store

FULL = 2


def test_sqlite_keeps_a_write_ahead_log_and_writes_through(tmp_path):
    tickets = Tickets(event_store(f"sqlite:///{tmp_path}/escalation.db"))

    with tickets.recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
    tickets.close()

    assert (mode, synchronous) == ("wal", FULL)
