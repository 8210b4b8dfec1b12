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
from shared.asks import Refused, RunTest, TestAnnounced, TicketView
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
OURSELVES = Actor(id="escalation", role="service")

log = structlog.get_logger()


@dataclass
class Requests:
    """Carry wishes. ``view(ticket)`` reads the ticket as it stands, in a thread; ``clock()`` is the time now."""

    client: Client
    view: Callable[[UUID], TicketView]
    clock: Callable[[], datetime]
    service: str = "escalation"
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
        elif await self._ask(wish):
            await message.ack()
        else:
            await message.nak(delay=AGAIN_S)

    async def _ask(self, wish: TicketTestRequested) -> bool:
        """Whether the wish is done with: announced, refused for good, or no longer of use."""
        try:
            view = await asyncio.to_thread(self.view, wish.ticket)
        except TicketUnknown:
            log.error("request_of_nobody", ticket=str(wish.ticket), test=str(wish.test_id))  # noqa: TRY400  no bug here
            return True
        if view.state.is_over:
            return True
        question = RunTest(
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
            return False
        if isinstance(answer, Refused):
            log.error("test_refused", ticket=view.number, target=wish.target, reason=answer.message)
        else:
            log.info("test_asked_for", ticket=view.number, target=wish.target, purpose=wish.purpose.value)
        return True
