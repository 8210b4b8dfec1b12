from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voice.calls import (
    ANSWERED,
    BUSY,
    CONGESTION,
    KEY,
    MUSIC,
    RINGBACK,
    SILENCE,
    SPEECH,
    TONE,
    cadence,
    call,
    pressed,
    signs,
    voice,
)

from probe_runner.voice.judge.measures import measures_of
from probe_runner.voice.judge.network import cause_of_code
from probe_runner.voice.judge.verdict import explain, judge
from probe_runner.voice.timeline import Call, Match, Signalling, SignName, Span
from shared.vocabulary import Cause, Result

TRANSFER, HOLD = ("transfer", 4.5, 7.5), ("hold_music", 8.0, 20.0)
CONNECTED = signs((SignName.IDENTITY_CHANGED, 20.1, "Rina <sip:2001@pbx>"), (SignName.SSRC_CHANGED, 20.2))
PLAIN = {"greeting": (), "transfer": (), "hold_music": (), "agent_greeting": ()}


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (404, Cause.TELCO_NO_ROUTE),
        (410, Cause.TELCO_NO_ROUTE),
        (484, Cause.TELCO_NO_ROUTE),
        (604, Cause.TELCO_NO_ROUTE),
        (486, Cause.TELCO_BUSY),
        (600, Cause.TELCO_BUSY),
        (408, Cause.TELCO_NO_ANSWER),
        (480, Cause.TELCO_NO_ANSWER),
        (500, Cause.TELCO_CONGESTION),
        (503, Cause.TELCO_CONGESTION),
        (599, Cause.TELCO_CONGESTION),
        (401, Cause.TELCO_REJECTED),
        (487, Cause.TELCO_REJECTED),
        (403, Cause.TELCO_REJECTED),
        (603, Cause.TELCO_REJECTED),
        (499, Cause.TELCO_REJECTED),
    ],
)
def test_a_refusal_names_the_network_layer(code, cause):
    assert cause_of_code(code) is cause
    said = judge(call(1.5, answered_s=None, ended_s=1.4, code=code, packets=0), voice())
    assert (said.state, said.accessibility.cause, said.agent.result) == ("not_reached", cause, Result.NOT_REACHED)
    assert said.is_settled


WAITING_FOR_AN_ANSWER = [
    ({"ringing_s": 0.2}, 9.9, None),
    ({"ringing_s": 0.2}, 10.1, Cause.TELCO_NO_ANSWER),
    ({"ringing_s": None}, 9.9, None),
    ({"ringing_s": None}, 10.1, Cause.TELCO_SETUP_TIMEOUT),
    ({"ringing_s": None, "ended_s": 8.0, "code": 408, "is_local": True}, 8.1, Cause.TELCO_SETUP_TIMEOUT),
    ({"ringing_s": 0.2, "ended_s": 8.0, "code": 408, "is_local": True}, 8.1, Cause.TELCO_NO_ANSWER),
]


@pytest.mark.parametrize(("said", "now", "cause"), WAITING_FOR_AN_ANSWER)
def test_no_answer_is_settled_when_the_patience_is_over(said, now, cause):
    judgement = judge(call(now, answered_s=None, packets=0, **said), voice())
    assert judgement.is_settled is (cause is not None)
    if cause:
        assert (judgement.accessibility.result, judgement.accessibility.cause) == (Result.FAILED, cause)


