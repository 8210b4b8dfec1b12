"""The socket between a call's process and its parent: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import os
import select
import time
from typing import Any

LONGEST_LINE = 65_536

Command = dict[str, Any]


class Wire:
    """The way to the parent: lines in without waiting, events out."""

    def __init__(self, into: int, out: int) -> None:
        self._in, self._out, self._rest = into, out, b""
        self.is_open = True

    def tell(self, event: str, **more: object) -> None:
        """Send one event."""
        self.tell_of(time.monotonic(), event, **more)

    def tell_of(self, at: float, event: str, **more: object) -> None:
        """Send one event that was noticed later than it happened."""
        text = json.dumps({"event": event, "at": at, **more}, ensure_ascii=False)
        line = text.encode("utf-8", "replace") + b"\n"  # a stranger's bytes that are no text come as half characters
        try:
            while line:  # a socket may take a part
                line = line[os.write(self._out, line) :]
        except (BrokenPipeError, ConnectionResetError):
            self.is_open = False

    def wait(self) -> None:
        """Until something comes in, or the parent is gone."""
        select.select([self._in], [], [])

    def commands(self) -> list[Command]:
        """What has come in since the last time; never waits."""
        if not select.select([self._in], [], [], 0)[0]:
            return []
        try:
            came = os.read(self._in, LONGEST_LINE)
        except ConnectionResetError:
            came = b""
        if not came:
            self.is_open = False
        *lines, self._rest = (self._rest + came).split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]
