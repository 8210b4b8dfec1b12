"""One dashboard and one Chromium for the tests of a file; each test brings a world of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser import running_browser
from day import busy_day
from natsd import running_nats
from playwright.async_api import Browser, Error, Page, expect
from pretend import StandIn, World, answering
from stage import running_dashboard

PATIENCE_MS = 30_000
"""How long a condition is awaited on a busy machine; nothing here says how fast it must be."""

expect.set_options(timeout=PATIENCE_MS)


class Visit:
    """A browser at the dashboard."""

    def __init__(self, page: Page, address: str, world: World) -> None:
        self.page, self.address, self.world = page, address, world

    async def to(self, path: str, landmark: str) -> Page:
        """Open a page and wait until its landmark is there; a browser drops what it loads when networks change."""
        for _ in range(5):
            try:
                await self.page.goto(self.address + path)
                await self.page.locator(landmark).first.wait_for(timeout=PATIENCE_MS)
            except Error:
                continue
            return self.page
        pytest.fail(f"{path} never showed {landmark}")


@dataclass
class House:
    """One dashboard and one browser for all tests here; each test brings a world of its own."""

    address: str
    browser: Browser
    stand_in: StandIn


@asynccontextmanager
async def running_house(folder: Path) -> AsyncIterator[House]:
    stand_in = StandIn(busy_day(datetime.now(UTC)))
    async with (
        running_nats(folder) as nats,
        answering(nats, stand_in),
        running_dashboard(nats) as address,
        running_browser() as browser,
    ):
        yield House(address, browser, stand_in)


@asynccontextmanager
async def visiting(house: House, picture: Path, width: int = 1280, height: int = 800) -> AsyncIterator[Visit]:
    """A new page at a new world; ``picture``: where what it showed at the end is kept."""
    world = house.stand_in.world = busy_day(datetime.now(UTC))
    page = await house.browser.new_page(viewport={"width": width, "height": height}, locale="id-ID")
    yield Visit(page, house.address, world)
    await page.screenshot(path=picture, full_page=True)
    await page.close()