ACCESS = {
    "nothing yet": (call(5.0), "answered", None),
    "no packet": (call(11.0, packets=0), "answered", Cause.MEDIA_NO_RTP),
    "packets of silence": (call(11.0, (SILENCE, 1, 11)), "answered", Cause.MEDIA_DEAD_AIR),
    "only a tone": (call(11.0, (TONE, 2, 3), (TONE, 7, 8)), "answered", Cause.MEDIA_DEAD_AIR),
    "another prompt": (call(10.3, (SPEECH, 1, 7.2)), "answered", Cause.IVR_WRONG_PROMPT),
    "another prompt, still speaking": (call(6.3, (SPEECH, 1, 6.2)), "answered", None),
    "another prompt, on and on": (call(22.0, (SPEECH, 1, 21.9)), "answered", Cause.IVR_WRONG_PROMPT),
    "another prompt, then hung up": (call(9, (SPEECH, 1, 8.5), ended_s=9), "answered", Cause.IVR_ANNOUNCEMENT_ONLY),
    "closed, without a menu": (call(5, ("closed", 1.5, 4.5)), "answered", Cause.IVR_ANNOUNCEMENT_ONLY),
    "answered with a busy tone": (call(8, *cadence(BUSY, 1.5, 6, 0.5, 0.5)), "answered", Cause.TELCO_BUSY),
    "congested": (call(6, *cadence(CONGESTION, 1.5, 5, 0.25, 0.25)), "answered", Cause.TELCO_CONGESTION),
    "packets at first only": (call(11.0, gaps=((1.5, 11.0),)), "answered", Cause.MEDIA_NO_RTP),
    "an announcement after the key": (
        pressed(9.5, (SPEECH, 5, 8.5), ended_s=9.4),
        "menu_chosen",
        Cause.IVR_ANNOUNCEMENT_ONLY,
    ),
    "an announcement again and again": (
        pressed(14.0, (SPEECH, 5, 8), Span(SPEECH, 9, 12, repeats_s=5.0)),
        "menu_chosen",
        Cause.IVR_ANNOUNCEMENT_ONLY,
    ),
    "no RTP after the key": (pressed(12.0, gaps=((4.5, 12.0),)), "ivr_heard", Cause.MEDIA_NO_RTP),
    "another prompt, too early to say": (call(4.5, (SPEECH, 1, 4)), "answered", None),
    "another prompt, late": (call(9.0, (SPEECH, 7.5, 9.0)), "answered", None),
    "music instead": (call(22.0, (MUSIC, 1, 21.9)), "answered", Cause.IVR_WRONG_PROMPT),
    "shreds": (call(10.3, (SPEECH, 1, 7.2), loss_percent=40.0), "answered", Cause.MEDIA_POOR_AUDIO),
    "hung up at once": (call(2.0, ended_s=1.9), "answered", Cause.IVR_DROPPED),
    "hung up in the greeting": (call(3.0, ("greeting", 1, 2.8), ended_s=2.9), "answered", Cause.IVR_DROPPED),
    "the greeting begins": (call(2.9, ("greeting", 1, 2.8)), "answered", None),
    "hung up before the key": (call(4.5, ("greeting", 1, 4.4), ended_s=4.4), "ivr_heard", Cause.IVR_DROPPED),
    "hung up at the key": (pressed(5.0, ended_s=4.9), "ivr_heard", Cause.IVR_DROPPED),
    "silence after the key": (pressed(11.1), "ivr_heard", Cause.IVR_MENU_IGNORED),
    "silence, still in time": (pressed(9.0), "ivr_heard", None),
    "the menu again": (
        call(20.0, ("greeting", 1, 7), ("greeting", 9, 15), keys_s=(4.0, 8.0)),
        "ivr_heard",
        Cause.IVR_MENU_IGNORED,
    ),
    "another prompt after the greeting": (
        call(20.0, ("greeting", 1, 7), (SPEECH, 13, 17), keys_s=(4.0, 8.0)),
        "ivr_heard",
        Cause.IVR_MENU_IGNORED,
    ),
}


@pytest.mark.parametrize("case", ACCESS)
def test_accessibility_fails_with_the_cause_that_the_customer_met(case):
    timeline, state, cause = ACCESS[case]
    judgement = judge(timeline, voice())
    assert judgement.state == state
    assert judgement.is_settled is (cause is not None)
    if cause:
        assert (judgement.accessibility.result, judgement.accessibility.cause) == (Result.FAILED, cause)
        assert judgement.agent.result is Result.NOT_REACHED


def test_the_key_is_wanted_once_the_greeting_is_recognised_and_not_before():
    assert not judge(call(2.9, ("greeting", 1, 2.8)), voice()).is_key_wanted
    assert judge(call(3.5, ("greeting", 1, 3.4)), voice()).is_key_wanted
    assert not judge(pressed(4.6), voice()).is_key_wanted


def test_the_key_is_pressed_again_only_after_a_greeting_that_took_no_notice():
    still_on = call(7.0, ("greeting", 1, 6.9), keys_s=(KEY,))
    over = call(8.2, ("greeting", 1, 7.0), keys_s=(KEY,))
    broken_off = call(8.2, ("greeting", 1, 4.4), keys_s=(KEY,))
    assert [judge(timeline, voice()).is_key_wanted for timeline in (still_on, over, broken_off)] == [False, True, False]


