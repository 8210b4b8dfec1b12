"""A Chromium for tests: the system's own where there is one, else the one Playwright brought."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


def system_chromium() -> str | None:
    """The path of the distribution's Chromium; None lets Playwright take its own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright  # noqa: PLC0415  heavy; only browser tests pay for it

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=system_chromium(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()
