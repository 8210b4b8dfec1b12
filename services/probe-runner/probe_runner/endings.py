"""The stream TESTS, at its reading end: whether a test has ended already. Knows nothing of how tests are run."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import nats
import structlog
from nats.js.errors import APIError

from shared import subjects

if TYPE_CHECKING:
    from nats.aio.client import Client

    from shared.events import TestJob

CLOCKS_DIFFER_S = 60
MOST_READ = 50
NONE_FOUND = 10_037

log = structlog.get_logger()


async def has_ended(client: Client, job: TestJob) -> bool:
    """Whether a fact that ends this test is in TESTS.

    A test ends after it was announced, and at most a few slots later; so a few facts of its target are read from
    then on. The latest fact alone would not do: a job that comes again late has been overtaken by others.
    Asks again for as long as the bus is away: a job must not count as tried because nobody could look.
    """
    request: dict[str, object] = {"start_time": (job.announced_at - timedelta(seconds=CLOCKS_DIFFER_S)).isoformat()}
    for _ in range(MOST_READ):
        found = await _next_patiently(client, {**request, "next_by_subj": f"test.*.{job.target.id}"})
        if found is None:
            return False
        sequence, test_id = found
        if test_id == str(job.test_id):
            return True
        request = {"seq": sequence + 1}
    return False


async def _next_patiently(client: Client, request: dict[str, object]) -> tuple[int, str] | None:
    while True:
        try:
            return await _next(client, request)
        except (nats.errors.Error, TimeoutError) as error:
            log.warning("endings_not_read_yet", error=repr(error))
            await asyncio.sleep(1)


async def _next(client: Client, request: dict[str, object]) -> tuple[int, str] | None:
    # nats-py's own call has no start time.
    reply = await client.request(f"$JS.API.STREAM.MSG.GET.{subjects.TESTS}", json.dumps(request).encode(), timeout=5)
    answer = json.loads(reply.data)
    if "error" in answer:
        if answer["error"].get("err_code") == NONE_FOUND:
            return None
        raise APIError.from_error(answer["error"])
    try:
        body = json.loads(base64.b64decode(answer["message"].get("data", "")))
    except ValueError:
        body = None
    return answer["message"]["seq"], str(body.get("test_id")) if isinstance(body, dict) else ""