AGENT = {
    "ringback": (pressed(12.0, TRANSFER, (TONE, 8, 9)), "ringing_agent", None, None),
    "transfer heard": (pressed(7.0, TRANSFER), "queued", None, None),
    "on hold": (pressed(20.0, TRANSFER, HOLD), "queued", None, None),
    "the agent begins": (pressed(22.0, TRANSFER, HOLD, ("agent_greeting", 20.4, 21.9)), "queued", None, None),
    "the registered agent": (
        pressed(23.0, TRANSFER, HOLD, ("agent_greeting", 20.4, 22.9)),
        "agent_confirmed",
        Result.PASSED,
        None,
    ),
    "an agent at once": (pressed(8.0, ("agent_greeting", 5.0, 7.9)), "agent_confirmed", Result.PASSED, None),
    "someone speaks on": (pressed(23.0, TRANSFER, HOLD, (SPEECH, 20.6, 23.0)), "queued", None, None),
    "someone spoke and listens, but may be followed by the greeting": (
        pressed(25.5, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), (SILENCE, 23.0, 25.5)),
        "ringing_agent",
        None,
        None,
    ),
    "someone spoke and listens": (
        pressed(27.2, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), (SILENCE, 23.0, 27.2)),
        "agent_probable",
        Result.INCONCLUSIVE,
        Cause.PROBER_UNSURE,
    ),
    "one word, then somebody listens": (
        pressed(25.2, TRANSFER, HOLD, (SPEECH, 20.6, 21.1), (SILENCE, 21.1, 25.2)),
        "agent_probable",
        Result.INCONCLUSIVE,
        Cause.PROBER_UNSURE,
    ),
    "one word right after the music": (
        pressed(24.8, TRANSFER, HOLD, (SPEECH, 19.8, 20.3), (SILENCE, 20.3, 24.8)),
        "agent_probable",
        Result.INCONCLUSIVE,
        Cause.PROBER_UNSURE,
    ),
    "someone spoke and hung up": (
        pressed(23.5, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), ended_s=23.4),
        "ringing_agent",
        Result.INCONCLUSIVE,
        Cause.PROBER_UNSURE,
    ),
    "words, then a beep": (
        pressed(32.0, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), (TONE, 23.5, 23.8)),
        "ringing_agent",
        Result.FAILED,
        Cause.AGENT_NO_ANSWER,
    ),
    "words that were said before": (
        pressed(32.0, TRANSFER, HOLD, Span(SPEECH, 20.6, 23.5, repeats_s=9.0)),
        "ringing_agent",
        Result.INCONCLUSIVE,
        Cause.PROBER_UNSURE,
    ),
    "another source and name, and someone who listens": (
        pressed(25.2, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), **CONNECTED),
        "agent_confirmed",
        Result.PASSED,
        None,
    ),
    "another source and name, and a machine": (
        pressed(32.0, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), (TONE, 23.5, 23.8), **CONNECTED),
        "ringing_agent",
        Result.FAILED,
        Cause.AGENT_NO_ANSWER,
    ),
    "another source and name, still speaking": (
        pressed(23.0, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), **CONNECTED),
        "queued",
        None,
        None,
    ),
    "closed": (pressed(12.0, TRANSFER, ("closed", 8, 11)), "queued", Result.FAILED, Cause.QUEUE_CLOSED),
    "closed at once": (pressed(8.0, ("closed", 5, 8)), "menu_chosen", Result.FAILED, Cause.QUEUE_CLOSED),
    "full": (pressed(25.0, TRANSFER, HOLD, ("full", 21, 24)), "queued", Result.FAILED, Cause.QUEUE_FULL),
    "a busy tone after waiting": (
        pressed(26.0, TRANSFER, HOLD, *cadence(BUSY, 20.5, 25.5, 0.5, 0.5)),
        "queued",
        Result.FAILED,
        Cause.AGENT_NO_ANSWER,
    ),
    "back in the menu": (
        pressed(24.5, TRANSFER, HOLD, ("menu", 21, 24)),
        "queued",
        Result.FAILED,
        Cause.QUEUE_TIMEOUT,
    ),
    "no RTP after the music": (
        pressed(33.0, TRANSFER, HOLD, gaps=((20.2, 33.0),)),
        "ringing_agent",
        Result.FAILED,
        Cause.MEDIA_NO_RTP,
    ),
    "an announcement between music": (
        pressed(30.0, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), ("hold_music", 23.5, 30.0)),
        "queued",
        None,
        None,
    ),
    "a cough": (pressed(22.0, TRANSFER, HOLD, (SPEECH, 20.6, 21.2)), "queued", None, None),
    "silence after the music, and somebody came": (
        pressed(28.5, TRANSFER, HOLD, **signs((SignName.SSRC_CHANGED, 20.1))),
        "ringing_agent",
        Result.FAILED,
        Cause.AGENT_SILENT,
    ),
    "silence after the music": (
        pressed(32.5, TRANSFER, HOLD),
        "ringing_agent",
        Result.FAILED,
        Cause.AGENT_SILENT,
    ),
    "silence after the music, not long": (pressed(31.0, TRANSFER, HOLD), "ringing_agent", None, None),
    "music for ever": (
        pressed(37.5, TRANSFER, ("hold_music", 8.0, 37.4)),
        "queued",
        Result.FAILED,
        Cause.AGENT_NO_ANSWER,
    ),
    "ringback for ever": (
        pressed(39.0, TRANSFER, *[(TONE, at, at + 1) for at in range(8, 39, 5)]),
        "ringing_agent",
        Result.FAILED,
        Cause.AGENT_NO_ANSWER,
    ),
    "music and announcements for ever": (
        pressed(37.5, TRANSFER, HOLD, (SPEECH, 20.6, 24.0), ("hold_music", 25, 37.4)),
        "queued",
        Result.FAILED,
        Cause.QUEUE_TIMEOUT,
    ),
    "nothing after the transfer prompt": (
        pressed(38.0, TRANSFER),
        "queued",
        Result.FAILED,
        Cause.AGENT_NO_ANSWER,
    ),
    "speech without any waiting music": (
        pressed(44.0, TRANSFER, (SPEECH, 9, 12)),
        "queued",
        Result.INCONCLUSIVE,
        Cause.PROBER_UNSURE,
    ),
    "hung up in the queue": (pressed(15.0, TRANSFER, HOLD, ended_s=14.9), "queued", Result.FAILED, Cause.IVR_DROPPED),
}


