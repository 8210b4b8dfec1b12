from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from targets import NOT_REACHED, PASSED, chat_target, job, outcome

from probe_runner.conclusion import MOST_STEPS, Run, conclude, inconclusive, missed
from probe_runner.schedule import job_for
from shared.events import AnyTestFact, TestFailed, TestInconclusive, TestMissed, TestPassed, conclusion_id_for
from shared.vocabulary import Cause, Leg, LegVerdict, Result, Slot, Step

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RUN = Run(job(origin="retest", is_drill=True), NOON, NOON + timedelta(seconds=9), "runner-1")
VERDICTS = st.builds(LegVerdict, result=st.sampled_from(Result), cause=st.none() | st.sampled_from(Cause))


def failed(cause: Cause | None) -> LegVerdict:
    return LegVerdict(result=Result.FAILED, cause=cause, note="why")


def test_both_legs_passed_is_a_pass_and_carries_the_job() -> None:
    fact = conclude(RUN, outcome(measures={"connect_s": 0.1}))

    assert isinstance(fact, TestPassed)
    assert fact.id == conclusion_id_for(RUN.job.test_id)
    assert (fact.origin, fact.is_drill, fact.runner, fact.at) == (RUN.job.origin, True, "runner-1", RUN.ended_at)
    assert fact.measures == {"connect_s": 0.1}


@pytest.mark.parametrize(
    ("accessibility", "agent", "leg", "cause"),
    [
        (failed(Cause.BOT_NO_REPLY), NOT_REACHED, Leg.ACCESSIBILITY, Cause.BOT_NO_REPLY),
        (PASSED, failed(Cause.QUEUE_CLOSED), Leg.AGENT, Cause.QUEUE_CLOSED),
        (failed(Cause.BOT_LOOPING), failed(Cause.AGENT_SILENT), Leg.ACCESSIBILITY, Cause.BOT_LOOPING),
    ],
)
def test_the_first_failed_leg_names_the_cause(
    accessibility: LegVerdict, agent: LegVerdict, leg: Leg, cause: Cause
) -> None:
    fact = conclude(RUN, outcome(accessibility=accessibility, agent=agent))

    assert isinstance(fact, TestFailed)
    assert (fact.leg, fact.cause, fact.detail) == (leg, cause, "why")


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause.is_ours])
def test_our_own_breakage_is_never_a_failure(cause: Cause) -> None:
    fact = conclude(RUN, outcome(accessibility=failed(cause), agent=NOT_REACHED))

    assert isinstance(fact, TestInconclusive)
    assert fact.cause is cause
    assert fact.accessibility.result is Result.INCONCLUSIVE


@given(VERDICTS, VERDICTS)
def test_no_pass_without_both_legs_and_no_failure_without_a_cause_outside(
    accessibility: LegVerdict, agent: LegVerdict
) -> None:
    fact = conclude(RUN, outcome(accessibility=accessibility, agent=agent))

    if isinstance(fact, TestPassed):
        assert accessibility.result is agent.result is Result.PASSED
    elif isinstance(fact, TestFailed):
        assert not fact.cause.is_ours
    else:
        assert isinstance(fact, TestInconclusive)
        assert fact.cause.is_ours


def test_a_cause_of_others_on_an_unsure_leg_is_said_as_unsure() -> None:
    unsure = LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.MEDIA_POOR_AUDIO, note="noisy")

    fact = conclude(RUN, outcome(agent=unsure))

    assert isinstance(fact, TestInconclusive)
    assert (fact.cause, fact.detail) == (Cause.PROBER_UNSURE, "noisy")


def test_what_a_wild_probe_measured_still_makes_a_fact_that_can_be_read() -> None:
    wild = {"mos": math.nan, "jitter_ms": math.inf, "Bad Name": 1.0, "loss_percent": 2.0}
    steps = tuple(Step(name="heard", at_s=number) for number in range(5_000))

    fact = conclude(RUN, outcome(measures=wild, steps=steps, state="x" * 99, detail="y" * 9_999))

    again = TestPassed.model_validate_json(fact.model_dump_json())
    assert again.measures == {"loss_percent": 2.0}
    assert len(again.steps) == MOST_STEPS
    assert (again.steps[0].at_s, again.steps[-1].at_s) == (0, 4_999)
    assert again.steps[MOST_STEPS // 2].note == "4701 steps"


def test_a_slot_nobody_tested_says_so() -> None:
    slot = Slot.containing(NOON, 60)
    late = Run(job_for(chat_target(), slot, NOON), NOON + timedelta(hours=1), NOON + timedelta(hours=1), "r")

    fact = missed(late)

    assert isinstance(fact, TestMissed)
    assert fact.slot == slot
    assert "taken at 2026-11-22T13:00:00+00:00, after its slot had ended at 2026-11-22T12:01:00+00:00" in fact.detail


def test_a_broken_run_judges_no_leg() -> None:
    fact: AnyTestFact = inconclusive(RUN, Cause.PROBER_CRASHED, "boom")

    assert (fact.accessibility.result, fact.agent.result) == (Result.INCONCLUSIVE, Result.NOT_REACHED)
