"""One run of a probe, bounded in time, with its evidence stored. Knows no schedule; judges nothing itself."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from probe_runner.conclusion import Run, conclude, inconclusive
from probe_runner.evidence import store
from probe_runner.probe import Outcome
from shared.vocabulary import Cause, LegVerdict, Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nats.js import JetStreamContext

    from probe_runner.probe import OnStep, Probe
    from probe_runner.target import Target
    from shared.events import TestFact, TestJob
    from shared.vocabulary import Channel, Step

GRACE_S = 20.0
"""What a probe gets beyond its own deadline before it is stopped."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Runner:
    """Runs jobs with the probes of this process. ``references``: the folder of the plan's sound files."""

    probes: Mapping[Channel, Probe]
    references: Path
    instance: str

    async def run(self, js: JetStreamContext, job: TestJob, target: Target) -> TestFact:
        """The test's conclusion, with its evidence in the object store."""
        started_at = datetime.now(UTC)
        log.info("test_started", target=target.id, test_id=str(job.test_id), origin=job.origin.value)
        probe = self.probes.get(target.channel)
        if probe is None:
            run = Run(job, started_at, started_at, self.instance)
            return inconclusive(run, Cause.PROBER_MISCONFIGURED, f"no probe for {target.channel.value} in this process")
        outcome = await attempt(probe, target, self.references, _log_step)
        seconds = (datetime.now(UTC) - started_at).total_seconds()
        evidence, notes = await store(js, outcome.exhibits, target.id, started_at.date(), job.test_id, seconds)
        return conclude(Run(job, started_at, datetime.now(UTC), self.instance), outcome, evidence, notes)


async def attempt(probe: Probe, target: Target, references: Path, on_step: OnStep) -> Outcome:
    """What the probe found. One that raises or does not end is our breakage, never the customer's failure."""
    limit = asyncio.timeout(target.deadline_s + GRACE_S)
    try:
        async with limit:
            return await probe(target, references, on_step)
    except Exception as error:
        if limit.expired():
            detail = f"stopped {GRACE_S:g} s after its own deadline of {target.deadline_s:g} s"
            return _broken(Cause.PROBER_DEADLINE, detail)
        log.exception("probe_crashed", target=target.id)
        last = "".join(traceback.format_exception(error, limit=-3))
        return _broken(Cause.PROBER_CRASHED, f"{error!r}\n{last}")


def _broken(cause: Cause, detail: str) -> Outcome:
    broken = LegVerdict(result=Result.INCONCLUSIVE, cause=cause, note=detail[:500])
    return Outcome("not_reached", broken, LegVerdict(result=Result.NOT_REACHED), detail=detail)


def _log_step(step: Step) -> None:
    log.debug("step", name=step.name, at_s=step.at_s, is_ok=step.is_ok, note=step.note)
