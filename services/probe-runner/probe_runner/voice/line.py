"""The worker process from outside: started, told, listened to, and ended in every case. Judges nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probe_runner.voice.timeline import Signalling

GOODBYE_S = 3.0
"""How long the worker may take to hang up, before it is killed."""
MOST_EVENTS = 20_000
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TZ")
"""All the worker gets of our environment: what parses a stranger's packets needs no secret of ours."""


@dataclass(frozen=True)
class Event:
    """What the worker said. ``at``: monotonic seconds of this machine."""

    name: str
    at: float
    body: Mapping[str, Any]


class Line:
    """A worker that can make one call."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self.wav, self.trace, self.noise = folder / "call.wav", folder / "trace.log", folder / "stderr.txt"
        self._new: list[Event] = []
        self._stirred = asyncio.Event()
        self._heard = 0
        self.is_closed = False
        """It told that it had ended in order."""
        self.is_gone = False
        """Nothing more will come from it, in order or not."""

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    async def dial(self, uri: str, caller_id: str, deadline_s: float) -> None:
        """Place the call; the worker ends it by itself after ``deadline_s``."""
        paths = {"wav": str(self.wav), "trace": str(self.trace)}
        await self._tell({"do": "dial", "uri": uri, "caller_id": caller_id, "deadline_s": deadline_s, **paths})

    async def press(self, digits: str) -> None:
        """Press keys."""
        await self._tell({"do": "press", "digits": digits})

    async def stirred(self, at_most_s: float) -> list[Event]:
        """What the worker has said since the last time; waits for something, but not for long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), at_most_s)
        if not self.is_gone:
            self._stirred.clear()
        new, self._new = self._new, []
        return new

    async def _tell(self, command: Mapping[str, Any]) -> None:
        if self._process.stdin is None or self.is_gone:
            return
        with suppress(ConnectionError):  # a worker that died shows at the other pipe
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            await self._process.stdin.drain()

    async def listen(self) -> None:
        """Take in the worker's events until it has no more to say."""
        stdout = self._process.stdout
        while stdout is not None and (line := await stdout.readline()) and self._heard < MOST_EVENTS:
            self._heard += 1
            with suppress(ValueError, KeyError, TypeError):  # the last line of a killed worker may be half a line
                body = json.loads(line)
                self._new.append(Event(body.pop("event"), float(body.pop("at")), body))
                self.is_closed = self.is_closed or self._new[-1].name == "closed"
                self._stirred.set()
        self.is_gone = True
        self._stirred.set()

    async def end(self) -> None:
        """Hang up, and make sure that the process is gone."""
        try:
            await self._tell({"do": "hang_up"})
            if self._process.stdin is not None:
                self._process.stdin.close()
            await asyncio.wait_for(self._process.wait(), GOODBYE_S)
        except TimeoutError:
            pass
        finally:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def open_line(folder: Path) -> AsyncIterator[Line]:
    """A worker that writes into ``folder``; at the end it has hung up and is gone, also when we are cancelled."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with (folder / "stderr.txt").open("wb") as noise:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "probe_runner.voice.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=noise,
            env=environment,
            start_new_session=True,
        )
    line = Line(process, folder)
    listening = asyncio.create_task(line.listen())
    try:
        yield line
    finally:
        try:
            await line.end()
        finally:
            listening.cancel()


RINGING = range(101, 200)
ACCEPTED = range(200, 300)


def heard_from(said: Signalling, event: Event, dialled_at: float) -> Signalling:
    """The signalling after one more event of the worker."""
    at_s, body = max(0.0, event.at - dialled_at), event.body
    if event.name == "state":
        return _after_state(said, body, at_s)
    if event.name == "recording" and said.recording_s is None:
        return replace(said, recording_s=at_s)
    if event.name == "pressed":
        return replace(said, keys_s=(*said.keys_s, at_s))
    if event.name == "statistics":
        packets, lost = int(body["packets"]), int(body["lost"])
        percent = 100 * lost / (packets + lost) if packets + lost else 0.0
        return replace(said, packets=packets, loss_percent=percent, jitter_ms=int(body["jitter_us"]) / 1000)
    return said


def _after_state(said: Signalling, body: Mapping[str, Any], at_s: float) -> Signalling:
    code = int(body["code"])
    if body["is_over"]:
        reason, is_local = str(body["reason"]), bool(body["is_local"])
        return replace(said, ended_s=at_s, code=code, reason=reason, is_local=is_local)
    if code in RINGING and said.ringing_s is None:
        return replace(said, ringing_s=at_s)
    if code in ACCEPTED and said.answered_s is None:
        return replace(said, answered_s=at_s, code=code)
    return said


def seconds() -> float:
    """The machine's monotonic clock, which the worker reads too."""
    return time.monotonic()
