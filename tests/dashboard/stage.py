"""The dashboard as a process of its own, against a pretend world on a real nats-server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from natsd import Nats


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def environment(nats_url: str, http_port: int, admin_port: int) -> dict[str, str]:
    return {
        **os.environ,
        "SAMBUNG_NATS_URL": nats_url,
        "SAMBUNG_NATS_USER": "dashboard",
        "SAMBUNG_NATS_PASSWORD": "secret-dashboard",
        "SAMBUNG_HTTP_PORT": str(http_port),
        "SAMBUNG_ADMIN_PORT": str(admin_port),
    }


async def start(nats_url: str, http_port: int, admin_port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dashboard",
        env=environment(nats_url, http_port, admin_port),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def until_ready(admin_port: int, *, is_ready: bool = True) -> httpx.Response:
    """Wait until /readyz says so."""
    async with asyncio.timeout(60), httpx.AsyncClient() as http:
        while True:
            try:
                said = await http.get(f"http://127.0.0.1:{admin_port}/readyz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if json.loads(said.content)["ready"] is is_ready:
                return said
            await asyncio.sleep(0.1)


@asynccontextmanager
async def running_dashboard(nats: Nats) -> AsyncIterator[str]:
    """The address of the pages."""
    http_port, admin_port = free_ports(2)
    process = await start(nats.url, http_port, admin_port)
    drain = asyncio.create_task(process.stdout.read())
    try:
        await until_ready(admin_port)
        yield f"http://127.0.0.1:{http_port}"
    finally:
        process.terminate()
        await process.wait()
        print((await drain).decode())  # noqa: T201  pytest shows it when a test fails
