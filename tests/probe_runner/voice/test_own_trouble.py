"""Our own breakage never becomes the customer's failure, and never takes a proof away."""

from __future__ import annotations

import pytest

from probe_runner.probe import Outcome
from probe_runner.voice.call.starvation import Lateness
from probe_runner.voice.judge.judgement import NOT_REACHED, PASSED, failed
from probe_runner.voice.own_trouble import is_line_in_doubt, starved, unknown
from probe_runner.voice.timeline import Signalling
from shared.vocabulary import Cause, Result

STARVED = Lateness(worker_ms=[5.0, 300.0, 300.0, 450.0])
ANSWERED = Signalling(answered_s=1.0, packets=500)
AGENT_FAILED = Outcome("queued", PASSED, failed(Cause.AGENT_NO_ANSWER, "nobody"))
IVR_FAILED = Outcome("answered", failed(Cause.IVR_WRONG_PROMPT, "other words"), NOT_REACHED)
ALL_WELL = Outcome("agent_confirmed", PASSED, PASSED)


@pytest.mark.parametrize(
    ("lateness", "is_starved"),
    [
        (Lateness(), False),
        (Lateness(worker_ms=[120.0] * 200), False),
        (Lateness(worker_ms=[600.0]), False),
        (Lateness(worker_ms=[300.0] * 4), True),
        (Lateness(worker_ms=[1_100.0]), True),
        (Lateness(tick_ms=[3_500.0]), True),
    ],
)
def test_starved_is_what_was_too_late_for_too_long(lateness, is_starved):
    assert lateness.is_starved is is_starved


def test_a_failure_that_we_may_have_made_ourselves_is_not_theirs():
    outcome = starved(AGENT_FAILED, STARVED, ANSWERED)
    assert outcome.accessibility == PASSED
    assert (outcome.agent.result, outcome.agent.cause) == (Result.INCONCLUSIVE, Cause.PROBER_STARVED)
    assert "1050 ms in all, 450 ms at most" in outcome.agent.note
    assert starved(IVR_FAILED, STARVED, ANSWERED).accessibility.cause is Cause.PROBER_STARVED


def test_a_proof_stays_a_proof_however_late_we_were():
    assert starved(ALL_WELL, STARVED, ANSWERED) == ALL_WELL


def test_a_failure_stays_one_when_we_had_our_time():
    assert starved(AGENT_FAILED, Lateness(worker_ms=[90.0] * 50), ANSWERED) == AGENT_FAILED


def test_a_refusal_is_heard_in_full_however_late():
    busy = Outcome("not_reached", failed(Cause.TELCO_BUSY, "486"), NOT_REACHED)
    assert starved(busy, STARVED, Signalling(ended_s=2.0, code=486)) == busy


def test_only_a_line_that_was_dead_both_ways_is_in_doubt():
    dead = Outcome("not_reached", failed(Cause.TELCO_SETUP_TIMEOUT, "nothing"), NOT_REACHED)
    assert is_line_in_doubt(dead, Signalling())
    assert not is_line_in_doubt(IVR_FAILED, ANSWERED)
    broken = unknown(dead, Cause.PROBER_OWN_LINE, "no sound")
    assert {broken.accessibility.cause, broken.agent.cause} == {Cause.PROBER_OWN_LINE}


def test_nonsense_of_the_call_process_is_no_lateness():
    lateness = Lateness()
    for body in ({}, {"late_ms": "much"}, {"late_ms": None}, {"late_ms": 7}):
        lateness.told(body)
    assert lateness.worker_ms == [7.0]
