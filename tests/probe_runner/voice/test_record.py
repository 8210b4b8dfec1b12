from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voice.calls import voice
from voice.sounds import prompt, silence

from probe_runner.voice.ear.sound import RATE, Kind
from probe_runner.voice.record import LARGEST, LONGEST_S, Record, TimelineRefused, peaks_of, read_timeline, timeline_of
from probe_runner.voice.timeline import Call, Loudness, Match, Sign, Signalling, SignName, Span

SIGNALLING = Signalling(
    ringing_s=0.2,
    answered_s=1.0,
    ended_s=29.5,
    code=200,
    reason="OK",
    recording_s=1.1,
    packets=1400,
    loss_percent=0.5,
    jitter_ms=2.25,
    keys_s=(4.0, 9.0),
    signs=(Sign(SignName.SSRC_CHANGED, 12.0), Sign(SignName.AGENT_CONNECTED, 12.5, "support, agent 7")),
    gaps=((2.0, 2.5),),
    codec="PCMA",
)
CALL = Call(
    30.0,
    SIGNALLING,
    (Span(Kind.SPEECH, 1.1, 4.0, 0.8), Span(Kind.MUSIC, 5.0, 12.0, 1.0, 2.0)),
    (Match("hold_music", 5.0, 12.0, 0.5, 7.5, 8.0, 0.91, "sounds/hold.wav"),),
    29.9,
    Loudness(-21.5, 0.1),
)
MILESTONES = (("greeting_heard", 1.1), ("hold_music_heard", 5.0))
EXPECTED: dict[str, Any] = {
    "press": "9",
    "thresholds": {"mos": {"warning": 4, "critical": 3}},
    "ami": {"host": "pbx", "username": "sambung", "secret": "env:AMI_SECRET"},
}


def kept(**more: Any) -> dict[str, Any]:
    body = json.loads(timeline_of(CALL, voice(), MILESTONES, prompt("greeting")))
    return {**body, **more}


def refusal(**more: Any) -> str:
    with pytest.raises(TimelineRefused) as refused:
        read_timeline(json.dumps(kept(**more)).encode())
    return str(refused.value)


def test_a_call_comes_back_as_it_was_kept() -> None:
    expected = voice(**EXPECTED)
    record = read_timeline(timeline_of(CALL, expected, MILESTONES, silence(1)))
    assert (record.call, record.voice, record.milestones) == (CALL, expected, MILESTONES)


def test_it_has_the_agreed_shape() -> None:
    body = kept()
    assert (body["version"], body["now_s"], body["recording_s"], body["heard_until_s"]) == (1, 30.0, 1.1, 29.9)
    assert body["peaks"]["per_s"] == 25
    assert body["spans"][1] == {"kind": "music", "start_s": 5.0, "end_s": 12.0, "sureness": 1.0, "repeats_s": 2.0}
    assert set(body["matches"][0]) == {field.name for field in fields(Match)}
    assert set(body["signalling"]) == {field.name for field in fields(Signalling)}
    assert body["signalling"]["signs"][1] == {"name": "agent_connected", "at_s": 12.5, "note": "support, agent 7"}
    assert body["voice"]["greeting"] == ["greeting.wav"]
    assert body["milestones"] == [["greeting_heard", 1.1], ["hold_music_heard", 5.0]]
    assert set(body["loudness"]) == {"speech_dbfs", "clipped_percent"}


def test_the_secret_of_a_target_is_only_named() -> None:
    assert kept()["voice"]["ami"] is None
    assert b'"secret":"env:AMI_SECRET"' in timeline_of(CALL, voice(**EXPECTED), (), silence(1))


def test_what_a_later_version_adds_is_left_alone() -> None:
    body = kept(colour="blue")
    body["spans"][0]["colour"] = body["signalling"]["colour"] = body["voice"]["colour"] = "blue"
    body["voice"]["thresholds"] = {"mos": {"warning": 4, "critical": 3, "colour": 1}}
    body["voice"]["ami"] = {**EXPECTED["ami"], "colour": "blue"}
    assert read_timeline(json.dumps(body).encode()).call == CALL


def test_what_no_call_has_is_refused_with_its_place() -> None:
    assert refusal(version=2).startswith("version: ")
    assert refusal(now_s=-1).startswith("now_s: ")
    assert refusal(now_s=LONGEST_S + 1).startswith("now_s: ")
    assert refusal(spans=[{"kind": "noise", "start_s": 0, "end_s": 1}]).startswith("spans.0.kind: ")
    assert refusal(spans=[{"kind": "music", "start_s": 0, "end_s": 1e9}]).endswith("a second outside 0 to 3600")
    assert refusal(signalling={"keys_s": [0.0] * 6_000}).endswith("more was signalled than in any call")
    assert refusal(voice={"press": "nine"}).startswith("voice.press: ")
    assert refusal(peaks={"per_s": 25, "values": [101]}).startswith("peaks.values.0: ")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\x00", b'{"now_s": NaN, "voice": {"press": "9"}}'])
def test_what_is_no_timeline_is_refused(data: bytes) -> None:
    with pytest.raises(TimelineRefused):
        read_timeline(data)


def test_what_is_too_large_is_not_even_parsed() -> None:
    with pytest.raises(TimelineRefused, match="at most"):
        read_timeline(b" " * (LARGEST + 1))


def test_the_peaks_are_the_highest_samples_of_each_25th_of_a_second() -> None:
    samples = silence(0.1)
    samples[0], samples[319], samples[320], samples[799] = 0.1, -0.5, 0.25, 1.5
    assert peaks_of(samples) == (50, 25, 100)
    assert peaks_of(silence(0)) == ()


@given(st.integers(0, 3 * RATE))
def test_there_are_25_peaks_for_each_second(count: int) -> None:
    assert len(peaks_of(np.ones(count, np.float32))) == -(-count // (RATE // 25))


JSON = st.recursive(
    st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


def outcome_of(data: bytes) -> Record | str:
    try:
        return read_timeline(data)
    except TimelineRefused as refused:
        return str(refused)


@given(JSON)
def test_any_json_is_a_record_or_a_refusal(body: Any) -> None:
    for given_body in (body, kept(signalling=body), kept(spans=body), kept(voice=body)):
        assert outcome_of(json.dumps(given_body).encode())
