"""A web chat on a real WebSocket that follows a script, for what the lab's bot never does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

MENU = {
    "type": "message",
    "actor": "bot",
    "text": "Ketik 1 untuk Informasi, 9 untuk petugas",
    "buttons": [{"payload": "p9", "title": "Bicara dengan petugas"}, {"payload": "p1", "title": "Informasi"}],
}
WAIT = {"type": "message", "actor": "bot", "text": "Mohon tunggu, Anda sedang dihubungkan."}
JOINED = {"type": "joined", "actor": "human", "name": "Rina"}
HELLO = {"type": "message", "actor": "human", "name": "Rina", "text": "Selamat siang, ada yang bisa dibantu?"}


def human(text: str) -> dict[str, Any]:
    return {**HELLO, "text": text}


class Peer:
    """One customer's connection: what was said to us, and the means to answer."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.received: list[dict[str, Any]] = []

    async def say(self, *frames: dict[str, Any] | str | bytes) -> None:
        for frame in frames:
            await self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def hear(self) -> dict[str, Any]:
        self.received.append(json.loads(await self.socket.recv()))
        return self.received[-1]

    async def hear_out(self) -> None:
        """Take in whatever comes until the customer leaves."""
        with suppress(ConnectionClosed):
            while True:
                await self.hear()


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def chat_peer(script: Script) -> AsyncIterator[tuple[str, list[Peer]]]:
    """The address of a chat whose every connection follows the script, and the connections so far."""
    peers: list[Peer] = []

    async def follow(socket: ServerConnection) -> None:
        peers.append(Peer(socket))
        with suppress(ConnectionClosed, asyncio.CancelledError):
            await script(peers[-1])

    async with serve(follow, "127.0.0.1", 0, max_size=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/chat", peers
