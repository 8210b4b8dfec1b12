"""The pipe between a call's process and its parent: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import os
import select
import time
from typing import Any

LONGEST_LINE = 65_536

Command = dict[str, Any]


class Wire:
    """The pipe to the parent: lines in without waiting, events out."""

    def __init__(self, into: int, out: int) -> None:
        self._in, self._out, self._rest = into, out, b""
        self.is_open = True

    def tell(self, event: str, **more: object) -> None:
        """Send one event."""
        line = json.dumps({"event": event, "at": time.monotonic(), **more})
        try:
            os.write(self._out, line.encode() + b"\n")
        except BrokenPipeError:
            self.is_open = False

    def commands(self) -> list[Command]:
        """What has come in since the last time; never waits."""
        if not select.select([self._in], [], [], 0)[0]:
            return []
        came = os.read(self._in, LONGEST_LINE)
        if not came:
            self.is_open = False
        *lines, self._rest = (self._rest + came).split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]
