"""The script of a call: ring, greet, menu, hold, agent; it asks the exchange at every step what is broken now.

It knows a line that plays and hears digits; it refuses to know which SIP stack that line belongs to.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sambung.lab.faults import Exchange, VoiceBehaviour

LOG = logging.getLogger("lab.ivr")

RING_SECONDS = 0.3
MENU_WAIT_SECONDS = 6.0
AGENT_STAYS_SECONDS = 30.0
PICK_UP_SECONDS = 0.4
BYTES_PER_SECOND = 16_000
INFORMATION, AGENT = "1", "9"


class CallLine(Protocol):
    """What the script needs of a call."""

    number: str
    name: str
    digits: asyncio.Queue[str]

    async def answer(self) -> None:
        """Answer and wait until the sound flows."""

    async def hang_up(self) -> None:
        """End the call."""

    async def play(self, pcm: bytes) -> None:
        """Play 8 kHz mono 16-bit sound to its end."""

    def forget_digits(self) -> None:
        """Drop the digits pressed so far."""


class Ivr:
    """Serves calls, any number at a time; each call has its own task and no state is shared between them."""

    def __init__(self, exchange: Exchange, prompts: Mapping[str, bytes], hold_seconds: float) -> None:
        self._exchange, self._prompts, self._hold_seconds = exchange, prompts, hold_seconds

    async def serve(self, line: CallLine) -> None:
        """Take one call from its first ring to its end; cancelled when the caller hangs up."""
        await asyncio.sleep(RING_SECONDS)
        behaviour = self._exchange.voice(line.number)
        if not behaviour.is_answering:
            await _for_ever()
        await line.answer()
        self._note(line, "call.answered", self._exchange.fault(line.number))
        if not behaviour.is_audible:
            await _for_ever()
        if behaviour.drops_after_seconds is not None:
            await self._drop(line, behaviour)
            return
        await self._menu(line, behaviour.greeting)
        await self._agent(line)

    async def _drop(self, line: CallLine, behaviour: VoiceBehaviour) -> None:
        length = int(BYTES_PER_SECOND * (behaviour.drops_after_seconds or 0))
        await line.play(self._prompts[behaviour.greeting][:length])
        self._note(line, "call.dropped", behaviour.greeting)
        await line.hang_up()

    async def _menu(self, line: CallLine, greeting: str) -> None:
        """Play and hear digits until the caller asks for an agent."""
        prompt = greeting
        while True:
            digit = await self._ask(line, prompt)
            prompt = "menu"
            if digit == AGENT:
                return
            if digit == INFORMATION:
                await self._say(line, "information")
            elif digit is not None:
                await self._say(line, "unavailable")

    async def _ask(self, line: CallLine, prompt: str) -> str | None:
        """Play a prompt that a digit may interrupt; None when the caller pressed nothing in time."""
        playing = asyncio.create_task(self._say(line, prompt))
        hearing = asyncio.create_task(self._hear(line))
        try:
            await asyncio.wait((playing, hearing), return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                await asyncio.wait((hearing,), timeout=MENU_WAIT_SECONDS)
            return hearing.result() if hearing.done() else None
        finally:
            playing.cancel()
            hearing.cancel()
            await asyncio.gather(playing, hearing, return_exceptions=True)

    async def _hear(self, line: CallLine) -> str:
        while True:
            digit = await line.digits.get()
            if self._exchange.voice(line.number).is_hearing_digits:
                return digit

    async def _agent(self, line: CallLine) -> None:
        await self._say(line, "transfer")
        holding = asyncio.create_task(self._hold(line))
        try:
            await asyncio.sleep(self._hold_seconds)
            while not self._exchange.voice(line.number).has_agent:  # noqa: ASYNC110  a switch is no event
                await asyncio.sleep(RING_SECONDS)
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
        self._note(line, "agent.answered", self._exchange.fault(line.number))
        await asyncio.sleep(PICK_UP_SECONDS)
        if self._exchange.voice(line.number).is_agent_speaking:
            await self._say(line, "agent")
        await asyncio.sleep(AGENT_STAYS_SECONDS)
        await line.hang_up()

    async def _hold(self, line: CallLine) -> None:
        while True:
            await self._say(line, "hold")

    async def _say(self, line: CallLine, prompt: str) -> None:
        self._note(line, "call.playing", prompt)
        await line.play(self._prompts[prompt])

    def _note(self, line: CallLine, event: str, detail: str) -> None:
        LOG.info("event=%s number=%s call=%s detail=%s", event, line.number, line.name, detail)


async def _for_ever() -> None:
    await asyncio.Event().wait()
