"""The studio: plays the recordings to a call, and says what the scripts need of one; it decides nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Mapping

    from sambung.lab.behaviour import Announcement
    from sambung.lab.passage import Passage

LOG = logging.getLogger("lab.ivr")

BYTES_PER_SECOND = 16_000


class CallLine(Protocol):
    """What the script needs of a call."""

    number: str
    name: str
    digits: asyncio.Queue[str]
    passage: Passage | None

    async def answer(self) -> None:
        """Answer and wait until the sound flows."""

    async def hang_up(self) -> None:
        """End the call."""

    async def play(self, pcm: bytes) -> None:
        """Play 8 kHz mono 16-bit sound to its end."""

    def listen(self) -> AsyncIterator[bytes]:
        """Give what the caller says."""

    def quieten(self, *, is_quiet: bool) -> None:
        """Send no RTP at all, or send it again."""

    async def press(self, key: str) -> None:
        """Press a key for the caller to hear."""

    async def refer(self, extension: str, carrier: str) -> bool:
        """Ask the caller to call an extension instead."""


class Studio:
    """The recordings, and the two ways to play one to its end."""

    def __init__(self, prompts: Mapping[str, bytes]) -> None:
        self._prompts = prompts

    async def say(self, line: CallLine, prompt: str) -> None:
        """Play a recording."""
        note(line, "call.playing", prompt)
        await line.play(self._prompts[prompt])

    async def say_part(self, line: CallLine, prompt: str, seconds: float) -> None:
        """Play the beginning of a recording."""
        note(line, "call.playing", prompt)
        await line.play(self._prompts[prompt][: int(BYTES_PER_SECOND * seconds)])

    async def say_for_ever(self, line: CallLine, prompt: str) -> None:
        """Play a recording again and again; it ends by cancelling."""
        while True:
            await self.say(line, prompt)

    async def announce(self, line: CallLine, announcement: Announcement) -> None:
        """Make an announcement that nothing follows."""
        if announcement.is_repeated:
            await self.say_for_ever(line, announcement.sound)
        await self.say(line, announcement.sound)
        await line.hang_up()


def note(line: CallLine, event: str, detail: str) -> None:
    """Log one thing that happened in a call."""
    LOG.info("event=%s number=%s call=%s detail=%s", event, line.number, line.name, detail)
