from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import fresh_database

from reporting.database import Database
from reporting.settings import database_url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    return f"sqlite:///{tmp_path}/deep/down/record.db" if request.param == "sqlite" else fresh_database()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(database_url(url))
    yield database
    database.close()
