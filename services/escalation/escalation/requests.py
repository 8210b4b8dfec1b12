"""A ticket's wishes for a test, carried to the probe-runner. Knows the bus; decides nothing.

A wish waits in its durable for as long as it takes: until its time has come, and until a probe-runner answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import nats
import structlog
from pydantic import ValidationError

from escalation.decision import TicketUnknown
from shared import subjects
from shared.asks import Refused, RunTicketTest, TestAnnounced, TicketView
from shared.bus import NobodyAnswered, ask, park, spell_out
from shared.events import TicketTestRequested
from shared.inbox import StoreAway
from shared.vocabulary import Actor

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.client import JetStreamContext

BATCH = 32
WAIT_S = 5.0
AGAIN_S = 2.0
REFUSED_AGAIN_S = 10.0
MOST_REFUSALS = 4
"""A probe-runner that just started, or a plan being mended, refuses for a while only."""

OURSELVES = Actor(id="escalation", role="service")

log = structlog.get_logger()


@dataclass
class Requests:
    """Carry wishes.

    ``view(ticket)`` reads the ticket as it stands and ``give_up(wish, why, now)`` tells it that its test cannot be run,
    both in a thread; ``clock()`` is the time now.
    """

    client: Client
    view: Callable[[UUID], TicketView]
    give_up: Callable[[TicketTestRequested, str, datetime], object]
    clock: Callable[[], datetime]
    service: str = "escalation"
    refused_again_s: float = REFUSED_AGAIN_S
    _refusals: dict[UUID, int] = field(default_factory=dict)
    _js: JetStreamContext = field(init=False)

    def __post_init__(self) -> None:
        self._js = self.client.jetstream()

    async def run(self) -> None:
        """For ever, until cancelled. One that waits for its answer keeps no other waiting."""
        bound = await self._js.pull_subscribe_bind(stream=subjects.TICKETS, durable=subjects.TEST_REQUESTS)
        try:
            async with asyncio.TaskGroup() as carriers:
                while True:
                    for message in await self._fetch(bound):
                        carriers.create_task(self._carry(message))
        finally:
            # A drain would wait half a minute for a subscription that is still there.
            await bound.unsubscribe()

    async def _fetch(self, bound: JetStreamContext.PullSubscription) -> list[Msg]:
        try:
            messages: list[Msg] = await bound.fetch(BATCH, timeout=WAIT_S)
        except TimeoutError:  # nats-py raises its own kind, which is one, or asyncio's
            return []
        except (nats.errors.Error, nats.js.errors.Error) as error:
            log.warning("requests_interrupted", error=repr(error))
            await asyncio.sleep(0.5)
            return []
        return messages

    async def _carry(self, message: Msg) -> None:
        try:
            await self._settle(message)
        except (nats.errors.Error, nats.js.errors.Error, StoreAway) as error:
            log.warning("request_waits", subject=message.subject, error=repr(error))  # unanswered, it comes again

    async def _settle(self, message: Msg) -> None:
        try:
            wish = TicketTestRequested.model_validate_json(message.data)
        except ValidationError as error:
            sequence = message.metadata.sequence.stream
            await park(self._js, self.service, subjects.TICKETS, sequence, message, spell_out(error))
            await message.term()
            return
        wait_s = (wish.not_before - self.clock()).total_seconds()
        if wait_s > 0:
            await message.nak(delay=wait_s)
            return
        again_s = await self._ask(wish)
        if again_s is None:
            await message.ack()
        else:
            await message.nak(delay=again_s)

    async def _ask(self, wish: TicketTestRequested) -> float | None:
        """None when the wish is done with: announced, given up, or of no use any more; else in how many s again."""
        try:
            view = await asyncio.to_thread(self.view, wish.ticket)
        except TicketUnknown:
            log.error("request_of_nobody", ticket=str(wish.ticket), test=str(wish.test_id))  # noqa: TRY400  no bug here
            return None
        if view.state.is_over:
            return None
        question = RunTicketTest(
            command_id=wish.id,
            actor=OURSELVES,
            target=wish.target,
            test_id=wish.test_id,
            origin=wish.purpose,
            ticket=wish.ticket,
            is_drill=view.is_drill,
        )
        try:
            answer = await ask(self.client, question, TestAnnounced)
        except NobodyAnswered:
            return AGAIN_S
        if isinstance(answer, Refused):
            return await self._refused(wish, view, answer)
        self._refusals.pop(wish.id, None)
        log.info("test_asked_for", ticket=view.number, target=wish.target, purpose=wish.purpose.value)
        return None

    async def _refused(self, wish: TicketTestRequested, view: TicketView, answer: Refused) -> float | None:
        """Ask again a few times; then the ticket must know, or its claim would wait for ever."""
        times = self._refusals[wish.id] = self._refusals.get(wish.id, 0) + 1
        log.warning("test_refused", ticket=view.number, target=wish.target, times=times, reason=answer.message)
        if times < MOST_REFUSALS:
            return self.refused_again_s
        await asyncio.to_thread(self.give_up, wish, answer.message, self.clock())
        del self._refusals[wish.id]
        return None
