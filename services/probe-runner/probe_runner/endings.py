"""The stream TESTS, at its reading end: whether a test has ended already. Knows nothing of how tests are run."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import nats
import structlog

from probe_runner.stored import first_since, next_after
from shared import subjects

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nats.aio.client import Client

    from probe_runner.stored import Stored
    from shared.events import TestJob

CLOCKS_DIFFER_S = 60
MOST_READ = 50

log = structlog.get_logger()


async def has_ended(client: Client, job: TestJob) -> bool:
    """Whether a fact that ends this test is in TESTS.

    A test ends after it was announced, and at most a few slots later; so a few facts of its target are read from
    then on. The latest fact alone would not do: a job that comes again late has been overtaken by others.
    Asks again for as long as the bus is away: a job must not count as tried because nobody could look.
    """
    subject, begin = f"test.*.{job.target.id}", job.announced_at - timedelta(seconds=CLOCKS_DIFFER_S)
    found = await _patiently(partial(first_since, client, subjects.TESTS, subject, begin))
    for _ in range(MOST_READ):
        if found is None:
            return False
        if found.body.get("test_id") == str(job.test_id):
            return True
        found = await _patiently(partial(next_after, client, subjects.TESTS, subject, found.sequence))
    return False


async def _patiently(look: Callable[[], Awaitable[Stored | None]]) -> Stored | None:
    while True:
        try:
            return await look()
        except (nats.errors.Error, TimeoutError) as error:
            log.warning("endings_not_read_yet", error=repr(error))
            await asyncio.sleep(1)
