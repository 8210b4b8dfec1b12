"""The stream DUE, at its working end: takes jobs, runs them, says how they ended. Knows no channel.

A job is acknowledged only after its conclusion is in the stream TESTS; until then it comes again.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import nats
import structlog
from pydantic import ValidationError

from probe_runner.conclusion import Run, inconclusive, missed
from probe_runner.endings import has_ended
from probe_runner.schedule import is_missed
from shared import subjects
from shared.bus import park, say, spell_out
from shared.events import TestFact, TestJob
from shared.vocabulary import Cause

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from probe_runner.figures import Figures
    from probe_runner.plan_book import PlanBook
    from probe_runner.run import Runner
    from shared.service import Health

FETCH_S = 2.0
PAUSE_S = 1.0
ALIVE_EVERY_S = 10.0
TRIES = 3
SERVICE = "probe-runner"

log = structlog.get_logger()


@dataclass
class Jobs:
    """Takes jobs from the shared durable while there is a free place, ``concurrency`` at a time."""

    book: PlanBook
    runner: Runner
    figures: Figures
    health: Health
    instance: str
    concurrency: int
    _subscription: Any = None
    _trouble: str = ""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Say on /readyz when no jobs can be taken."""
        self.health.checks["jobs"] = lambda: self._trouble

    async def take_jobs(self, client: Client) -> None:
        """For ever; on the way out, unfinished jobs are given back to the other replicas."""
        await self.book.is_read.wait()
        places = asyncio.Semaphore(self.concurrency)
        try:
            while True:
                await places.acquire()
                message = await self._next(client)
                if message is None:
                    places.release()
                    continue
                task = asyncio.create_task(self._do(client, message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(lambda _: places.release())
        finally:
            await self._unsubscribe()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _next(self, client: Client) -> Msg | None:
        if not client.is_connected:
            # Requests made now would all be sent at once later, and bring jobs that no place is free for.
            await asyncio.sleep(PAUSE_S)
            return None
        try:
            if self._subscription is None:
                self._subscription = await client.jetstream().pull_subscribe_bind(
                    stream=subjects.DUE, durable=subjects.PROBE_WORKERS
                )
            began = asyncio.get_running_loop().time()
            messages: list[Msg] = await self._subscription.fetch(1, timeout=FETCH_S)
        except TimeoutError:
            self._trouble = ""
            if asyncio.get_running_loop().time() - began < FETCH_S / 2:
                await asyncio.sleep(PAUSE_S)  # the server answers "conflict" at once while it elects a leader
            return None
        except (nats.errors.Error, OSError) as error:
            if not self._trouble:
                log.warning("no_jobs_to_be_had", error=repr(error))
            self._trouble = f"the durable {subjects.PROBE_WORKERS} of {subjects.DUE} does not answer: {error!r}"
            await self._unsubscribe()
            await asyncio.sleep(PAUSE_S)
            return None
        self._trouble = ""
        return messages[0]

    async def _do(self, client: Client, message: Msg) -> None:
        self.figures.running.inc()
        try:
            async with _kept_alive(message):
                await self._conclude(client, message)
        except asyncio.CancelledError:
            with suppress(nats.errors.Error, TimeoutError):
                await message.nak()
            raise
        except Exception:
            log.exception("job_not_done_yet", subject=message.subject)
            with suppress(nats.errors.Error, TimeoutError):
                await message.nak(delay=5)
        finally:
            self.figures.running.dec()

    async def _conclude(self, client: Client, message: Msg) -> None:
        js = client.jetstream()
        try:
            job = TestJob.model_validate_json(message.data)
        except ValidationError as error:
            await park(js, SERVICE, subjects.DUE, message.metadata.sequence.stream, message, spell_out(error))
            self.figures.parked.inc()
            await message.term()
            return
        if not await has_ended(client, job):
            fact = await self._fact(client, job, message.metadata.num_delivered)
            await say(js, fact, SERVICE)
            outcome = fact.type.removeprefix("Test").lower()
            self.figures.tests.labels(outcome, fact.channel.value).inc()
            log.info("test_concluded", target=fact.target, outcome=outcome, test_id=str(fact.test_id), state=fact.state)
        await message.ack()

    async def _fact(self, client: Client, job: TestJob, tries: int) -> TestFact:
        now = datetime.now(UTC)
        nothing_run = Run(job, now, now, self.instance)
        if is_missed(job, now):
            return missed(nothing_run)
        if tries > TRIES:
            detail = f"taken {tries - 1} times and never finished: its runner died each time"
            return inconclusive(nothing_run, Cause.PROBER_CRASHED, detail)
        if job.target.id not in self.book.targets:
            await self.book.look(client.jetstream())  # perhaps announced by a replica that has read more than we have
        target = self.book.targets.get(job.target.id)
        if target is None:
            return inconclusive(nothing_run, Cause.PROBER_MISCONFIGURED, "the target is no longer in the plan")
        return await self.runner.run(client.jetstream(), job, target)

    async def _unsubscribe(self) -> None:
        # A drain would wait half a minute for a subscription that is still there.
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()


@asynccontextmanager
async def _kept_alive(message: Msg) -> AsyncIterator[None]:
    """Tell the server that the job is in hand, so that it is given to nobody else meanwhile."""

    async def say_so() -> None:
        while True:
            await asyncio.sleep(ALIVE_EVERY_S)
            with suppress(nats.errors.Error):
                await message.in_progress()

    task = asyncio.create_task(say_so())
    try:
        yield
    finally:
        task.cancel()
