"""A call to ourselves: proves our own line before theirs is blamed. Same library, address and transport, two processes.

It shows that this machine can signal and carry sound there and back; it does not leave the machine.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from probe_runner.voice.call.line import Line, open_line
from probe_runner.voice.call.switchboard import NoCallProcessError

WITHIN_S = 6.0
"""What it may take, with its end; it takes about one second."""
PACKETS = 25
"""Half a second of sound each way."""
TRANSPORTS = {"udp": "udp", "tcp": "tcp", "tls": "tcp"}
"""Over TLS we have no certificate to answer with: the call to ourselves goes without."""


async def trouble_of_own_line(folder: Path, local: str, transport: str, within_s: float = WITHIN_S) -> str:
    """What is wrong with our own line, in words; empty when it works. ``local``: the address of ours to try."""
    ends = folder / "self-callee", folder / "self-caller"
    for end in ends:
        end.mkdir()
    stage = ["no process for a call"]
    try:
        async with asyncio.timeout(within_s), open_line(ends[0]) as callee, open_line(ends[1]) as caller:
            stage[0] = "we cannot listen"
            uri = await _listening(callee, local, TRANSPORTS.get(transport, "udp"))
            stage[0] = "a call to ourselves gets no sound through"
            await caller.dial(uri, "sambung", within_s)
            await asyncio.gather(_has_sound(callee), _has_sound(caller))
    except _BrokenLineError as broken:
        return f"{stage[0]} at {local}: {broken}"
    except (TimeoutError, NoCallProcessError) as error:
        return f"{stage[0]} at {local} within {within_s:g} s {error}".strip()
    return ""


async def _listening(line: Line, local: str, transport: str) -> str:
    await line.answer(local, transport, WITHIN_S)
    while True:
        for event in await line.stirred(0.2):
            if event.name == "listening":
                return str(event.body["uri"])
            _check(event.name, str(event.body.get("what", "")))
        if line.is_gone:
            raise _BrokenLineError(f"the process ended {await line.how_it_ended()}")


async def _has_sound(line: Line) -> None:
    while True:
        for event in await line.stirred(0.2):
            if event.name == "statistics" and int(event.body["packets"]) >= PACKETS:
                return
            if event.name == "state" and event.body["is_over"]:
                raise _BrokenLineError(f"{event.body['code']} {event.body['reason']}")
            _check(event.name, str(event.body.get("what", "")))
        if line.is_gone:
            raise _BrokenLineError(f"the process ended {await line.how_it_ended()}")


def _check(name: str, what: str) -> None:
    if name in {"no_transport", "error"}:
        raise _BrokenLineError(what)


class _BrokenLineError(Exception):
    """Our own line does not work."""
