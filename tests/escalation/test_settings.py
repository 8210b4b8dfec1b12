"""Where the event store is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from escalation.settings import BadDatabaseUrl, Settings, event_store


def test_by_default_it_is_a_file_in_the_data_folder(tmp_path: Path):
    assert Settings(data_dir=tmp_path).event_store["SQLITE_DBNAME"] == f"{tmp_path}/escalation.db"
    assert Settings(data_dir=Path("data")).event_store["SQLITE_DBNAME"] == "data/escalation.db"


def test_a_postgresql_url_is_taken_apart():
    store = event_store("postgresql://sam:p%40ss@db.example:6543/tickets")

    told = {name: store[f"POSTGRES_{name}"] for name in ("USER", "PASSWORD", "HOST", "PORT", "DBNAME")}
    assert told == {"USER": "sam", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "6543", "DBNAME": "tickets"}
    assert "POSTGRES_ENABLE_DB_FUNCTIONS" not in store


def test_a_port_may_be_left_out():
    assert event_store("postgresql://sam@db/tickets")["POSTGRES_PORT"] == "5432"


def test_the_password_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("SAMBUNG_DATABASE_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SAMBUNG_DATABASE_URL", "postgresql://sam:old@db/tickets")

    assert Settings().event_store["POSTGRES_PASSWORD"] == "from the file"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://sam@db/tickets",
        "sqlite://tickets.db",
        "sqlite:///",
        "postgresql://db/tickets",
        "postgresql://sam@db",
        "postgresql://sam@db:many/tickets",
        "postgresql:///tickets",
        "tickets.db",
    ],
)
def test_a_url_of_another_kind_is_refused_with_what_is_allowed(url):
    with pytest.raises(BadDatabaseUrl, match="allowed is sqlite:///"):
        event_store(url)


def test_the_refusal_does_not_repeat_the_password():
    with pytest.raises(BadDatabaseUrl) as refused:
        event_store("mysql://sam:hush@db/tickets")

    assert "hush" not in str(refused.value)


def test_the_program_ends_at_once_with_the_reason(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMBUNG_DATABASE_URL", "mysql://sam:hush@db/tickets")

    ended = subprocess.run(
        [sys.executable, "-m", "escalation"], capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 1
    assert "SAMBUNG_DATABASE_URL ends in 'db/tickets'" in ended.stderr
