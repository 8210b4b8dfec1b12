"""A visitor of the lab's web chat; helpers for the lab's tests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import ClientSession, ClientTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientWebSocketResponse

    from sambung.lab.lab import Lab


class Visitor:
    """One WebSocket conversation and every frame seen in it."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[dict] = []

    async def say(self, text: str) -> None:
        await self.socket.send_json({"type": "message", "text": text})

    async def choose(self, payload: str) -> None:
        await self.socket.send_json({"type": "choice", "payload": payload})

    async def hear(self, kind: str = "message") -> dict:
        """Wait for the next frame of a type."""
        while True:
            self.frames.append(await self.socket.receive_json(timeout=5))
            if self.frames[-1]["type"] == kind:
                return self.frames[-1]

    async def hear_all(self, seconds: float) -> list[dict]:
        """Take every frame that comes for so long; only for what must not come."""
        heard = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    heard.append(await self.socket.receive_json())
        except TimeoutError:
            return heard


@asynccontextmanager
async def visiting(lab: Lab) -> AsyncIterator[Visitor]:
    """Open a conversation and wait for its greeting when there is one."""
    url = f"http://127.0.0.1:{lab.http_port}/chat"
    async with ClientSession(timeout=ClientTimeout(5)) as session, session.ws_connect(url) as socket:
        yield Visitor(socket)
