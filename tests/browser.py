"""A Chromium for tests: the system's own, else the one Playwright brings, else the distribution's package.

``python tests/browser.py`` makes sure that there is one, or says in one line why the browser tests will not run.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
WHY_NOT = "no Chromium starts here, so the pages were not looked at; as root: apt-get install chromium libatomic1"


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


@asynccontextmanager
async def open_page(address: str, pictures: Path) -> AsyncIterator[Page]:
    """A page at ``address``; a failure inside leaves its picture in ``pictures``."""
    async with running_browser() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        try:
            await page.goto(address)
            yield page
        except BaseException:
            pictures.mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=pictures / "failure.png", full_page=True)
            raise


@cache
def has_browser() -> bool:
    """Whether a Chromium starts here."""

    async def start() -> None:
        async with running_browser():
            pass

    try:
        asyncio.run(asyncio.wait_for(start(), 60))
    except Exception:  # noqa: BLE001  whatever the reason, there is none
        return False
    return True


def ensure() -> bool:
    """Make sure that one starts: the system's, Playwright's own, or the package (only root can install that)."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # libatomic1: Playwright's own Node.js needs it, and a bare Debian lacks it.
        install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium libatomic1"
        ways.append(["sh", "-c", install])
    if has_browser():
        return True
    for way in ways:
        subprocess.run(way, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        has_browser.cache_clear()
        if has_browser():
            return True
    return False


if __name__ == "__main__" and not ensure():
    sys.stderr.write(f"{WHY_NOT}\n")