@pytest.mark.parametrize("case", AGENT)
def test_the_agent_leg_passes_with_proof_only(case):
    timeline, state, result, cause = AGENT[case]
    judgement = judge(timeline, voice())
    assert judgement.accessibility.result is Result.PASSED
    assert judgement.state == state
    assert judgement.is_settled is (result is not None)
    if result:
        assert (judgement.agent.result, judgement.agent.cause) == (result, cause)


def test_a_probable_agent_passes_where_the_plan_says_so():
    timeline = pressed(27.2, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), (SILENCE, 23.0, 27.2))
    judgement = judge(timeline, voice(is_probable_enough=True))
    assert (judgement.state, judgement.agent.result, judgement.is_settled) == ("agent_probable", Result.PASSED, True)


def test_a_late_greeting_fails_accessibility_though_an_agent_answered():
    timeline = call(
        26.0, ("greeting", 7.5, 10.0), ("transfer", 11, 14), HOLD, ("agent_greeting", 20.4, 23.0), keys_s=(10.2,)
    )
    judgement = judge(timeline, voice())
    assert judgement.accessibility.cause is Cause.IVR_LATE_GREETING
    assert judgement.agent.result is Result.PASSED


def test_without_registered_prompts_speech_and_music_are_enough_and_it_says_that_it_is_less_sure():
    timeline = call(25.5, (SPEECH, 1, 7.5), (MUSIC, 8, 20), (SPEECH, 20.6, 23.0), (SILENCE, 23.0, 25.5), keys_s=(KEY,))
    judgement = judge(timeline, voice(**PLAIN))
    assert (judgement.state, judgement.accessibility.result) == ("agent_probable", Result.PASSED)
    assert {"greeting_not_registered", "agent_greeting_not_registered"} <= {one.name for one in judgement.findings}


