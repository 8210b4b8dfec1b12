"""One call from beginning to end: placed or awaited, told what to do, and hung up whatever happens."""

from __future__ import annotations

import ctypes
import os
import sys
import time

import pjsua2 as pj

from probe_runner.voice.call.worker.callee import await_call
from probe_runner.voice.call.worker.endpoint import (
    NotRegisteredError,
    is_withdrawn,
    make_account,
    make_endpoint,
    withdraw,
)
from probe_runner.voice.call.worker.keys import Keypad
from probe_runner.voice.call.worker.library_call import LibraryCall
from probe_runner.voice.call.worker.stillness import Lateness
from probe_runner.voice.call.worker.way import first_hop, route_to, uri_of
from probe_runner.voice.call.worker.wire import Command, Wire

LINGER_S = 1.5
"""How long to wait for the answers to our BYE or CANCEL, and to the end of our registration."""
STATISTICS_EVERY_S = 0.25
TURN_MS = 100
"""How long the library waits for the next message, which it takes at once; so long may an order of ours lie there.
Each turn costs some 100 µs, most of it for waking up: turning every 10 ms was two thirds of a bare call's cost."""
CLOSING_TURN_MS = 10
CLOSING_S = 0.06
"""The recorder is closed by the library's clock, a few frames later."""
_LIBC = ctypes.CDLL(None)


Made = tuple[pj.Endpoint, pj.Account, LibraryCall]


def dial(wire: Wire, command: Command) -> Made:
    """Start the library and the call.

    Raises:
        OSError, pjsua2.Error: this machine cannot.
    """
    local = route_to(command)
    endpoint = make_endpoint(command["trace"])
    account = make_account(endpoint, local, command)
    keypad = Keypad((command.get("trunk") or {}).get("dtmf") or "auto")
    line = LibraryCall(account, wire, command["wav"], keypad)
    wire.tell("dialled", local=local, transport=first_hop(command).transport)
    line.makeCall(uri_of(command), pj.CallOpParam(True))
    return endpoint, account, line


def answer(wire: Wire, command: Command) -> Made | None:
    """Start the library, and wait for one call; None when none came.

    Raises:
        pjsua2.Error: this machine cannot listen there.
    """
    endpoint = make_endpoint(command["trace"])
    account = await_call(wire, endpoint, command)
    return (endpoint, account, account.line) if account is not None and account.line is not None else None


def begin(wire: Wire, command: Command) -> Made | None:
    """A call that goes on; None, and told why, when there is none."""
    try:
        return answer(wire, command) if command["do"] == "answer" else dial(wire, command)
    except (OSError, pj.Error) as error:
        text = error.info() if isinstance(error, pj.Error) else str(error)
        is_refused = isinstance(error, NotRegisteredError) and error.is_refusal
        wire.tell("not_let_in" if is_refused else "no_transport", what=text[:300])
        return None


def obey(line: LibraryCall, command: Command) -> bool:
    """Do as told; False when the call is to end."""
    if command["do"] == "press":
        line.press(command["digits"])
    if command["do"] == "say":
        line.say(command["wav"], command["seconds"])
    return bool(command["do"] != "hang_up")


def serve(wire: Wire, endpoint: pj.Endpoint, line: LibraryCall, ends_at: float) -> None:
    """Run the call until it is over, told to end, the parent is gone, or its time is up."""
    statistics_at, lateness = 0.0, Lateness(TURN_MS / 1000)
    while not line.is_over and wire.is_open and time.monotonic() < ends_at:
        endpoint.libHandleEvents(TURN_MS)
        lateness.turn(time.monotonic())
        try:
            if not all(obey(line, command) for command in wire.commands()):
                break
            line.turn()
            if time.monotonic() >= statistics_at:
                statistics_at = time.monotonic() + STATISTICS_EVERY_S
                flush_files()
                line.tell_statistics(round(1000 * lateness.taken()))
        except pj.Error as error:
            wire.tell("error", where="serve", what=error.info()[:300])
    finish(endpoint, line)


def flush_files() -> None:
    """Bring the recording and the trace to the disk: the library buffers them, and this process may be killed."""
    _LIBC.fflush(None)


def finish(endpoint: pj.Endpoint, line: LibraryCall) -> None:
    """Hang up and withdraw, wait a little for the answers, and let the recorder write its last samples."""
    if not line.is_over:
        line.hangup(pj.CallOpParam())
    withdraw()
    line.stop_recording()
    gone_at = time.monotonic() + LINGER_S
    while not (line.is_over and is_withdrawn()) and time.monotonic() < gone_at:
        endpoint.libHandleEvents(CLOSING_TURN_MS)
    closed_at = time.monotonic() + CLOSING_S
    while time.monotonic() < closed_at:
        endpoint.libHandleEvents(CLOSING_TURN_MS)
    flush_files()


def make_call(wire: Wire, command: Command) -> None:
    """Make the call, from beginning to end; whatever goes wrong on the way is told."""
    try:
        made = begin(wire, command)
        if made is not None:
            endpoint, _account, line = made
            serve(wire, endpoint, line, time.monotonic() + command["deadline_s"])
            wire.tell("closed")
    except Exception as error:  # noqa: BLE001  the process ends here; its last word says why
        wire.tell("error", where="make_call", what=f"{type(error).__name__}: {error}"[:300])
    sys.stderr.flush()
    os._exit(0)


def make_one_call(wire: Wire) -> None:
    """Wait to be told, make the call, and end this process."""
    while wire.is_open:
        wire.wait()
        for command in wire.commands():
            if command["do"] in {"dial", "answer"}:
                make_call(wire, command)
    os._exit(0)
