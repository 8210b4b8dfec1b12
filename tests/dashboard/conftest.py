"""The dashboard's own fixtures: a world, who answers for it, and the client that asks."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from day import busy_day
from natsd import Nats
from pretend import World, answering
from sight import connected


@pytest.fixture
async def world(nats: Nats) -> AsyncIterator[World]:
    """A busy day, answered for by all services, with the client connected."""
    async with answering(nats, busy_day(datetime.now(UTC))) as world, connected(nats):
        yield world
