"""Which targets are due in which slot at a moment. Knows no clock and no bus."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.events import TestJob
from shared.vocabulary import Slot, test_id_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from probe_runner.target import Target

SHORT_INTERVAL_S = 120
LONGEST_JITTER_S = 60.0
LONGEST_JITTER_OF_SHORT_S = 5.0


def jitter(target: Target) -> timedelta:
    """How long after the slot's start this target is due: always the same, so that peaks are spread, not moved."""
    most = LONGEST_JITTER_OF_SHORT_S if target.interval_s <= SHORT_INTERVAL_S else LONGEST_JITTER_S
    share = int.from_bytes(hashlib.sha256(target.id.encode()).digest()[:4], "big") / 2**32
    return timedelta(seconds=min(target.interval_s / 4, most) * share)


def due(targets: Iterable[Target], moment: datetime) -> list[tuple[Target, Slot]]:
    """The targets whose moment in the slot that contains ``moment`` has come."""
    slots = [(target, Slot.containing(moment, target.interval_s)) for target in targets]
    return [(target, slot) for target, slot in slots if moment >= slot.start + jitter(target)]


def job_for(target: Target, slot: Slot, moment: datetime) -> TestJob:
    """The one job of a target in a slot: every replica makes the same."""
    return TestJob(test_id=test_id_for(target.id, slot), target=target.card, slot=slot, announced_at=moment)


def is_missed(job: TestJob, moment: datetime) -> bool:
    """Whether it is too late: the job's slot ended more than one slot length ago."""
    return job.slot is not None and moment > job.slot.end + timedelta(seconds=job.slot.length_s)
