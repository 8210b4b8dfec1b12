"""Fixtures. Helpers are ordinary modules beside the tests; this file only hands them out."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from natsd import Nats, running_nats


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[Nats]:
    async with running_nats(tmp_path) as server:
        yield server
