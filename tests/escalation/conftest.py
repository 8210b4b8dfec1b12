"""Fixtures for escalation's tests. Helpers are ordinary modules beside the tests; this file only hands them out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from postgres import fresh_database

from escalation.application import Tickets
from escalation.settings import event_store


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/escalation.db" if request.param == "sqlite" else fresh_database()


@pytest.fixture
def tickets(database_url: str) -> Iterator[Tickets]:
    opened = Tickets(event_store(database_url))
    yield opened
    opened.close()
