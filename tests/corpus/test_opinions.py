"""What a verdict is worth beside the truth; the report counts these and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from corpus.calls import SCENES, Spec
from corpus.conduct import Taken, Verdict
from corpus.material import Half
from corpus.opinions import access_opinion, opinion
from corpus.report import delays, of_half
from corpus.stage import Help, Known

BY_NAME = {scene.name: scene for scene in SCENES}
PASSED = Verdict("agent_confirmed", "passed", "", "passed", "", 30.0)


def failed(cause):
    return Verdict("queued", "passed", "", "failed", cause, 60.0)


def stopped(cause):
    return Verdict("ivr_heard", "failed", cause, "not_reached", "", 20.0)


UNSURE = Verdict("agent_probable", "passed", "", "inconclusive", "prober.unsure", 31.0)


def taken(name, verdict, known=Known.ALL, here=27.0, word=28.0):
    spec = Spec(Half.UNSEEN, 0, BY_NAME[name], known, Help.NONE)
    return Taken(spec, verdict, verdict, here, word, 60.0, 0.5)


@pytest.mark.parametrize(
    ("name", "verdict", "known", "worth"),
    [
        ("agent-plain", PASSED, Known.ALL, "right"),
        ("agent-plain", replace(PASSED, settled_s=26.0), Known.ALL, "too early"),
        ("agent-plain", failed("agent.silent"), Known.ALL, "false fail"),
        ("agent-plain", UNSURE, Known.ALL, "unsure"),
        ("agent-plain", stopped("ivr.menu_ignored"), Known.ALL, "wrong access"),
        ("agent-plain", replace(failed("agent.silent"), settled_s=None), Known.ALL, "unsure"),
        ("queue-music", PASSED, Known.ALL, "false pass"),
        ("queue-music", failed("agent.no_answer"), Known.ALL, "right"),
        ("queue-music", failed("queue.closed"), Known.ALL, "wrong cause"),
        ("queue-music", UNSURE, Known.ALL, "unsure"),
        ("queue-closed", failed("queue.closed"), Known.ALL, "right"),
        ("queue-closed", failed("ivr.dropped"), Known.ALL, "wrong cause"),
        ("queue-closed", failed("ivr.dropped"), Known.ONLY_GREETING, "right"),
        ("queue-closed", stopped("ivr.announcement_only"), Known.ONLY_GREETING, "right"),
        ("queue-closed", stopped("ivr.announcement_only"), Known.ALL, "wrong access"),
        ("dead-air", stopped("media.dead_air"), Known.ALL, "right"),
        ("dead-air", stopped("media.no_rtp"), Known.ALL, "wrong cause"),
        ("dead-air", PASSED, Known.ALL, "false pass"),
        ("late-greeting", replace(PASSED, access="failed", access_cause="ivr.late_greeting"), Known.ALL, "right"),
    ],
)
def test_a_verdict_on_the_agent_leg_has_its_worth(name, verdict, known, worth):
    assert opinion(taken(name, verdict, known), is_probable_enough=False) == worth


def test_a_pass_without_any_agent_ever_is_too_early():
    assert opinion(taken("agent-plain", PASSED, here=None, word=None), is_probable_enough=True) == "too early"


@pytest.mark.parametrize(
    ("name", "verdict", "worth"),
    [
        ("agent-plain", PASSED, "right"),
        ("agent-plain", stopped("media.poor_audio"), "false fail"),
        ("late-greeting", PASSED, "wrong access"),
        ("late-greeting", replace(PASSED, access="failed", access_cause="ivr.late_greeting"), "right"),
        ("dead-air", stopped("media.no_rtp"), "wrong cause"),
        ("dead-air", replace(UNSURE, access="inconclusive"), "unsure"),
    ],
)
def test_a_verdict_on_accessibility_has_its_worth(name, verdict, worth):
    assert access_opinion(taken(name, verdict)) == worth


def test_a_delay_counts_from_the_first_word_and_is_never_less_than_nothing():
    known_before = replace(PASSED, settled_s=27.5)
    calls = [taken("agent-plain", PASSED), taken("agent-plain", known_before), taken("queue-music", PASSED)]
    assert delays(calls, is_probable_enough=False) == [2.0, 0.0]


def test_the_report_names_the_calls_that_went_wrong_and_no_others():
    report = of_half(Half.UNSEEN, [], [taken("queue-music", PASSED), taken("agent-plain", PASSED)])
    assert "`unseen-000-queue-music`" in report
    assert "`unseen-000-agent-plain`" not in report
    assert "100.0 % (1 of 1" in report


def test_a_pass_where_the_menu_never_worked_counts_as_a_false_pass_and_a_refused_call_counts_nowhere():
    report = of_half(Half.UNSEEN, [], [taken("dead-air", PASSED), taken("busy-486", stopped("telco.busy"))])
    assert "| false pass | 100.0 % (1 of 1" in report
