"""What a test of pages sees: pages run in a thread, against a pretend world, through the real client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from natsd import Nats
from streamlit.testing.v1 import AppTest

from dashboard.client import open_client

LONGEST_S = 60


def board() -> None:
    from dashboard.main import show  # noqa: PLC0415  the function's source is run as a script of its own

    show("board")


def target() -> None:
    from dashboard.main import show  # noqa: PLC0415  as above

    show("target")


def ticket() -> None:
    from dashboard.main import show  # noqa: PLC0415  as above

    show("ticket")


@asynccontextmanager
async def connected(nats: Nats) -> AsyncIterator[None]:
    """The process' one client, speaking over a connection with the dashboard's own rights."""
    open_client.cache_clear()
    connection = await nats.client("dashboard")
    speaking = asyncio.create_task(open_client().speak(connection))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
        await connection.close()
        open_client.cache_clear()


async def look(page: Callable[[], None], **query: str) -> AppTest:
    """A page as a browser without a name would get it."""
    app = AppTest.from_function(page, default_timeout=LONGEST_S)
    for name, value in query.items():
        app.query_params[name] = value
    return await run(app)


async def run(app: AppTest) -> AppTest:
    return await asyncio.to_thread(app.run)


def html(app: AppTest) -> str:
    """All HTML that the page itself wrote."""
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def button(app: AppTest, key: str) -> Any:
    return next(button for button in app.button if button.key == key)
