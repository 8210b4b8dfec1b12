"""A terminal's place at the bus: a connection as one user, and asks that end the program in words when refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from nats.aio.client import Client
from rich.console import Console

from sambung.embedded import settings_for
from shared.asks import Answer, Ask, Refused
from shared.bus import NobodyAnswered, ask, connect
from shared.settings import Settings

REFUSED = 2
A = TypeVar("A", bound=Answer)


def running(data: Path) -> dict[str, Any]:
    """Where the product that runs on ``data`` listens; ends the program in words when none does."""
    where = where_it_runs(data)
    if not where:
        end(f"nothing runs on {data}; start it with `sambung demo` or `sambung up`, or name its folder with --data")
    return where


def where_it_runs(data: Path) -> dict[str, Any]:
    """The same; empty when nothing runs."""
    try:
        where: dict[str, Any] = json.loads((data / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return where


@asynccontextmanager
async def desk(data: Path, user: str) -> AsyncIterator[Client]:
    """A connection as ``user``: to what SAMBUNG_NATS_URL and its companions name, else to the product on ``data``."""
    settings = Settings()
    if not settings.nats_user:
        settings = settings_for(data, running(data)["nats_port"], user)
    client = await connect(settings, allow_reconnect=False, disconnected_cb=_quiet)
    try:
        yield client
    finally:
        await client.close()


async def ask_or_end(client: Client, question: Ask, answer: type[A]) -> A:
    """The answer; a refusal or silence ends the program in words."""
    try:
        said = await ask(client, question, answer)
    except NobodyAnswered as error:
        end(f"{error}; is the service running?")
    if isinstance(said, Refused):
        end(f"refused ({said.refused}): {said.message}")
    return said


async def _quiet() -> None:
    """Closing a connection is no news in a terminal."""


def end(words: str) -> NoReturn:
    """End the program with exit code 2 and the reason in red."""
    Console(stderr=True).print(words, style="red", soft_wrap=True, markup=False)
    raise typer.Exit(REFUSED)
