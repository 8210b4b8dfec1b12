"""A pretend exchange: Asterisk's manager interface, as far as docs.asterisk.org tells of it, for tests."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from probe_runner.voice_target import Ami

SECRET = "amat-rahasia-7f3"
CHALLENGE = "840415273"

Fields = dict[str, str]


def connected(caller: str = "02150600", **more: str) -> Fields:
    """An ``AgentConnect`` of Asterisk 20, without the fields nobody looks at."""
    event = {"Event": "AgentConnect", "Privilege": "agent,all", "Channel": "PJSIP/trunk-00000a1f"}
    event |= {"CallerIDNum": caller, "ConnectedLineNum": "701", "Uniqueid": "1763.1", "Linkedid": "1763.1"}
    event |= {"DestChannel": "PJSIP/rina-00000a20", "Queue": "600", "MemberName": "SIP/rina"}
    return {**event, "RingTime": "3", "HoldTime": "0", **more}


def new_channel(caller: str = "02150600", call: str = "1763.1") -> Fields:
    event = {"Event": "Newchannel", "Privilege": "call,all", "Channel": "PJSIP/trunk-00000a1f"}
    return {**event, "CallerIDNum": caller, "Uniqueid": call, "Linkedid": call}


def joined(caller: str = "02150600", call: str = "1763.1") -> Fields:
    event = {"Event": "QueueCallerJoin", "Privilege": "agent,all", "Queue": "600", "Position": "1", "Count": "1"}
    return {**event, "CallerIDNum": caller, "Uniqueid": call, "Linkedid": call}


def wire(fields: Fields) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode() + b"\r\n"


@dataclass
class Session:
    """One client of the exchange."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hears(self) -> Fields:
        raw = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return dict(line.split(": ", 1) for line in raw.split("\r\n") if line)

    async def says(self, *messages: Fields) -> None:
        await self.sends(b"".join(wire(message) for message in messages))

    async def sends(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def stays(self) -> None:
        """Answer pings until the client goes."""
        while (said := await self.hears())["Action"] == "Ping":
            await self.says({"Response": "Success", "ActionID": said["ActionID"], "Ping": "Pong"})


@dataclass
class Manager:
    """Logs clients in and plays ``scripts``: the first to the first client, and so on."""

    scripts: list[Callable[[Session], Awaitable[None]]]
    port: int = 0
    is_challenging: bool = True
    logins: list[Fields] = field(default_factory=list)
    heard: list[Fields] = field(default_factory=list)

    @property
    def ami(self) -> Ami:
        return Ami(host="127.0.0.1", port=self.port, username="sambung", secret="env:AMI_SECRET", queue="600")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session, script = Session(reader, writer), self.scripts.pop(0) if self.scripts else None
        try:
            await session.sends(b"Asterisk Call Manager/9.0.0\r\n")
            if await self.lets_in(session):
                await session.says({"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"})
                await (script or Session.stays)(session)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def lets_in(self, session: Session) -> bool:
        said = await session.hears()
        self.heard.append(said)
        answer = {"ActionID": said["ActionID"]}
        if said["Action"] == "Challenge":
            if self.is_challenging:
                await session.says({"Response": "Success", **answer, "Challenge": CHALLENGE})
            else:
                await session.says({"Response": "Error", **answer, "Message": "Invalid/unknown command"})
            return await self.lets_in(session)
        self.logins.append(said)
        key = hashlib.md5((CHALLENGE + SECRET).encode(), usedforsecurity=False).hexdigest()
        if said["Username"] == "sambung" and (said.get("Key") == key or said.get("Secret") == SECRET):
            await session.says({"Response": "Success", **answer, "Message": "Authentication accepted"})
            return True
        await session.says({"Response": "Error", **answer, "Message": f"Authentication failed {said}"})
        return False


@asynccontextmanager
async def manager(*scripts: Callable[[Session], Awaitable[None]], **more: bool) -> AsyncIterator[Manager]:
    it = Manager(list(scripts), **more)
    async with served(it.serve) as it.port:
        yield it


@asynccontextmanager
async def served(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A port of this machine on which ``serve`` answers each client."""
    tasks: set[asyncio.Task[None]] = set()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        await serve(reader, writer)

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
