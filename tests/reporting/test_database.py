from __future__ import annotations

import socket
import sqlite3
import threading

import pytest
from sqlalchemy import make_url, text

from reporting.database import Database
from reporting.settings import database_url
from shared.inbox import StoreAway


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path):
    database = Database(make_url(f"sqlite:///{tmp_path}/x.db"))
    with database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
    database.close()


def test_a_second_writer_waits_for_the_first(tmp_path):
    database = Database(make_url(f"sqlite:///{tmp_path}/x.db"))
    order, is_in = [], threading.Event()

    def second() -> None:
        is_in.wait(10)
        with database.writing():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with database.writing() as connection:
        is_in.set()
        connection.execute(text("INSERT INTO position VALUES ('x', 1)"))
        order.append("first")
    thread.join(20)
    database.close()
    assert order == ["first", "second"]


def test_a_database_that_does_not_answer_is_away_and_is_used_again_when_it_does(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = Database(database_url(f"postgresql://me@127.0.0.1:{port}/x"))
    with pytest.raises(StoreAway), database.reading():
        pass
    assert "refused" in database.trouble
    database.close()

    (tmp_path / "x.db").mkdir()
    database = Database(make_url(f"sqlite:///{tmp_path}/x.db"))
    with pytest.raises(StoreAway), database.reading():
        pass
    assert database.trouble
    (tmp_path / "x.db").rmdir()
    with database.reading():
        pass
    assert database.trouble == ""
    database.close()


def test_a_file_that_is_no_database_is_away_not_overwritten(tmp_path):
    (tmp_path / "x.db").write_bytes(b"something else entirely, longer than a header" * 40)
    database = Database(make_url(f"sqlite:///{tmp_path}/x.db"))
    with pytest.raises(StoreAway):
        database.writing().__enter__()
    database.close()
    assert (tmp_path / "x.db").read_bytes().startswith(b"something else")


def test_tables_stand_beside_those_of_others(tmp_path):
    with sqlite3.connect(tmp_path / "x.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    database = Database(make_url(f"sqlite:///{tmp_path}/x.db"))
    with database.reading() as connection:
        names = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    database.close()
    assert names == {"theirs", "position", "tests", "latest", "agent_time", "tickets", "ticket_facts"}
