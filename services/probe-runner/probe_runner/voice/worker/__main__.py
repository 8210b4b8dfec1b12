"""Wait for the dial command, make the call, end."""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time

import pjsua2 as pj

from probe_runner.voice.worker.endpoint import make_account, make_endpoint, route_to
from probe_runner.voice.worker.library_call import LibraryCall
from probe_runner.voice.worker.wire import Command, Wire

LINGER_S = 1.5
"""How long to wait for the other side's answer to our BYE or CANCEL."""
STATISTICS_EVERY_S = 0.25


def dial(wire: Wire, command: Command) -> tuple[pj.Endpoint, pj.Account, LibraryCall] | None:
    """Start the library and the call; None when this machine cannot."""
    try:
        local = route_to(command["uri"])
        endpoint = make_endpoint(command["trace"])
        account = make_account(endpoint, local, command)
        line = LibraryCall(account, wire, command["wav"])
        wire.tell("dialled", local=local)
        line.makeCall(command["uri"], pj.CallOpParam(True))
    except (OSError, pj.Error) as error:
        text = error.info() if isinstance(error, pj.Error) else str(error)
        wire.tell("no_transport", what=text[:300])
        return None
    return endpoint, account, line


def obey(line: LibraryCall, command: Command) -> bool:
    """Do as told; False when the call is to end."""
    if command["do"] == "press":
        line.press(command["digits"])
    return bool(command["do"] != "hang_up")


def serve(wire: Wire, endpoint: pj.Endpoint, line: LibraryCall, ends_at: float) -> None:
    """Run the call until it is over, told to end, the parent is gone, or its time is up."""
    statistics_at = 0.0
    while not line.is_over and wire.is_open and time.monotonic() < ends_at:
        endpoint.libHandleEvents(10)
        try:
            if not all(obey(line, command) for command in wire.commands()):
                break
            if time.monotonic() >= statistics_at:
                statistics_at = time.monotonic() + STATISTICS_EVERY_S
                line.tell_statistics()
                flush_files()
        except pj.Error as error:
            wire.tell("error", where="serve", what=error.info()[:300])
    finish(endpoint, line)


def flush_files() -> None:
    """Bring the recording and the trace to the disk: the library buffers them, and this process may be killed."""
    ctypes.CDLL(None).fflush(None)


def finish(endpoint: pj.Endpoint, line: LibraryCall) -> None:
    """Hang up, wait a little for the answer, and let the recorder write its last samples."""
    if not line.is_over:
        line.hangup(pj.CallOpParam())
    line.stop_recording()
    gone_at = time.monotonic() + LINGER_S
    while not line.is_over and time.monotonic() < gone_at:
        endpoint.libHandleEvents(10)
    for _ in range(6):  # the recorder is closed by the library's clock, a few frames later
        endpoint.libHandleEvents(10)
    flush_files()


def make_call(wire: Wire, command: Command) -> None:
    """Make the call, from beginning to end; whatever goes wrong on the way is told."""
    try:
        made = dial(wire, command)
        if made is not None:
            endpoint, _account, line = made
            serve(wire, endpoint, line, time.monotonic() + command["deadline_s"])
            wire.tell("closed")
    except Exception as error:  # noqa: BLE001  the process ends here; its last word says why
        wire.tell("error", where="make_call", what=f"{type(error).__name__}: {error}"[:300])
    sys.stderr.flush()
    os._exit(0)


def main() -> None:
    """Wait for the dial command, make the call, end."""
    wire = Wire(0, os.dup(1))
    os.dup2(2, 1)  # whatever the library prints must not mix with the events
    while wire.is_open:
        select.select([0], [], [])
        for command in wire.commands():
            make_call(wire, command)


if __name__ == "__main__":
    main()