def test_without_a_registered_greeting_speech_that_goes_on_after_the_key_is_our_doubt_not_the_menus_fault():
    judgement = judge(call(12.0, (SPEECH, 1, 12), keys_s=(KEY,)), voice(**PLAIN))
    assert judgement.accessibility.cause is Cause.PROBER_UNSURE
    silent = judge(call(12.0, (SPEECH, 1, 4), (SILENCE, 4, 12), keys_s=(KEY,)), voice(**PLAIN))
    assert silent.accessibility.cause is Cause.IVR_MENU_IGNORED


def test_without_a_registered_greeting_a_sound_that_is_no_speech_is_our_doubt():
    judgement = judge(call(11.0, (MUSIC, 1, 11)), voice(**PLAIN))
    assert (judgement.is_settled, judgement.accessibility.cause) == (True, Cause.PROBER_UNSURE)


def test_a_prompt_that_breaks_off_at_the_key_for_other_words_is_a_menu_that_works():
    judgement = judge(call(9.0, ("greeting", 1, 4.4), (SPEECH, 5, 8), keys_s=(KEY,)), voice())
    assert (judgement.state, judgement.accessibility.result) == ("menu_chosen", Result.PASSED)


def test_findings_tell_the_second_in_the_recording_and_speak_for_or_against():
    timeline = pressed(25.5, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), (SILENCE, 23.0, 25.5))
    judgement = explain(judge(timeline, voice()), timeline, voice())
    found = {finding.name: finding for finding in judgement.findings}
    assert found["hold_music_matched"].at_s == pytest.approx(HOLD[1] - ANSWERED)
    assert found["hold_music_ended"].is_for
    assert found["unknown_speech_heard"].is_for
    early = call(6.2, (SPEECH, 1, 6))
    assert not explain(judge(early, voice()), early, voice()).findings[0].is_for


def test_milestones_come_in_order_and_only_after_the_key():
    timeline = pressed(23.0, TRANSFER, HOLD, ("agent_greeting", 20.4, 22.9))
    names = [name for name, _ in judge(timeline, voice()).milestones]
    assert names == ["greeting_heard", "transfer_heard", "hold_music_heard", "agent_heard"]


def test_the_figures_are_those_of_the_call_and_only_what_was_measured():
    timeline = pressed(23.0, TRANSFER, HOLD, ("agent_greeting", 20.4, 22.9), loss_percent=1.0, jitter_ms=3.0)
    figures = measures_of(timeline, voice())
    assert figures["post_dial_delay_s"] == 0.2
    assert figures["greeting_delay_s"] == 0
    assert figures["menu_response_s"] == 0.5
    assert figures["queue_wait_s"] == pytest.approx(15.5)
    assert figures["agent_answer_s"] == pytest.approx(16.4)
    assert 4 < figures["mos"] < 4.4
    assert measures_of(call(2.0, answered_s=None, ringing_s=None, packets=0), voice()) == {}


AGREED = {
    "key": ({"agent_key": "1"}, (SignName.DIGIT_HEARD, 21.0, "1"), "agent_key_heard"),
    "tone": ({"agent_tone_hz": 1004}, (SignName.TONE_HEARD, 21.0, "1004"), "agent_tone_heard"),
    "event": (
        {"ami": {"host": "pbx", "username": "sambung", "secret": "file:ami"}},
        (SignName.AGENT_CONNECTED, 20.2, "queue 600 member SIP/rina"),
        "agent_event_heard",
    ),
}


@pytest.mark.parametrize("way", AGREED)
def test_what_was_agreed_is_proof_and_nothing_else_is(way):
    agreed, sign, name = AGREED[way]
    heard = (TRANSFER, HOLD, (SPEECH, 20.6, 21.4))
    judgement = judge(pressed(21.5, *heard, **signs(sign)), voice(**agreed))
    assert (judgement.state, judgement.agent.result, judgement.is_settled) == ("agent_confirmed", Result.PASSED, True)
    assert name in {finding.name for finding in judgement.findings if finding.is_for}
    for not_agreed in (
        judge(pressed(21.5, *heard, **signs(sign)), voice()),
        judge(pressed(21.5, *heard, **signs((sign[0], 2.0, *sign[2:]))), voice(**agreed)),
        judge(pressed(21.5, *heard), voice(**agreed)),
    ):
        assert not not_agreed.is_settled


