"""One job, run with the probe of its channel, with its evidence stored. Knows no schedule; judges nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from probe_runner.attempt import attempt
from probe_runner.conclusion import Run, conclude, inconclusive
from probe_runner.evidence import store
from shared.vocabulary import Cause, Origin, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nats.js import JetStreamContext

    from probe_runner.probe import Outcome, Probe
    from probe_runner.target import Target
    from shared.events import TestFact, TestJob
    from shared.vocabulary import Channel

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
        chosen = target.by_path(1 if job.origin is Origin.CONFIRMING else 0)
        outcome = _by_trunk(await attempt(probe, chosen, self.references, _log_step), chosen)
        seconds = (datetime.now(UTC) - started_at).total_seconds()
        evidence, notes = await store(js, outcome.exhibits, target.id, started_at.date(), job.test_id, seconds)
        return conclude(Run(job, started_at, datetime.now(UTC), self.instance), outcome, evidence, notes)


def _by_trunk(outcome: Outcome, target: Target) -> Outcome:
    """The same, and by which trunk: a confirming test takes the next one, so that two paths must fail."""
    if target.trunk is None:
        return outcome
    return replace(outcome, steps=(Step(name="called_by_trunk", at_s=0, note=target.trunk.id), *outcome.steps))


def _log_step(step: Step) -> None:
    log.debug("step", name=step.name, at_s=step.at_s, is_ok=step.is_ok, note=step.note)
