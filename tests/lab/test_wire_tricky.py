"""What the healthy but tricky behaviours put on the wire, seen by a caller on bare sockets."""

from __future__ import annotations

import re

import pytest
from lab.wire import WireCall, length
from lab.wire_orders import TOLD_AT

Calls = dict[str, WireCall]


@pytest.mark.parametrize(("fault", "frequency"), [("early-media", 425), ("early-announcement", None)])
def test_early_media_comes_before_the_answer_and_from_another_source(
    wire: Calls, fault: str, frequency: int | None
) -> None:
    call = wire[fault]
    assert call.codes == [183, 200]
    assert len(call.sources) == 2
    assert call.packets[0].at < call.answered_at
    if frequency:
        assert call.strength(frequency, 0, call.answered_at) > 0.8
        assert call.cadence(0, call.answered_at)[1] == pytest.approx(4.0, abs=0.1)
    else:
        assert call.at("connecting") + length("connecting") < call.answered_at
    assert call.at("transfer") > call.answered_at


def test_early_media_and_answer_describe_the_same_session(wire: Calls) -> None:
    call = wire["early-media"]
    bodies = [call.response(code).partition("\r\n\r\n")[2] for code in (183, 200)]
    assert "m=audio" in bodies[0]
    assert bodies[0] == bodies[1]


def test_gap_sends_nothing_while_the_menu_waits_and_all_the_rest(wire: Calls) -> None:
    call = wire["gap"]
    assert call.at("greeting") is not None
    assert call.longest_gap() > 1.5
    assert call.at("transfer") > call.at("greeting") + length("greeting") + 1.5


def test_the_session_timer_is_agreed_and_refreshed(wire: Calls) -> None:
    call = wire["session-timer"]
    assert "\r\nSession-Expires: 90;refresher=uas\r\n" in call.response(200)
    refreshes = [text for _, text in call.requests("UPDATE")]
    assert len(refreshes) >= 3
    assert all("\r\nSession-Expires: 90;refresher=uac\r\n" in text for text in refreshes)
    assert call.at("agent") is not None


def test_in_band_only_offers_no_key_events_and_hears_tones(wire: Calls) -> None:
    call = wire["in-band-dtmf-only"]
    described = [text for _, text in call.messages if "m=audio" in text]
    assert described
    assert not any("telephone-event" in text for text in described)
    assert call.at("transfer") < call.at("agent")


def test_in_band_only_hears_no_key_events(wire: Calls) -> None:
    assert wire["key by event"].at("greeting") is not None
    assert wire["key by event"].at("transfer") is None


def test_queue_then_agent_announces_twice_and_then_the_agent_speaks(wire: Calls) -> None:
    call = wire["queue-then-agent"]
    assert call.times("queue") == 2
    assert call.begins("agent") > call.at("queue") + length("queue")  # either of the two is found


@pytest.mark.parametrize(("fault", "method"), [("agent-via-reinvite", "INVITE"), ("agent-via-update", "UPDATE")])
def test_the_agents_identity_comes_with_a_request_and_the_sound_from_a_new_source(
    wire: Calls, fault: str, method: str
) -> None:
    call = wire[fault]
    named = [(at, text) for at, text in call.requests(method) if "P-Asserted-Identity" in text]
    [(at, text)] = named
    assert '\r\nP-Asserted-Identity: "Rina" <sip:2101@127.0.0.1>\r\n' in text
    assert ("a=sendrecv" in text) == (method == "INVITE")
    assert len(call.sources) == 2
    first_new = next(packet.at for packet in call.packets if packet.source == call.sources[1])
    assert at - 0.1 < first_new < call.at("agent") + 0.1


@pytest.mark.parametrize("fault", ["agent-via-reinvite", "agent-via-update", "session-timer", "agent-holds"])
def test_every_request_of_a_call_has_a_higher_number_than_the_last(wire: Calls, fault: str) -> None:
    requests = [re.search(r"^CSeq: (\d+) (\w+)", text, re.MULTILINE) for _, text in wire[fault].requests("")]
    numbers = [int(match[1]) for match in requests if match and match[2] != "ACK"]
    assert len(numbers) > 1
    assert numbers == sorted(set(numbers))


def test_a_refused_refer_leaves_the_agent_on_the_line(wire: Calls) -> None:
    call = wire["refers"]
    [(at, text)] = call.requests("REFER")
    assert re.search(r"^Refer-To: <?sip:petugas@127\.0\.0\.1:\d+", text, re.MULTILINE)
    assert call.begins("agent") > at


def test_the_agents_extension_answers_and_speaks(wire: Calls) -> None:
    assert wire["extension"].codes == [180, 200]
    assert wire["extension"].share("agent") > 0.8


def test_an_accepted_refer_that_never_calls_leaves_the_agent_on_the_line(wire: Calls) -> None:
    call = wire["refer accepted"]
    [(at, _)] = call.requests("REFER")
    assert call.begins("agent") > at + 4


def test_another_agent_says_other_words(wire: Calls) -> None:
    assert wire["agent-unknown"].share("agent-two") > 0.5
    assert wire["agent-unknown"].share("agent") < 0.3


def test_an_agent_may_say_one_word(wire: Calls) -> None:
    call = wire["agent-says-hello"]
    word = call.at("hello")
    assert word > call.at("transfer")
    assert call.loudness(word + length("hello") + 0.3, 12.5) < 20


def test_the_agent_presses_a_key_when_the_caller_has_spoken(wire: Calls) -> None:
    call = wire["agent-presses-key"]
    assert call.keys == [5]
    pressed = next(packet.at for packet in call.packets if packet.kind == 101)
    assert pressed > call.answered_at + TOLD_AT + 1


def test_the_agent_presses_a_key_also_untold(wire: Calls) -> None:
    assert wire["nobody told"].keys == [5]


def test_the_agent_answers_a_challenge_and_nothing_else(wire: Calls) -> None:
    call, unasked = wire["agent-answers-challenge"], wire["nobody asked"]
    assert call.begins("agent-two") > call.answered_at + TOLD_AT + 1
    assert call.loudness(call.answered_at + TOLD_AT - 0.8, call.answered_at + TOLD_AT) < 20
    assert unasked.share("agent-two") < 0.2
    assert unasked.loudness(17, 18.5) < 20


def test_the_agents_tone_is_one_second_of_1004_hertz(wire: Calls) -> None:
    call = wire["agent-tone"]
    at = call.at("milliwatt")
    assert call.strength(1004, at, at + 1) > 0.95
    assert call.loudness(at + 1.2, 12.5) < 20


def test_the_agent_holds_the_call_and_comes_back(wire: Calls) -> None:
    call = wire["agent-holds"]
    turns = [(at, text) for at, text in call.requests("INVITE") if at > call.at("agent")]
    ways = [re.search(r"^a=(send\w+)", text, re.MULTILINE).group(1) for _, text in turns]
    assert ways == ["sendonly", "sendrecv"]
    (held, _), (back, _) = turns
    assert call.loudness(held + 0.5, back - 0.5) > 500
    assert call.begins("agent-two") > back - 0.5


def test_an_announcement_like_an_agent_is_followed_by_music_for_ever(wire: Calls) -> None:
    call = wire["announcement-like-agent"]
    after = call.at("like-agent") + length("like-agent")
    assert call.times("like-agent") == 1
    assert call.loudness(after + 0.5, 18.5) > 500
    assert not call.is_ended_by_far_end
