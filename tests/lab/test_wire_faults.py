"""What each fault puts on the wire, seen by a caller on bare sockets."""

from __future__ import annotations

import pytest
from lab.wire import WireCall, length
from lab.wire_orders import ORDERS

from sambung.lab.exchange import SPARE
from sambung.lab.faults import VOICE_FAULTS

Calls = dict[str, WireCall]


def test_every_voice_fault_is_called() -> None:
    assert ORDERS.keys() == VOICE_FAULTS.keys()


def test_a_healthy_call_is_answered_and_loses_nothing(wire: Calls) -> None:
    call = wire["none"]
    assert call.codes == [180, 200]
    assert call.at("transfer") < call.at("agent")
    assert (len(call.sources), call.lost()) == (1, 0)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("unreachable", 404),
        ("busy", 486),
        ("congestion", 503),
        ("unavailable", 480),
        ("forbidden", 403),
        ("declined", 603),
    ],
)
def test_a_refusal_is_one_final_answer_and_no_sound(wire: Calls, fault: str, code: int) -> None:
    assert wire[fault].codes == [code]
    assert wire[fault].packets == []


def test_redirected_names_a_number_that_is_healthy(wire: Calls) -> None:
    assert wire["redirected"].codes == [302]
    assert f"\r\nContact: <sip:{SPARE}@127.0.0.1:" in wire["redirected"].response(302)
    assert wire["spare"].codes == [180, 200]
    assert wire["spare"].share("transfer") > 0.3


def test_swallowed_is_no_answer_at_all(wire: Calls) -> None:
    assert wire["swallowed"].messages == []


def test_trying_only_says_nothing_more_until_it_is_cancelled(wire: Calls) -> None:
    assert wire["trying-only"].codes == [100, 487]


def test_rings_for_ever_rings_without_sound_until_it_is_cancelled(wire: Calls) -> None:
    assert wire["rings-for-ever"].codes == [180, 487]
    assert wire["rings-for-ever"].packets == []


def test_congestion_tone_is_early_media_and_never_a_final_answer(wire: Calls) -> None:
    call = wire["congestion-tone"]
    assert call.codes == [183, 487]
    assert "m=audio" in call.response(183)
    assert call.cadence(1, 5) == pytest.approx((0.25, 0.25), abs=0.05)
    assert call.strength(425, 1, 5) > 0.8


def test_busy_tone_comes_after_the_answer(wire: Calls) -> None:
    call = wire["busy-tone"]
    assert call.codes == [180, 200]
    assert call.cadence(call.answered_at + 1, 5.5) == pytest.approx((0.5, 0.5), abs=0.05)
    assert call.strength(425, call.answered_at + 1, 5.5) > 0.8


def test_no_rtp_answers_and_sends_no_packet(wire: Calls) -> None:
    assert wire["no-rtp"].codes == [180, 200]
    assert wire["no-rtp"].packets == []


def test_dead_air_sends_packets_of_silence(wire: Calls) -> None:
    assert wire["dead-air"].codes == [180, 200]
    assert len(wire["dead-air"].packets) > 100
    assert wire["dead-air"].loudness(0, 4) < 20


def test_poor_audio_loses_and_delays_packets_of_a_call_that_goes_well(wire: Calls) -> None:
    call = wire["poor-audio"]
    assert 0.2 < call.lost() < 0.4
    assert call.jitter_ms() > 15
    assert call.at("agent") is not None


def test_wrong_prompt_is_another_recording(wire: Calls) -> None:
    assert wire["wrong-prompt"].share("wrong-prompt") > 0.5
    assert wire["wrong-prompt"].share("greeting") < 0.3


def test_late_greeting_is_preceded_by_silence(wire: Calls) -> None:
    call = wire["late-greeting"]
    assert call.at("greeting") > call.answered_at + 9.5
    assert call.loudness(0, call.at("greeting") - 0.1) < 20


def test_ignores_dtmf_plays_its_greeting_to_the_end(wire: Calls) -> None:
    assert wire["ignores-dtmf"].at("greeting") is not None
    assert wire["ignores-dtmf"].at("transfer") is None


def test_drops_mid_greeting_hangs_up_within_it(wire: Calls) -> None:
    call = wire["drops-mid-greeting"]
    assert call.is_ended_by_far_end
    assert 0 < call.share("greeting") < 0.5


def test_drops_after_key_hangs_up_at_the_key(wire: Calls) -> None:
    call = wire["drops-after-key"]
    assert call.is_ended_by_far_end
    assert call.ended_at > call.answered_at + 0.8
    assert call.share("transfer") < 0.3


@pytest.mark.parametrize(
    ("fault", "prompt"), [("maintenance", "maintenance"), ("closed", "closed"), ("queue-full", "full")]
)
def test_an_announcement_is_played_to_its_end_and_then_hung_up(wire: Calls, fault: str, prompt: str) -> None:
    call = wire[fault]
    assert call.is_ended_by_far_end
    assert call.ended_at > call.at(prompt) + length(prompt) - 0.3
    assert call.at("transfer") is None


def test_maintenance_after_key_goes_round_and_round(wire: Calls) -> None:
    call = wire["maintenance-after-key"]
    assert call.times("maintenance") >= 2
    assert not call.is_ended_by_far_end


def test_queue_for_ever_announces_again_and_again_with_music_between(wire: Calls) -> None:
    call = wire["queue-for-ever"]
    assert call.times("queue") >= 2
    assert call.share("hold") > 0
    assert call.at("agent") is None
    assert not call.is_ended_by_far_end


def test_no_agent_plays_music_to_the_end(wire: Calls) -> None:
    call = wire["no-agent"]
    assert call.share("hold") > 0.8
    assert call.at("agent") is None


def test_agent_rings_plays_the_ringback_tone_after_the_transfer(wire: Calls) -> None:
    call = wire["agent-rings"]
    after = call.at("transfer") + length("transfer") + 0.2
    assert call.cadence(after, 15.5) == pytest.approx((1.0, 4.0), abs=0.3)
    assert call.strength(425, after, 15.5) > 0.8


def test_agent_silent_ends_the_music_and_sends_silence(wire: Calls) -> None:
    call = wire["agent-silent"]
    assert call.at("agent") is None
    assert call.loudness(11, 12.5) < 20
    assert not call.is_ended_by_far_end
