"""The event store's log onto the stream TICKETS: every fact once, in order. Knows JetStream and the log.

The position is read back from the stream's own last message, so nothing has to be remembered beside it. Each message
says after which it must come (``Nats-Expected-Last-Sequence``): of two replicas that publish at once, one is refused
and looks again. The message id is the second net.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import nats
import structlog
from nats.js import JetStreamContext

from shared.bus import cloud_event
from shared.inbox import StoreAway
from shared.subjects import ALL_TICKETS, TICKETS

if TYPE_CHECKING:
    from nats.js.api import PubAck

    from shared.events import TicketFact

PLACE = "Sambung-Notification"
"""The header that carries the fact's place in the log."""

WINDOW = 64
POLL_S = 0.5
ANSWER_S = 3.0
FLOOR_EVERY_S = 60.0
WRONG_LAST_SEQUENCE = 10_071

log = structlog.get_logger()


class Log(Protocol):
    """What the outbox needs of the event store. All of it blocks, so it is called in a thread."""

    def facts_after(self, position: int, limit: int) -> list[tuple[int, TicketFact]]:
        """The next facts in order, each with its place."""

    def floor(self) -> int:
        """The place up to which everything was certainly published."""

    def raise_floor(self, position: int) -> None:
        """Remember such a place."""


@dataclass
class Outbox:
    """``position``: the place of the last fact that is in the stream. Set ``wake`` when there is something new."""

    js: JetStreamContext
    store: Log
    source: str = "escalation"
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    position: int = 0
    published: int = 0
    _sequence: int = 0
    _window: int = WINDOW
    _floor: int = 0
    _floor_at: float = float("-inf")

    async def run(self) -> None:
        """For ever, until cancelled. Raises ``ForeignMessage`` when somebody else wrote to the stream."""
        while True:
            try:
                await self._resync()
                while await self._publish_some() or await self._rest():
                    pass
            except StoreAway as error:
                log.warning("store_away", error=str(error))
                await asyncio.sleep(1)
            except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
                if not _is_lost_race(error):
                    log.warning("outbox_interrupted", error=str(error) or repr(error))
                    await asyncio.sleep(0.2)
            # Somebody else was faster, or an answer was lost: look where the stream is, but not in step with them.
            await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311  only to spread the replicas

    async def _resync(self) -> None:
        """Find the pair (sequence in the stream, place in the log) from which to go on.

        The two must belong together. A pair read at two different moments would let the middle of a window pass for
        its beginning, and what came before it would be lost.
        """
        state = (await self.js.stream_info(TICKETS)).state
        self._window = WINDOW
        if state.messages:
            last = await self.js.get_last_msg(TICKETS, ALL_TICKETS)
            place = (last.headers or {}).get(PLACE, "")
            if not place.isdecimal():
                raise ForeignMessage(last.seq or 0, last.subject or "")
            # Another replica may have published since we asked for the state; then the message knows better.
            self._sequence, self.position = max(last.seq or 0, state.last_seq), int(place)
        elif state.last_seq:
            # Emptied by age: the stream no longer says how far it was. Replicas may have read different floors, so
            # the first message goes alone: whose it is, is the pair for all.
            self._sequence, self.position = state.last_seq, await asyncio.to_thread(self.store.floor)
            self._window = 1
        else:  # a new stream, or a new server: it gets everything there is
            self._sequence, self.position = 0, 0

    async def _publish_some(self) -> bool:
        """Publish the next window; whether there was one. Raises when any of it was not stored as it should."""
        self.wake.clear()
        facts = await asyncio.to_thread(self.store.facts_after, self.position, self._window)
        if not facts:
            return False
        stored = await self._publish_all(facts)
        if any(answer.duplicate for answer in stored):
            raise OutOfStep(stored[0].seq)
        self._sequence, self.position, self._window = stored[-1].seq, facts[-1][0], WINDOW
        self.published += len(facts)
        return True

    async def _publish_all(self, facts: list[tuple[int, TicketFact]]) -> list[PubAck]:
        # Not js.publish_async: in nats-py 2.16 a refusal never reaches its future, so a lost race would cost a timeout.
        sent = [
            asyncio.create_task(self._publish(place, fact, after=self._sequence + number))
            for number, (place, fact) in enumerate(facts)
        ]
        try:
            return await asyncio.gather(*sent)
        finally:
            for one in sent:
                one.cancel()

    async def _publish(self, place: int, fact: TicketFact, *, after: int) -> PubAck:
        headers = cloud_event(fact, self.source)
        headers |= {PLACE: str(place), "Nats-Expected-Last-Sequence": str(after)}
        data = fact.model_dump_json().encode()
        return await self.js.publish(fact.subject, data, headers=headers, timeout=ANSWER_S)

    async def _rest(self) -> bool:
        """Wait until somebody says that there is more, at the most the time of a poll."""
        now = asyncio.get_running_loop().time()
        if self.position > self._floor and now >= self._floor_at + FLOOR_EVERY_S:
            await asyncio.to_thread(self.store.raise_floor, self.position)
            self._floor, self._floor_at = self.position, now
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self.wake.wait()
        return True


def _is_lost_race(error: Exception) -> bool:
    return isinstance(error, OutOfStep) or (
        isinstance(error, nats.js.errors.APIError) and error.err_code == WRONG_LAST_SEQUENCE
    )


class OutOfStep(nats.errors.Error):
    """A message was in the stream already: our idea of where it ends is old."""

    def __init__(self, sequence: int) -> None:
        super().__init__(f"{TICKETS}: already there at {sequence}")


class ForeignMessage(RuntimeError):  # noqa: N818  says what it is
    """The stream's last message is not from an outbox: nobody else may write there. A person must decide."""

    def __init__(self, sequence: int, subject: str) -> None:
        super().__init__(f"{TICKETS}: message {sequence} ({subject}) carries no {PLACE}")
