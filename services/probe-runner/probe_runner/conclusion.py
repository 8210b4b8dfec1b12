"""What came of a test, as a fact. Knows no bus and no clock. A pass needs proof; our breakage is never a failure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.events import TestFact, TestFailed, TestInconclusive, TestMissed, TestPassed, conclusion_id_for
from shared.vocabulary import Cause, Evidence, Leg, LegVerdict, Result, Step

if TYPE_CHECKING:
    from datetime import datetime

    from probe_runner.probe import Outcome
    from shared.events import TestJob

MOST_STEPS = 300
MOST_FINDINGS = 100
MOST_CONCERNS = 30
LONGEST_DETAIL = 4_000
_MEASURE = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Run:
    """One run of a job: when it began and ended, and who ran it."""

    job: TestJob
    started_at: datetime
    ended_at: datetime
    runner: str


def conclude(run: Run, outcome: Outcome, evidence: tuple[Evidence, ...] = (), notes: tuple[Step, ...] = ()) -> TestFact:
    """Passed only if both legs passed; failed by the first leg that did; inconclusive by anything else."""
    legs = {
        Leg.ACCESSIBILITY: _ours_is_no_failure(outcome.accessibility),
        Leg.AGENT: _ours_is_no_failure(outcome.agent),
    }
    body = {
        **_frame(run),
        "state": outcome.state[:64],
        "accessibility": legs[Leg.ACCESSIBILITY],
        "agent": legs[Leg.AGENT],
        "steps": (*_bounded(outcome.steps, MOST_STEPS), *notes),
        "findings": outcome.findings[:MOST_FINDINGS],
        "measures": {
            name: figure
            for name, figure in outcome.measures.items()
            if math.isfinite(figure) and _MEASURE.fullmatch(name)  # JSON has no word for infinity
        },
        "concerns": outcome.concerns[:MOST_CONCERNS],
        "evidence": evidence,
    }
    detail = outcome.detail[:LONGEST_DETAIL]
    if all(verdict.result is Result.PASSED for verdict in legs.values()):
        return TestPassed(**body)
    for leg, said in ((Leg.ACCESSIBILITY, outcome.accessibility), (Leg.AGENT, outcome.agent)):
        if said.result is not Result.FAILED:
            continue
        if said.cause is None or said.cause.is_ours:
            return TestInconclusive(**body, cause=said.cause or Cause.PROBER_UNSURE, detail=detail or said.note)
        return TestFailed(**body, leg=leg, cause=said.cause, detail=detail or said.note)
    unsure = [verdict for verdict in legs.values() if verdict.result is not Result.PASSED]
    ours = [verdict.cause for verdict in unsure if verdict.cause is not None and verdict.cause.is_ours]
    return TestInconclusive(**body, cause=ours[0] if ours else Cause.PROBER_UNSURE, detail=detail or unsure[0].note)


def inconclusive(run: Run, cause: Cause, detail: str) -> TestInconclusive:
    """The test broke before it could judge anything. ``cause`` is ``prober.*``."""
    broken = LegVerdict(result=Result.INCONCLUSIVE, cause=cause)
    none = LegVerdict(result=Result.NOT_REACHED)
    return TestInconclusive(
        **_frame(run),
        accessibility=broken,
        agent=none,
        state="not_reached",
        cause=cause,
        detail=detail[:LONGEST_DETAIL],
    )


def missed(run: Run) -> TestMissed:
    """Its slot went by before anybody took it."""
    none = LegVerdict(result=Result.NOT_REACHED)
    slot = run.job.slot
    detail = (
        f"announced at {run.job.announced_at.isoformat()}, taken at {run.ended_at.isoformat()}, "
        f"after its slot had ended at {slot.end.isoformat()}: no probe-runner was free or running"
        if slot
        else ""
    )
    return TestMissed(**_frame(run), accessibility=none, agent=none, state="not_reached", detail=detail)


def _frame(run: Run) -> dict[str, Any]:
    job = run.job
    return {
        "id": conclusion_id_for(job.test_id),
        "at": run.ended_at,
        "test_id": job.test_id,
        "target": job.target.id,
        "target_name": job.target.name,
        "channel": job.target.channel,
        "severity": job.target.severity,
        "origin": job.origin,
        "slot": job.slot,
        "ticket": job.ticket,
        "requested_by": job.requested_by,
        "is_drill": job.is_drill,
        "started_at": run.started_at,
        "runner": run.runner[:500],
    }


def _ours_is_no_failure(verdict: LegVerdict) -> LegVerdict:
    if verdict.result is Result.FAILED and (verdict.cause is None or verdict.cause.is_ours):
        return verdict.model_copy(update={"result": Result.INCONCLUSIVE})
    return verdict


def _bounded(steps: tuple[Step, ...], most: int) -> tuple[Step, ...]:
    """The beginning and the end: what happened in a flood's middle is in the transcript."""
    if len(steps) <= most:
        return steps
    left_out = Step(name="steps.left_out", at_s=steps[most // 2].at_s, note=f"{len(steps) - most + 1} steps")
    return (*steps[: most // 2], left_out, *steps[-(most - most // 2 - 1) :])
