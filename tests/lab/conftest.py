"""Fixtures of the lab's tests; helpers are ordinary modules beside them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, ClientTimeout
from lab.many_numbers import NUMBERS
from lab.running import running_lab
from lab.wire import WireCall
from lab.wire_caller import place
from lab.wire_orders import HOLD_SECONDS, MORE, ORDERS, QUEUE_SECONDS

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


@pytest.fixture(scope="session")
def wire() -> dict[str, WireCall]:
    """One call for each fault, and some more, all at the same time."""
    program = str(Path(__file__).with_name("many_numbers.py"))
    patience = {"LAB_HOLD_SECONDS": str(HOLD_SECONDS), "LAB_QUEUE_SECONDS": str(QUEUE_SECONDS)}
    with running_lab(program, **patience) as lab:
        for number in NUMBERS:
            lab.put(number.number, number.name)
        return asyncio.run(place({**ORDERS, **MORE}, (lab.sip_address, lab.sip_port)))
