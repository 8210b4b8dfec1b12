"""One attempt of a probe, bounded in time, whatever the probe does. Knows no job and no bus."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING

import structlog

from probe_runner.probe import Outcome
from shared.vocabulary import Cause, LegVerdict, Result

if TYPE_CHECKING:
    from pathlib import Path

    from probe_runner.probe import OnStep, Probe
    from probe_runner.target import Target

GRACE_S = 20.0
"""What a probe gets beyond its own deadline before it is stopped."""

log = structlog.get_logger()


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
