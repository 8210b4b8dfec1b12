"""Gives out call processes: copies of one template process that has the SIP library loaded already.

The template is started when the first call is made, and again when it has died. It gets no secret of ours, and ends
when we do, however we end. A call's process is named by a pidfd, so that no other process is ever killed in its place.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TZ")
"""All a call's process gets of our environment: what parses a stranger's packets needs no secret of ours."""
BIRTH_S = 15.0
"""How long the first copy may take: the library is loaded before, from a disk that may be slow."""
STATUS_S = 1.0
LEAVE_S = 2.0


class _Template:
    """The template process and the socket of its orders."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "probe_runner.voice.call.worker"]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own package
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        atexit.register(self.leave)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_there(self) -> bool:
        return self._process.poll() is None

    def order(self, descriptors: list[int]) -> None:
        socket.send_fds(self._orders, [b"call"], descriptors)

    def leave(self) -> None:
        """Let it end, and see it gone."""
        atexit.unregister(self.leave)
        self._orders.close()
        try:
            self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Switchboard:
    """The one of this process; it holds a template or none."""

    def __init__(self) -> None:
        self._template: _Template | None = None

    @property
    def pid(self) -> int | None:
        return self._template.pid if self._template is not None and self._template.is_there else None

    def order(self, descriptors: list[int]) -> None:
        """Ask for a copy, of a new template if the old one is gone."""
        if self._template is None or not self._template.is_there:
            self._renew()
        assert self._template is not None  # noqa: S101  for the type checker
        try:
            self._template.order(descriptors)
        except (BrokenPipeError, ConnectionResetError):
            self._renew()
            self._template.order(descriptors)

    def _renew(self) -> None:
        if self._template is not None:
            self._template.leave()
        self._template = _Template()


_SWITCHBOARD = _Switchboard()


def template_pid() -> int | None:
    """The template's process id; None while there is none."""
    return _SWITCHBOARD.pid


@dataclass
class CallProcess:
    """One call's process. ``line``: the socket to it; whoever has this object closes all it holds with ``leave``."""

    pid: int
    line: socket.socket
    pidfd: int
    birth: socket.socket

    async def ended(self) -> None:
        """Wait until it is gone."""
        await _readable(self.pidfd)

    def kill(self) -> None:
        """End it now; nothing happens if it is gone."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    async def how(self) -> str:
        """How it ended, in words; it must have ended."""
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            await asyncio.wait_for(_readable(self.birth.fileno()), STATUS_S)
            return _in_words(int(self.birth.recv(16)))
        return "nobody saw how"

    def leave(self) -> None:
        """Give back what it holds here."""
        os.close(self.pidfd)
        self.birth.close()


async def call_process(noise: Path) -> CallProcess:
    """A new copy of the template, which writes what the library prints to ``noise``.

    Raises:
        NoCallProcessError: there is none to be had.
    """
    for _ in range(2):  # a template may die between our asking and its doing
        process = await _copy(noise)
        if process is not None:
            return process
    raise NoCallProcessError


async def _copy(noise: Path) -> CallProcess | None:
    ours, theirs = socket.socketpair()
    birth, their_birth = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with theirs, their_birth, noise.open("wb") as printed:
            _SWITCHBOARD.order([theirs.fileno(), printed.fileno(), their_birth.fileno()])
        await asyncio.wait_for(_readable(birth.fileno()), BIRTH_S)
        word, descriptors, _, _ = socket.recv_fds(birth, 16, 1)
        if word and descriptors:
            return CallProcess(int(word), ours, descriptors[0], birth)
    except (OSError, TimeoutError):
        pass
    except BaseException:
        ours.close()
        birth.close()
        raise
    ours.close()
    birth.close()
    return None


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def stirred() -> None:
        if not future.done():
            future.set_result(None)

    loop.add_reader(descriptor, stirred)
    try:
        await future
    finally:
        loop.remove_reader(descriptor)


def _in_words(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"with status {os.waitstatus_to_exitcode(status)}"


class NoCallProcessError(Exception):
    """The template did not give a process."""

    def __init__(self) -> None:
        super().__init__("no process for a call could be started")
