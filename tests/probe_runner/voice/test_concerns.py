from __future__ import annotations

import pytest
from voice.calls import ANSWERED, KEY, MUSIC, SPEECH, call, pressed, signs, voice

from probe_runner.voice.judge.concerns import concerns_of
from probe_runner.voice.timeline import Call, Match, SignName
from probe_runner.voice_target import THRESHOLDS
from shared.vocabulary import Grade

TRANSFER, HOLD, AGENT = ("transfer", 4.5, 7.5), ("hold_music", 8.0, 20.0), ("agent_greeting", 20.4, 23.0)
HEALTHY = pressed(23.0, TRANSFER, HOLD, AGENT)


def names(timeline: Call, **plan: object) -> set[str]:
    return {concern.name for concern in concerns_of(timeline, voice(**plan), {})}


@pytest.mark.parametrize("measure", THRESHOLDS)
def test_every_measure_is_graded_on_its_bad_side(measure):
    threshold = THRESHOLDS[measure]
    worse = -0.001 if threshold.is_low_bad else 0.001
    said = [
        concerns_of(call(2.0), voice(), {measure: value})
        for value in (threshold.warning, threshold.warning + worse, threshold.critical + worse)
    ]
    assert said[0] == ()
    assert [(one.grade, one.limit) for (one,) in said[1:]] == [
        (Grade.WARNING, threshold.warning),
        (Grade.CRITICAL, threshold.critical),
    ]


def test_a_target_may_have_its_own_thresholds():
    own = voice(thresholds={"queue_wait_s": {"warning": 5, "critical": 10}})
    (concern,) = concerns_of(HEALTHY, own, {"queue_wait_s": 7.0})
    assert (concern.name, concern.grade, concern.value, concern.limit) == ("queue_wait_s", Grade.WARNING, 7.0, 5.0)


def test_a_measure_that_has_no_threshold_is_never_a_concern():
    assert concerns_of(HEALTHY, voice(), {"call_duration_s": 9_999.0, "rtp_packets": 0.0}) == ()


def test_a_healthy_call_drifts_nowhere():
    assert names(HEALTHY) == set()


def test_other_words_inside_the_greeting_are_a_drift_before_they_are_a_failure():
    changed = call(9.0, ("greeting", ANSWERED, 4.0), (SPEECH, 4.5, 6.5), ("greeting", 7.0, 9.0))
    (concern,) = concerns_of(changed, voice(), {})
    assert (concern.name, concern.grade) == ("greeting_drift", Grade.WARNING)
    assert "2.0 s of other words at second 4.5" in concern.note


def test_a_prompt_that_is_hardly_recognised_drifts():
    faint = Match("greeting", ANSWERED, KEY, 0.0, 3.0, 6.0, 0.65)
    timeline = Call(5.0, HEALTHY.signalling, (), (faint,), 5.0)
    assert names(timeline) == {"greeting_drift"}


def test_a_machine_that_was_busy_itself_claims_no_drift():
    faint = Match("greeting", ANSWERED, KEY, 0.0, 3.0, 6.0, 0.65)
    timeline = Call(5.0, HEALTHY.signalling, (), (faint,), 5.0)
    assert concerns_of(timeline, voice(), {"own_lateness_ms": 90.0}) == ()


def test_other_hold_music_and_a_missing_transfer_prompt_drift():
    assert names(pressed(23.0, TRANSFER, (MUSIC, 8.0, 20.0), AGENT)) == {"hold_music_drift"}
    assert names(pressed(23.0, HOLD, AGENT)) == {"transfer_drift"}
    assert names(pressed(23.0, (MUSIC, 8.0, 20.0), AGENT), transfer=(), hold_music=()) == set()


def test_an_agent_in_other_words_than_the_registered_drifts():
    proven = signs((SignName.DIGIT_HEARD, 22.0, "1"))
    other = pressed(23.0, TRANSFER, HOLD, (SPEECH, 20.6, 22.0), **proven)
    assert names(other, agent_key="1") == {"agent_greeting_drift"}
    assert names(other, agent_key="1", agent_greeting=()) == set()
