from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voice.sounds import hear, prompt, tone

from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.memory.hindsight import call_heard, known_at, ticks
from probe_runner.voice.timeline import Sign, Signalling, SignName

END = 21.0
SAID = Signalling(
    ringing_s=0.5,
    answered_s=1.0,
    ended_s=20.0,
    code=486,
    reason="Busy",
    is_local=True,
    recording_s=1.0,
    packets=900,
    loss_percent=2.0,
    jitter_ms=5.0,
    keys_s=(4.0, 9.0),
    signs=(Sign(SignName.HELD, 5.0), Sign(SignName.RESUMED, 7.0)),
    gaps=((5.0, 6.0),),
    codec="PCMU",
)


def test_before_anything_happened_nothing_is_known() -> None:
    assert known_at(SAID, 0.2, END) == Signalling()


def test_at_the_end_everything_is_known() -> None:
    assert known_at(SAID, END, END) == SAID


def test_in_between_only_what_had_happened_is_known() -> None:
    said = known_at(SAID, 5.5, END)
    assert (said.ringing_s, said.answered_s, said.recording_s, said.ended_s) == (0.5, 1.0, 1.0, None)
    assert (said.code, said.reason, said.is_local) == (200, "", False)
    assert (said.keys_s, said.gaps, said.codec) == ((4.0,), ((5.0, 5.5),), "PCMU")
    assert [sign.name for sign in said.signs] == ["held"]


@pytest.mark.parametrize(("at_s", "packets"), [(1.0, 0), (3.0, 100), (5.0, 200), (5.5, 200), (7.0, 250), (20.0, 900)])
def test_packets_come_evenly_except_in_gaps(at_s: float, packets: int) -> None:
    assert known_at(SAID, at_s, END).packets == packets


def test_a_call_without_any_packet_never_has_one() -> None:
    none = replace(SAID, packets=0, gaps=((1.0, 20.0),))
    assert {known_at(none, at_s, END).packets for at_s in (1.0, 10.0, END)} == {0}


@given(st.floats(0, END), st.floats(0, END))
def test_what_is_known_only_grows(one: float, other: float) -> None:
    before, after = (known_at(SAID, at_s, END) for at_s in sorted((one, other)))
    assert before.packets <= after.packets
    assert before.signs == after.signs[: len(before.signs)]
    assert before.keys_s == after.keys_s[: len(before.keys_s)]
    assert all(getattr(before, name) in {None, getattr(after, name)} for name in ("ringing_s", "answered_s", "ended_s"))


def test_there_is_a_tick_every_fifth_of_a_second_and_one_at_the_end() -> None:
    assert list(ticks(0.5)) == pytest.approx([0.2, 0.4, 0.5])
    assert list(ticks(0.0)) == []


def test_which_tones_were_heard_is_the_ears_own_word() -> None:
    stored = replace(SAID, signs=(*SAID.signs, Sign(SignName.TONE_HEARD, 8.0, "1400")))
    ear = Ear((), None, 1_000.0)
    ear.hear(tone(2, 1_000.0))
    signs = call_heard(ear, stored, 9.0).signs(SignName.TONE_HEARD)
    assert [(sign.note, sign.at_s < 3) for sign in signs] == [("1000", True)]


def test_what_an_ear_heard_is_told_in_the_calls_seconds() -> None:
    ear = hear(prompt("greeting"), "greeting")
    call = call_heard(ear, replace(SAID, recording_s=3.0), 9.0)
    assert call.spans[0].start_s == pytest.approx(ear.spans[0].start_s + 3)
    assert call.matches[0].start_s == pytest.approx(ear.matches[0].start_s + 3)
    assert call.heard_until_s == pytest.approx(ear.heard_until_s + 3)
    assert (call.now_s, call.signalling.recording_s) == (9.0, 3.0)
