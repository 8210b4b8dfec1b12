"""A stream into a store: in order, each fact exactly once. Knows NATS; of the store only that it can compare and set.

1. One transaction holds the effects of a batch and the move of the position, and the store accepts it
   only if the stored position is the batch's predecessor.
2. At every start, conflict, gap or accident the server's consumer is reset to the position + 1.
3. A batch counts only if it follows the one before without a hole in the consumer's own numbering.
4. The stream's time of creation is part of the position's name; a stream shorter than the position is an alarm.

A durable with the store's default bookkeeping lost 1,081 of 5,000 facts under kill -9; this loses none.
Replicas need no leader: who loses the compare-and-set stands by.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import nats
import structlog
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from pydantic import TypeAdapter, ValidationError

from shared.bus import park, spell_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nats.aio.msg import Msg
    from nats.js import JetStreamContext
    from nats.js.api import StreamInfo

    from shared.events import Fact

TRIES = 5
GONE_AFTER_S = 3_600.0
"""The durable of a replica that does not come back is forgotten by the server after this."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Move:
    """The position named ``name`` goes from ``previous`` to ``last`` (sequences of the stream; 0: none yet)."""

    name: str
    previous: int
    last: int


@dataclass
class Inbox:
    """Follow ``stream`` and hand its facts over in batches.

    ``position(name)`` reads the stored position (0 for none). ``take(facts, move)`` stores the effects and the
    move in one transaction; it raises ``StalePosition`` when the stored position is not ``move.previous``, and
    ``StoreAway`` when the store cannot be reached. Both run in a thread. Any other exception is tried ``TRIES``
    times on the single fact that causes it; then that fact is parked and the position moves on.
    """

    js: JetStreamContext
    service: str
    stream: str
    durable: str
    facts: TypeAdapter[Any]
    position: Callable[[str], int]
    take: Callable[[Sequence[Fact], Move], None]
    batch: int = 256
    wait_s: float = 2.0
    alarm: str = ""
    taken: int = 0
    _subscription: Any = None
    _name: str = ""
    _position: int = 0
    _consumed: int = 0
    _size: int = 0
    _tries: dict[int, int] = field(default_factory=dict)

    async def run(self) -> None:
        """For ever, until cancelled."""
        try:
            while True:
                try:
                    await self._follow()
                except StreamRewound as error:
                    self.alarm = str(error)
                    log.error("stream_rewound", stream=self.stream, reason=str(error))  # noqa: TRY400  no bug of ours
                    await asyncio.sleep(5)
                except StalePosition:
                    await asyncio.sleep(random.uniform(0.1, 1.0))  # noqa: S311  only to spread the replicas
                except StoreAway as error:
                    log.warning("store_away", stream=self.stream, error=str(error))
                    await asyncio.sleep(1)
                except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
                    log.warning("inbox_interrupted", stream=self.stream, error=repr(error))
                    await asyncio.sleep(0.3)
        finally:
            await self._unsubscribe()

    async def _follow(self) -> None:
        await self._resync()
        while True:
            messages = await self._fetch()
            if messages:
                await self._take(messages)

    async def _resync(self) -> None:
        info = await self.js.stream_info(self.stream)
        self._name = position_name(info)
        self._position = await asyncio.to_thread(self.position, self._name)
        if info.state.last_seq < self._position:
            raise StreamRewound(self.stream, info.state.last_seq, self._position)
        if self._position and info.state.first_seq > self._position + 1:
            log.error("stream_hole", stream=self.stream, first=info.state.first_seq, position=self._position)
        await self.js.add_consumer(
            self.stream,
            config=ConsumerConfig(
                name=self.durable,
                durable_name=self.durable,
                ack_policy=AckPolicy.ALL,
                ack_wait=GONE_AFTER_S,
                max_ack_pending=-1,
                deliver_policy=DeliverPolicy.ALL,
                inactive_threshold=GONE_AFTER_S,
            ),
        )
        await self.js.reset_consumer(self.stream, self.durable, seq=self._position + 1)
        await self._unsubscribe()
        self._subscription = await self.js.pull_subscribe_bind(stream=self.stream, durable=self.durable)
        self._consumed = 0
        self._size = self._size or self.batch
        self.alarm = ""

    async def _fetch(self) -> list[Msg]:
        try:
            messages: list[Msg] = await self._subscription.fetch(self._size, timeout=self.wait_s)
        except TimeoutError:  # nats-py raises its own kind, which is one, or asyncio's
            await self._compare()
            return []
        if messages and not self._is_contiguous(messages):
            raise Gap(self.stream)
        return messages

    async def _compare(self) -> None:
        """Without a fact to take, only this shows that the position was moved by another: a replay begins at 0."""
        if await asyncio.to_thread(self.position, self._name) != self._position:
            raise StalePosition(Move(self._name, self._position, self._position))

    def _is_contiguous(self, messages: list[Msg]) -> bool:
        first, last = messages[0].metadata.sequence, messages[-1].metadata.sequence
        return (
            first.consumer == self._consumed + 1
            and last.consumer - first.consumer == len(messages) - 1
            and first.stream > self._position
        )

    async def _take(self, messages: list[Msg]) -> None:
        facts = [fact for message in messages if (fact := await self._read(message)) is not None]
        last = messages[-1].metadata.sequence
        move = Move(self._name, self._position, last.stream)
        try:
            await asyncio.to_thread(self.take, facts, move)
        except (StalePosition, StoreAway):
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it is counted, logged and in the end parked
            await self._stumble(messages, error)
            return
        self._position, self._consumed = last.stream, last.consumer
        self._size = min(self._size * 2, self.batch)
        self.taken += len(messages)
        await messages[-1].ack()  # moves only the server's floor, which the lag is counted from

    async def _read(self, message: Msg) -> Fact | None:
        sequence = message.metadata.sequence.stream
        if self._tries.get(sequence, 0) >= TRIES:
            await park(self.js, self.service, self.stream, sequence, message, "could not be taken; the log says why")
            return None
        try:
            fact: Fact = self.facts.validate_json(message.data)
        except ValidationError as error:
            await park(self.js, self.service, self.stream, sequence, message, spell_out(error))
            return None
        return fact

    async def _stumble(self, messages: list[Msg], error: Exception) -> None:
        """Find the one fact that cannot be taken: one at a time from here on, and count its tries."""
        log.error("facts_not_taken", stream=self.stream, count=len(messages), exc_info=error)
        if len(messages) == 1:
            sequence = messages[0].metadata.sequence.stream
            self._tries[sequence] = self._tries.get(sequence, 0) + 1
            await asyncio.sleep(0.1 * 2 ** self._tries[sequence])
        self._size = 1
        raise Gap(self.stream)

    async def _unsubscribe(self) -> None:
        # A drain would wait half a minute for the status messages of a subscription that is still there.
        if self._subscription is not None:
            subscription, self._subscription = self._subscription, None
            try:
                await subscription.unsubscribe()
            except nats.errors.Error:
                log.debug("unsubscribe_failed", stream=self.stream)


def position_name(info: StreamInfo) -> str:
    """The name of a stream's position: with the stream's time of creation, for one made anew begins at 1 again."""
    return f"{info.config.name}@{info.created:%Y%m%dT%H%M%S.%f}"


class StalePosition(Exception):  # noqa: N818  another replica was faster; nothing is wrong
    """The stored position is not the batch's predecessor."""

    def __init__(self, move: Move) -> None:
        super().__init__(f"{move.name} is not at {move.previous}")


class StoreAway(Exception):  # noqa: N818  says what happened
    """The store cannot be reached; it will be tried again for ever."""


class Gap(nats.errors.Error):
    """The delivery has a hole, or has to begin anew: resynchronise."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"{stream}: delivery begins anew")


class StreamRewound(RuntimeError):  # noqa: N818  says what happened
    """The stream is shorter than what was read of it: it was restored or cut. A person must decide."""

    def __init__(self, stream: str, last: int, position: int) -> None:
        super().__init__(f"{stream} ends at {last}, but its facts were taken up to {position}")