def test_another_key_than_the_agreed_one_proves_nothing():
    timeline = pressed(21.5, TRANSFER, HOLD, **signs((SignName.DIGIT_HEARD, 21.0, "2")))
    assert not judge(timeline, voice(agent_key="1")).is_settled


def test_an_event_of_the_exchange_without_a_voice_is_a_silent_agent():
    agreed, sign, _ = AGREED["event"]
    judgement = judge(pressed(28.6, TRANSFER, HOLD, **signs(sign)), voice(**agreed))
    assert judgement.agent.cause is Cause.AGENT_SILENT


CHALLENGE = {"is_challenge": True, "announcement": "ask.wav", "agent_greeting": ()}
ASKED = signs((SignName.ANNOUNCED, 25.2), (SignName.ANNOUNCEMENT_ENDED, 28.0))
SPOKE = (TRANSFER, HOLD, (SPEECH, 20.6, 23.0))


def test_a_probable_agent_is_asked_and_an_answer_is_proof():
    asked = judge(pressed(25.2, *SPOKE), voice(**CHALLENGE))
    assert (asked.state, asked.is_announcement_wanted, asked.is_settled) == ("agent_probable", True, False)
    waiting = judge(pressed(31.0, *SPOKE, **ASKED), voice(**CHALLENGE))
    assert not waiting.is_settled
    answered = judge(pressed(31.8, *SPOKE, (SPEECH, 29.5, 30.4), **ASKED), voice(**CHALLENGE))
    assert (answered.state, answered.agent.result) == ("agent_confirmed", Result.PASSED)
    assert "challenge_answered" in {finding.name for finding in answered.findings}


@pytest.mark.parametrize(
    "instead",
    [
        ((SILENCE, 28.0, 40.0),),
        ((SPEECH, 37.0, 39.0),),
        (Span(SPEECH, 29.5, 31.9, repeats_s=20.6),),
    ],
    ids=["nothing", "too late", "the same again"],
)
def test_a_question_without_an_answer_proves_nothing(instead):
    judgement = judge(pressed(44.0, *SPOKE, *instead, **ASKED), voice(**CHALLENGE))
    assert judgement.is_settled
    assert (judgement.agent.result, judgement.agent.cause) == (Result.INCONCLUSIVE, Cause.PROBER_UNSURE)


def test_who_does_not_speak_first_is_asked_and_may_answer():
    quiet = judge(pressed(24.5, TRANSFER, HOLD), voice(**CHALLENGE))
    assert (quiet.is_announcement_wanted, quiet.is_settled) == (True, False)
    asked = judge(pressed(29.0, TRANSFER, HOLD, **ASKED), voice(**CHALLENGE))
    assert (asked.is_announcement_wanted, asked.is_settled) == (False, False)
    answered = judge(pressed(31.8, TRANSFER, HOLD, (SPEECH, 29.5, 30.4), **ASKED), voice(**CHALLENGE))
    assert (answered.state, answered.agent.result) == ("agent_confirmed", Result.PASSED)
    silent = judge(pressed(40.5, TRANSFER, HOLD, **ASKED), voice(**CHALLENGE))
    assert silent.agent.cause is Cause.AGENT_SILENT


def test_music_after_the_question_means_that_it_was_an_announcement():
    timeline = pressed(34.0, *SPOKE, (SPEECH, 29.0, 30.0), ("hold_music", 30.5, 34.0), **ASKED)
    judgement = judge(timeline, voice(**CHALLENGE, agent_within_s=60))
    assert (judgement.state, judgement.is_settled) == ("queued", False)


def test_who_calls_out_again_is_more_likely_a_person():
    once = judge(pressed(25.3, TRANSFER, (SPEECH, 20.6, 21.4)), voice(agent_greeting=()))
    again = judge(pressed(26.5, TRANSFER, (SPEECH, 20.6, 21.4), (SPEECH, 23.4, 24.2)), voice(agent_greeting=()))
    assert [judgement.state for judgement in (once, again)] == ["queued", "agent_probable"]
    found = {finding.name: finding.is_for for finding in again.findings}
    assert (found["agent_spoke_again"], found["no_waiting_before"]) == (True, False)


