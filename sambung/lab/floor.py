"""The floor: the queue and the agents, from the key to the end of the call; asks the exchange what is broken now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sambung.lab.behaviour import RING_SECONDS, Arrival
from sambung.lab.ear import Caller
from sambung.lab.exchange import AGENT
from sambung.lab.studio import note

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sambung.lab.behaviour import Agent, Queue
    from sambung.lab.exchange import Exchange
    from sambung.lab.studio import CallLine, Studio

AGENT_STAYS_SECONDS = 30.0
PICK_UP_SECONDS = 0.4
TOLD_WITHIN_SECONDS = 4.0
HELD_SECONDS = 4.0
RINA = ("Rina", "2101")


@dataclass(frozen=True)
class Patience:
    """How long callers wait: for an agent, and between two announcements of the queue. Seconds."""

    hold_seconds: float
    queue_seconds: float


class Floor:
    """The queue and its agents; a caller is one task and no state is shared between them."""

    def __init__(self, exchange: Exchange, studio: Studio, patience: Patience) -> None:
        self._exchange, self._studio, self._patience = exchange, studio, patience
        self.carrier = ""
        """Host and port that callers reach the carrier at; known once it listens."""

    async def serve(self, line: CallLine) -> None:
        """Take a caller from the key to the end of the call."""
        queue = self._queue(line)
        if queue.instead is not None:
            await self._studio.announce(line, queue.instead)
            return
        await self._studio.say(line, "transfer")
        await self._wait(line)
        note(line, "agent.answered", self._exchange.fault(line.number))
        if await self._arrive(line):
            await self.talk(line)

    async def talk(self, line: CallLine) -> None:
        """Let an agent talk to this caller, and hang up."""
        await asyncio.sleep(PICK_UP_SECONDS)
        agent = self._agent(line)
        if agent.is_waiting_for_voice:
            await _hear_the_caller(line)
        if agent.says is not None:
            await self._studio.say(line, agent.says)
        if agent.key is not None:
            await self._press(line, agent.key)
        if agent.is_holding:
            await self._hold(line)
        await asyncio.sleep(AGENT_STAYS_SECONDS)
        await line.hang_up()

    async def _wait(self, line: CallLine) -> None:
        """Play music, and the announcements of the queue, until an agent is free."""
        await self._music(line, self._until_due(line, self._patience.hold_seconds, 0))
        made = 0
        while self._queue(line).is_announcing(made):
            made += 1
            await self._studio.say(line, self._queue(line).announcement or "")
            await self._music(line, self._until_due(line, self._patience.queue_seconds, made))

    async def _until_due(self, line: CallLine, seconds: float, made: int) -> None:
        """Wait for so long, and then for an agent or for an announcement to make."""
        await asyncio.sleep(seconds)
        while not (self._queue(line).is_announcing(made) or self._queue(line).has_agent):  # noqa: ASYNC110  a switch is no event
            await asyncio.sleep(RING_SECONDS)

    async def _music(self, line: CallLine, until: Coroutine[None, None, None]) -> None:
        """Play without a break until something has come."""
        playing = asyncio.create_task(self._studio.say_for_ever(line, self._queue(line).music))
        try:
            await until
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    async def _arrive(self, line: CallLine) -> bool:
        """Let the caller's stack see who answered; False when the caller went to another call."""
        arrival = self._agent(line).arrival
        if arrival is Arrival.REFER:
            return not await line.refer(AGENT, self.carrier)
        if line.passage is not None and arrival is not Arrival.UNSEEN:
            line.passage.name_the_agent("INVITE" if arrival is Arrival.REINVITE else "UPDATE", *RINA)
        return True

    async def _press(self, line: CallLine, key: str) -> None:
        try:
            await asyncio.wait_for(_hear_the_caller(line), TOLD_WITHIN_SECONDS)
        except TimeoutError:
            note(line, "agent.not_told", key)
        await line.press(key)

    async def _hold(self, line: CallLine) -> None:
        if line.passage is not None:
            line.passage.turn("sendonly")
        await self._music(line, asyncio.sleep(HELD_SECONDS))
        if line.passage is not None:
            line.passage.turn("sendrecv")
        await self._studio.say(line, "agent-two")

    def _queue(self, line: CallLine) -> Queue:
        return self._exchange.voice(line.number).queue

    def _agent(self, line: CallLine) -> Agent:
        return self._exchange.voice(line.number).agent


async def _hear_the_caller(line: CallLine) -> None:
    caller = Caller()
    async for pcm in line.listen():
        if caller.has_spoken(pcm):
            note(line, "caller.spoke", "paused")
            return
