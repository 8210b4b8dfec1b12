"""Child processes: started, watched, begun again after a crash, stopped in reverse. Knows nothing of what they do."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

PAUSES_S = (0.5, 1, 2, 5, 10, 30)
STEADY_S = 60.0
"""A child that ran this long is healthy again: its next crash begins at the shortest pause."""
KINDLY_S = 10.0
SIGTERM_ON_PARENT_DEATH = 1  # PR_SET_PDEATHSIG of prctl(2)

Say = Callable[[str, str], None]


@dataclass
class Child:
    """One process to keep running. ``environment`` is added to ours; lines with ``hides`` in them are not shown."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    hides: str | None = None
    process: asyncio.subprocess.Process | None = None
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    restarts: int = 0
    trouble: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the process lives now."""
        return self.process is not None and self.process.returncode is None

    async def keep(self, say: Say) -> None:
        """Run it for ever; after each end wait a little longer."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            code = await self._run(say)
            if asyncio.get_running_loop().time() - began > STEADY_S:
                failures = 0
            pause = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
            failures += 1
            self.restarts += 1
            self.trouble = f"ended with {_spell(code)} at {datetime.now(UTC):%H:%M:%S} UTC; restart {self.restarts}"
            say(self.name, f"!! {self.trouble} in {pause:g} s")
            await asyncio.sleep(pause)

    async def _run(self, say: Say) -> int:
        # A session of its own: Ctrl-C reaches us alone, and we stop the children in order.
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            env={**os.environ, **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            limit=1_048_576,
        )
        self.began_at = datetime.now(UTC)
        assert self.process.stdout is not None  # noqa: S101  a pipe was asked for
        while line := await _line(self.process.stdout):
            text = line.decode(errors="replace").rstrip()
            if self.hides is None or self.hides not in text:
                say(self.name, text)
        return await self.process.wait()

    async def stop(self) -> None:
        """Ask kindly, then not; nothing of its process group stays."""
        if self.process is None:
            return
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), KINDLY_S)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        await self.process.wait()


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # a line longer than the limit: say so and go on
        return b"(a line too long to show)\n"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(SIGTERM_ON_PARENT_DEATH, signal.SIGTERM)


def _spell(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
