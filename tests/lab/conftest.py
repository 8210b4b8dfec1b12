"""Fixtures of the lab's tests; helpers are ordinary modules beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, ClientTimeout

from sambung.lab.lab import Lab, make_lab
from sambung.lab.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """A lab in this process, with a short queue."""
    async with make_lab(Settings(sip_port=0, http_port=0, hold_seconds=0.2)) as running:
        yield running


@pytest.fixture
async def http(lab: Lab) -> AsyncIterator[ClientSession]:
    """A client of the lab's HTTP port."""
    async with ClientSession(f"http://127.0.0.1:{lab.http_port}", timeout=ClientTimeout(5)) as session:
        yield session