def test_every_piece_of_evidence_for_or_against_an_agent_tells_its_weight():
    judgement = judge(pressed(27.2, TRANSFER, HOLD, (SPEECH, 20.6, 23.0), **CONNECTED), voice())
    weighed = {finding.name: finding.note for finding in judgement.findings if "weight" in finding.note}
    assert set(weighed) == {"hold_music_ended", "waits_for_answer", "waits_on", "identity_changed", "ssrc_changed"}
    assert "Rina <sip:2001@pbx>" in weighed["identity_changed"]


def test_a_busy_or_congestion_tone_before_any_answer_names_the_network():
    for kind, beat, cause in ((BUSY, 0.5, Cause.TELCO_BUSY), (CONGESTION, 0.25, Cause.TELCO_CONGESTION)):
        timeline = call(7.0, *cadence(kind, 1, 6.5, beat, beat), answered_s=None, recording_s=0.8)
        assert judge(timeline, voice()).accessibility.cause is cause
    ringing = call(7.0, *cadence(RINGBACK, 1, 6.5, 1, 4), answered_s=None, recording_s=0.8)
    assert not judge(ringing, voice()).is_settled


def test_a_silent_agent_is_shown_by_the_silence():
    judgement = judge(pressed(32.5, TRANSFER, HOLD), voice())
    (silence,) = [finding for finding in judgement.findings if finding.name == "nobody_spoke"]
    assert (silence.is_for, silence.at_s) == (False, pytest.approx(HOLD[2] - ANSWERED))


def test_a_call_that_ends_before_its_answer_was_rejected():
    judgement = judge(call(0.7, answered_s=None, ended_s=0.6, code=200, packets=0), voice())
    assert judgement.accessibility.cause is Cause.TELCO_REJECTED
    assert "before it had answered" in judgement.accessibility.note


def test_a_redirection_is_not_followed_and_named():
    moved = signs((SignName.REDIRECTED, 0.5, "sip:1500600@elsewhere"))
    judgement = judge(call(0.7, answered_s=None, ended_s=0.6, code=302, packets=0, **moved), voice())
    assert (judgement.accessibility.cause, judgement.is_settled) == (Cause.TELCO_REJECTED, True)
    assert "sip:1500600@elsewhere" in judgement.accessibility.note


def test_an_answer_in_shreds_is_poor_audio_though_all_was_recognised():
    timeline = pressed(23.0, TRANSFER, HOLD, ("agent_greeting", 20.4, 22.9), loss_percent=25.0)
    judgement = judge(timeline, voice())
    assert (judgement.accessibility.cause, judgement.agent.result) == (Cause.MEDIA_POOR_AUDIO, Result.PASSED)


SPANS = st.lists(
    st.tuples(
        st.sampled_from(
            [SPEECH, MUSIC, TONE, BUSY, RINGBACK, "greeting", "menu", "transfer", "hold_music", "queue", "closed"]
        ),
        st.floats(0, 40),
        st.floats(0.1, 9),
    ),
    max_size=12,
)


@given(SPANS, st.lists(st.floats(2, 40), max_size=2), st.floats(0, 80), st.booleans(), st.booleans())
def test_without_the_registered_agent_or_a_plan_that_trusts_less_nothing_passes(heard, keys, now, has_ended, is_up):
    said = {"keys_s": tuple(sorted(keys)), "answered_s": ANSWERED if is_up else None}
    if has_ended:
        said["ended_s"] = now
    timeline = call(now, *[(what, start, start + length) for what, start, length in heard], **said)
    judgement = judge(timeline, voice())
    assert judgement.agent.result is not Result.PASSED
    assert judgement.is_settled or not has_ended
    if judgement.accessibility.result is Result.FAILED:
        assert judgement.accessibility.cause
        assert not judgement.accessibility.cause.is_ours


def test_a_call_without_anything_is_no_verdict():
    judgement = judge(Call(0.0), voice())
    assert (judgement.is_settled, judgement.is_key_wanted, judgement.findings) == (False, False, ())


def test_early_media_of_a_call_that_nobody_answers_is_a_finding():
    spans, matches = (Span(SPEECH, 1.0, 6.0),), (Match("greeting", 1, 3, 0, 2, 6, 0.9),)
    timeline = Call(11.0, Signalling(ringing_s=0.2, recording_s=0.5), spans, matches, 11.0)
    judgement = judge(timeline, voice())
    assert judgement.accessibility.cause is Cause.TELCO_NO_ANSWER
    assert [finding.name for finding in judgement.findings] == ["early_media_heard"]
