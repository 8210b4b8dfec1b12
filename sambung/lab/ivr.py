"""The script of a call up to the key: ring, greet, menu; it asks the exchange at every step what is broken now.

It knows a line that plays and hears digits; it refuses to know which SIP stack that line belongs to.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from sambung.lab.behaviour import Keys
from sambung.lab.ear import Keypad
from sambung.lab.exchange import AGENT as AGENT_EXTENSION
from sambung.lab.studio import note

if TYPE_CHECKING:
    from sambung.lab.behaviour import Menu
    from sambung.lab.exchange import Exchange
    from sambung.lab.studio import CallLine, Studio

MENU_WAIT_SECONDS = 6.0
INFORMATION, AGENT = "1", "9"


class AgentFloor(Protocol):
    """Where a caller goes after the menu."""

    async def serve(self, line: CallLine) -> None:
        """Take a caller from the key to the end of the call."""

    async def talk(self, line: CallLine) -> None:
        """Let an agent talk to this caller, and hang up."""


class Ivr:
    """Serves calls, any number at a time; each call has its own task and no state is shared between them."""

    def __init__(self, exchange: Exchange, studio: Studio, floor: AgentFloor) -> None:
        self._exchange, self._studio, self._floor = exchange, studio, floor

    async def serve(self, line: CallLine) -> None:
        """Take one call from its first ring to its end; cancelled when the caller hangs up."""
        await _ring(self._exchange.voice(line.number).setup.ring_seconds)
        await line.answer()
        note(line, "call.answered", self._exchange.fault(line.number))
        if line.number == AGENT_EXTENSION:
            await self._floor.talk(line)
            return
        menu = self._exchange.voice(line.number).menu
        if not menu.is_audible:
            await asyncio.Event().wait()
        if menu.instead is not None:
            await self._studio.announce(line, menu.instead)
        elif menu.drops_after_seconds is not None:
            await self._drop(line, menu.greeting, menu.drops_after_seconds)
        else:
            await self._greet(line, menu)

    async def _greet(self, line: CallLine, menu: Menu) -> None:
        await asyncio.sleep(menu.greeting_after_seconds)
        await self._menu(line, menu.greeting)
        if self._exchange.voice(line.number).menu.is_dropping_after_key:
            note(line, "call.dropped", "key")
            await line.hang_up()
        else:
            await self._floor.serve(line)

    async def _drop(self, line: CallLine, greeting: str, seconds: float) -> None:
        await self._studio.say_part(line, greeting, seconds)
        note(line, "call.dropped", greeting)
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
                await self._studio.say(line, "information")
            elif digit is not None:
                await self._studio.say(line, "unavailable")

    async def _ask(self, line: CallLine, prompt: str) -> str | None:
        """Play a prompt that a digit may interrupt; None when the caller pressed nothing in time."""
        playing = asyncio.create_task(self._studio.say(line, prompt))
        hearing = asyncio.create_task(self._hear(line))
        try:
            await asyncio.wait((playing, hearing), return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                line.quieten(is_quiet=self._exchange.voice(line.number).menu.is_gapping)
                await asyncio.wait((hearing,), timeout=MENU_WAIT_SECONDS)
            return hearing.result() if hearing.done() else None
        finally:
            line.quieten(is_quiet=False)
            playing.cancel()
            hearing.cancel()
            await asyncio.gather(playing, hearing, return_exceptions=True)

    async def _hear(self, line: CallLine) -> str:
        if self._exchange.voice(line.number).menu.keys is Keys.TONES:
            return await _hear_a_tone(line)
        while True:
            digit = await line.digits.get()
            if self._exchange.voice(line.number).menu.keys is Keys.EVENTS:
                return digit


async def _ring(seconds: float | None) -> None:
    if seconds is None:
        await asyncio.Event().wait()
    else:
        await asyncio.sleep(seconds)


async def _hear_a_tone(line: CallLine) -> str:
    keypad = Keypad()
    async for pcm in line.listen():
        for digit in keypad.hear(pcm):
            note(line, "call.tone", digit)
            return digit
    raise asyncio.CancelledError  # the line is gone
