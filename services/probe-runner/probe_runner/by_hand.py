"""Tests that people ask for: into DUE, if the caps of their target allow it. Keeps no count of its own.

What was used in the last hour is read from what the streams hold anyway: every job announced (DUE keeps them for two
days) and every conclusion (TESTS). A test is put in only on the sequence that was counted up to, so of any number of
replicas that count at once one puts its test in and the others count again.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nats.js.errors import APIError

from probe_runner.caps import HOUR, CapReached, NeverPossible, Use, possible_at
from probe_runner.stored import last_sequence, since
from shared import subjects
from shared.bus import ALREADY_THERE
from shared.vocabulary import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nats.aio.client import Client

    from probe_runner.target import Target
    from shared.events import TestJob

MOST_READ = 2_000
"""Messages of a target in an hour: more than its schedule and its caps allow."""
AGENT_TIME = "agent_time_s"
OVERTAKEN = 10_071
"""JetStream: wrong last sequence."""
ANSWER_LIMIT_S = 5.0


async def announce_by_hand(client: Client, job: TestJob, target: Target) -> None:
    """Put a person's test into DUE; one that is there already stays as it is, and takes up nothing more.

    Raises ``CapReached``.
    """
    jobs = f"due.test.{job.target.id}.*"
    while True:  # whoever is overtaken was so by a test that was put in, so this ends at the cap
        if await last_sequence(client, subjects.DUE, subjects.due(job)):
            return
        counted = await last_sequence(client, subjects.DUE, jobs)
        await check_caps(client, target, datetime.now(UTC))
        if await _put(client, job, jobs, counted):
            return


async def check_caps(client: Client, target: Target, now: datetime) -> None:
    """Whether one more test by hand is allowed ``now``. Raises ``CapReached``."""
    _check("too_many_tests", target, await jobs_of(client, target.id, now), target.most_by_hand)
    if (most := target.most_agent_seconds_per_hour) is not None:
        _check("too_much_agent_time", target, await agent_time_of(client, target.id, now), most)


async def jobs_of(client: Client, target: str, now: datetime) -> list[Use]:
    """The jobs of the last hour that no schedule made: by hand, and ordered by tickets; drills too."""
    jobs = since(client, subjects.DUE, f"due.test.{target}.*", now - HOUR, MOST_READ)
    return [Use(job.at) async for job in jobs if job.body.get("origin") != Origin.SCHEDULED]


async def agent_time_of(client: Client, target: str, now: datetime) -> list[Use]:
    """The seconds of agents that the tests ended in the last hour took, whoever wanted them; drills too."""
    facts = since(client, subjects.TESTS, f"test.*.{target}", now - HOUR, MOST_READ)
    return [Use(fact.at, seconds) async for fact in facts if (seconds := _agent_seconds(fact.body.get("measures")))]


def _agent_seconds(measures: object) -> float:
    seconds = measures.get(AGENT_TIME) if isinstance(measures, dict) else None
    is_figure = isinstance(seconds, int | float) and math.isfinite(seconds)
    return max(0.0, float(seconds)) if is_figure and seconds is not None else 0.0


def _check(kind: str, target: Target, uses: Sequence[Use], most: float) -> None:
    try:
        again = possible_at(uses, most)
    except NeverPossible:
        raise CapReached(kind, target.id, most, None) from None
    if again is not None:
        raise CapReached(kind, target.id, most, again)


async def _put(client: Client, job: TestJob, jobs: str, counted: int) -> bool:
    """Put a job into DUE unless another of ``jobs`` was put in after ``counted``. False: one was."""
    headers = {
        "Nats-Msg-Id": str(job.test_id),
        "Nats-Expected-Last-Subject-Sequence": str(counted),
        "Nats-Expected-Last-Subject-Sequence-Subject": jobs,
    }
    body = job.model_dump_json().encode()
    try:
        await client.jetstream().publish(subjects.due(job), body, headers=headers, timeout=ANSWER_LIMIT_S)
    except APIError as error:
        if error.err_code == OVERTAKEN or ALREADY_THERE in str(error.description):
            return False
        raise
    return True
