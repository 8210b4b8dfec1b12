"""A running reporting service for tests, in this process or as one of its own, and a way to ask it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from faststream.asgi import AsgiFastStream
from nats.aio.client import Client
from natsd import Nats
from samples import PIC
from sqlalchemy import URL
from waiting import eventually

from reporting.app import make_app
from reporting.database import Database
from reporting.settings import ReportingSettings
from shared.asks import Answer, Ask, BoardRead, ReadBoard, Refused
from shared.bus import NobodyAnswered, ask
from shared.events import Fact

A = TypeVar("A", bound=Answer)


@dataclass
class Reporting:
    """The service, and the dashboard's connection to it."""

    app: AsgiFastStream
    database: Database
    client: Client

    async def ask(self, question: type[Ask], answer: type[A], **fields: Any) -> A | Refused:
        return await ask(self.client, question(command_id=uuid4(), actor=PIC, **fields), answer)

    async def try_ask(self, question: type[Ask], answer: type[A], **fields: Any) -> A | Refused | None:
        """None while nobody answers."""
        try:
            return await self.ask(question, answer, **fields)
        except NobodyAnswered:
            return None

    async def read(self, question: type[Ask], answer: type[A], **fields: Any) -> A:
        said = await self.ask(question, answer, **fields)
        assert isinstance(said, answer), said
        return said

    async def board(self) -> BoardRead:
        return await self.read(ReadBoard, BoardRead)

    async def http(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://it") as web:
            return await web.get(path)


@asynccontextmanager
async def running_reporting(
    nats: Nats,
    url: URL | str = "",
    instance: str = "t1",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    is_ready: bool = True,
) -> AsyncIterator[Reporting]:
    """``is_ready``: wait until it is."""
    settings = ReportingSettings(**nats.settings("reporting", instance=instance, database_url=str(url)))
    database = Database(settings.database)
    app = make_app(settings, database, clock)
    client = await nats.client("dashboard")
    async with app.start_lifespan_context():
        reporting = Reporting(app, database, client)
        if is_ready:
            await eventually(lambda: reporting.http("/readyz"), lambda answer: answer.status_code == 200)
        yield reporting
    await client.close()
    database.close()


@asynccontextmanager
async def started_reporting(nats: Nats, url: str = "", instance: str = "p1", *words: str) -> AsyncIterator[Any]:
    """``python -m reporting`` as a process of its own; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "reporting", *words, env=environment(nats, url, instance), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def environment(nats: Nats, url: str = "", instance: str = "p1") -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SAMBUNG_")},
        "SAMBUNG_NATS_URL": nats.url,
        "SAMBUNG_NATS_USER": "reporting",
        "SAMBUNG_NATS_PASSWORD": "secret-reporting",
        "SAMBUNG_DATA_DIR": str(nats.folder),
        "SAMBUNG_INSTANCE": instance,
        "SAMBUNG_DATABASE_URL": url,
    }


async def publish(client: Client, *facts: Fact) -> None:
    """Say facts as their services do, many at a time but in order."""
    js = client.jetstream()
    waiting = [
        await js.publish_async(fact.subject, fact.model_dump_json().encode(), headers={"Nats-Msg-Id": str(fact.id)})
        for fact in facts
    ]
    await asyncio.gather(*waiting)
