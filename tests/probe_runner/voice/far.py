"""Starts the other side of a call (``far_end``), or SIPp, as a process of its own, and hears what it tells."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

USUAL = {"host": "127.0.0.1", "transport": "udp", "codecs": ["pcma", "pcmu"], "mediaenc": "", "certificate": ""}


class Far:
    """``port``: where it listens."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []
        self.port = 0

    async def hear(self, event: str) -> dict[str, Any]:
        """The next thing that it tells by that name."""
        while True:
            line = await asyncio.wait_for(self._process.stdout.readline(), 15)
            assert line, "the far end is gone"
            self.told.append(json.loads(line))
            if self.told[-1]["event"] == event:
                return self.told[-1]

    @property
    def digits(self) -> str:
        """The keys it was sent as events or as INFO."""
        return "".join(told["digit"] for told in self.told if told["event"] == "digit")


@asynccontextmanager
async def far_end(**given: Any) -> AsyncIterator[Far]:
    """The other side; ``given``: what differs from the usual."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("far_end.py")),
        json.dumps({**USUAL, **given}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    far = Far(process)
    try:
        far.port = (await far.hear("listening"))["port"]
        yield far
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)


@asynccontextmanager
async def sipp(scenario: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """SIPp with one call of that scenario; its exit code is 0 when every message was as the scenario wants it."""
    process = await asyncio.create_subprocess_exec(
        "sipp", "-sf", str(scenario), "-m", "1", "-nostdin", "-timeout", "20", *arguments,
        cwd=scenario.parent,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
