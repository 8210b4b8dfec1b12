"""The worker process from outside: started, told, listened to, and ended in every case. Judges nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probe_runner.voice.call.switchboard import CallProcess, call_process
from probe_runner.voice.timeline import Sign, Signalling, SignName

GOODBYE_S = 3.0
"""How long the worker may take to hang up, before it is killed."""
MOST_EVENTS = 20_000
LONGEST_NOTE = 200
MOST_SIGNS = 200
MOST_GAPS = 200


Body = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """What the worker said. ``at``: monotonic seconds of this machine."""

    name: str
    at: float
    body: Body


class Line:
    """A worker that can make one call."""

    def __init__(
        self, process: CallProcess, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], folder: Path
    ) -> None:
        self._process, (self._in, self._out) = process, streams
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

    async def how_it_ended(self) -> str:
        """In words, for a worker that is gone."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.ended(), GOODBYE_S)
            return await self._process.how()
        return "but its process lives on"

    async def dial(self, uri: str, caller_id: str, deadline_s: float, **way: object) -> None:
        """Place the call; the worker ends it by itself after ``deadline_s``. ``way``: as ``dialling`` gives it."""
        rest = {"wav": str(self.wav), "trace": str(self.trace), **way}
        await self._tell({"do": "dial", "uri": uri, "caller_id": caller_id, "deadline_s": deadline_s, **rest})

    async def answer(self, local: str, transport: str, deadline_s: float) -> None:
        """Wait at one of our addresses, over udp or tcp, for one call, and answer it."""
        paths = {"wav": str(self.wav), "trace": str(self.trace)}
        await self._tell({"do": "answer", "local": local, "transport": transport, "deadline_s": deadline_s, **paths})

    async def press(self, digits: str) -> None:
        """Press keys."""
        await self._tell({"do": "press", "digits": digits})

    async def say(self, wav: Path, seconds: float) -> None:
        """Play a sound (16 bit, 8 kHz) to the other side, once in a call, at most for so long."""
        await self._tell({"do": "say", "wav": str(wav), "seconds": seconds})

    async def stirred(self, at_most_s: float) -> list[Event]:
        """What the worker has said since the last time; waits for something, but not for long."""
        with suppress(TimeoutError):  # wait_for, until Python 3.12, would lose a cancellation that comes with an event
            async with asyncio.timeout(at_most_s):
                await self._stirred.wait()
        if not self.is_gone:
            self._stirred.clear()
        new, self._new = self._new, []
        return new

    async def _tell(self, command: Mapping[str, Any]) -> None:
        if self.is_gone:
            return
        with suppress(ConnectionError):  # a worker that died shows when it is listened to
            self._out.write(json.dumps(command).encode() + b"\n")
            await self._out.drain()

    async def listen(self) -> None:
        """Take in the worker's events until it has no more to say."""
        with suppress(ConnectionError, ValueError):  # a line that is too long is the end of it
            while (line := await self._in.readline()) and self._heard < MOST_EVENTS:
                self._heard += 1
                with suppress(ValueError, KeyError, TypeError):  # a killed worker's last line may be half a line
                    body = json.loads(line.replace(b"\\ud", b"\\u0"))  # no half characters: nobody could write them
                    self._new.append(Event(body.pop("event"), float(body.pop("at")), body))
                    self.is_closed = self.is_closed or self._new[-1].name == "closed"
                    self._stirred.set()
        self.is_gone = True
        self._stirred.set()

    async def end(self) -> None:
        """Hang up, and make sure that the process is gone."""
        try:
            await asyncio.wait_for(self._hang_up(), GOODBYE_S)
        except TimeoutError:
            pass
        finally:
            self._process.kill()
            self._out.close()
            await self._process.ended()

    async def _hang_up(self) -> None:
        await self._tell({"do": "hang_up"})
        with suppress(OSError, RuntimeError):
            self._out.write_eof()
        await self._process.ended()


@asynccontextmanager
async def open_line(folder: Path) -> AsyncIterator[Line]:
    """A worker that writes into ``folder``; at the end it has hung up and is gone, also when we are cancelled.

    Raises:
        NoCallProcessError: there is no process to be had.
    """
    process = await call_process(folder / "stderr.txt")
    try:
        line = Line(process, await asyncio.open_connection(sock=process.line), folder)
        listening = asyncio.create_task(line.listen())
        try:
            yield line
        finally:
            try:
                await line.end()
            finally:
                listening.cancel()
    finally:
        process.kill()
        process.leave()


RINGING = range(101, 200)
ACCEPTED = range(200, 300)


def heard_from(said: Signalling, event: Event, dialled_at: float) -> Signalling:
    """The signalling after one more event of the worker."""
    after = _AFTER.get(event.name)
    return after(said, event.body, max(0.0, event.at - dialled_at), dialled_at) if after is not None else said


def _after_recording(said: Signalling, _: Body, at_s: float, __: float) -> Signalling:
    return said if said.recording_s is not None else replace(said, recording_s=at_s)


def _after_key(said: Signalling, _: Body, at_s: float, __: float) -> Signalling:
    return replace(said, keys_s=(*said.keys_s, at_s))


def _after_codec(said: Signalling, body: Body, _: float, __: float) -> Signalling:
    return replace(said, codec=str(body["codec"])[:LONGEST_NOTE])


def _after_statistics(said: Signalling, body: Body, _: float, __: float) -> Signalling:
    packets, lost = int(body["packets"]), int(body["lost"])
    percent = 100 * lost / (packets + lost) if packets + lost else 0.0
    return replace(said, packets=packets, loss_percent=percent, jitter_ms=int(body["jitter_us"]) / 1000)


def _after_gap(said: Signalling, body: Body, _: float, dialled_at: float) -> Signalling:
    """A gap is told again while it lasts: the last one grows."""
    since, until = (max(0.0, float(body[end]) - dialled_at) for end in ("since", "until"))
    if said.gaps and said.gaps[-1][0] == since:
        return replace(said, gaps=(*said.gaps[:-1], (since, until)))
    return replace(said, gaps=(*said.gaps, (since, until))) if len(said.gaps) < MOST_GAPS else said


def _after_sign(said: Signalling, body: Body, at_s: float, _: float) -> Signalling:
    if body["name"] not in set(SignName) or len(said.signs) >= MOST_SIGNS:
        return said
    sign = Sign(SignName(body["name"]), at_s, str(body["note"])[:LONGEST_NOTE])
    return replace(said, signs=(*said.signs, sign))


def _after_state(said: Signalling, body: Body, at_s: float, _: float) -> Signalling:
    code = int(body["code"])
    if body["is_over"]:
        reason, is_local = str(body["reason"]), bool(body["is_local"])
        return replace(said, ended_s=at_s, code=code, reason=reason, is_local=is_local)
    if code in RINGING and said.ringing_s is None:
        return replace(said, ringing_s=at_s)
    if code in ACCEPTED and said.answered_s is None:
        return replace(said, answered_s=at_s, code=code)
    return said


_AFTER: dict[str, Callable[[Signalling, Body, float, float], Signalling]] = {
    "state": _after_state,
    "recording": _after_recording,
    "pressed": _after_key,
    "sign": _after_sign,
    "gap": _after_gap,
    "codec": _after_codec,
    "statistics": _after_statistics,
}
"""By the event's name: what was said so far, the event's body, when it was, and when we dialled."""


def seconds() -> float:
    """The machine's monotonic clock, which the worker reads too."""
    return time.monotonic()
