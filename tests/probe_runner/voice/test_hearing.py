from __future__ import annotations

import numpy as np
import pytest
from voice.sounds import companded, hear, noisy, prompt, silence, slipping, tone

from probe_runner.voice.ear.hearing import Ear, UselessReferenceError, reference_of
from probe_runner.voice.ear.sound import Kind, mos_of
from probe_runner.voice.timeline import Loudness

ALL = ("greeting", "transfer", "hold", "agent")
LINES = {
    "as it is": lambda sound: sound,
    "through G.711": companded,
    "quiet, through G.711": lambda sound: companded(0.2 * sound),
    "noisy": lambda sound: companded(noisy(0.5 * sound, 0.002)),
    "slipping": lambda sound: companded(slipping(0.5 * sound, 1.0)),
    "slipping often": lambda sound: companded(slipping(sound, 0.5)),
}


def kinds(ear):
    return {span.kind for span in ear.spans}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", ALL)
def test_a_prompt_is_recognised_over_a_bad_line(line, name):
    sound = LINES[line](np.concatenate([silence(0.35), prompt(name), silence(0.5)]))
    found = hear(sound, *ALL).matches
    assert {match.name for match in found} == {name}
    assert max(match.heard_s for match in found) >= 2.2
    assert abs(found[0].start_s - 0.35) < 0.6


@pytest.mark.parametrize("name", ["wrong-prompt", "closed", "information", "unavailable"])
def test_other_announcements_of_the_same_voices_are_not_recognised(name):
    sound = companded(np.concatenate([silence(0.3), prompt(name), silence(0.3)] * 2))
    assert hear(sound, *ALL).matches == ()


def test_it_says_how_far_in_a_broken_off_prompt_was():
    sound = np.concatenate([prompt("greeting")[: 3 * 8000], prompt("transfer")])
    greeting, transfer = hear(companded(sound), *ALL).matches
    assert (greeting.name, transfer.name) == ("greeting", "transfer")
    assert 2.4 < greeting.to_s < 3.6
    assert greeting.length_s > 5
    assert 2.6 < transfer.start_s < 3.6


def test_music_is_found_again_across_the_seam_of_its_loop():
    looped = np.concatenate([prompt("hold")[4 * 8000 :], prompt("hold"), prompt("hold")[: 2 * 8000]])
    found = hear(companded(looped), "hold").matches
    assert sum(match.heard_s for match in found) > 10


def test_the_size_of_the_pieces_makes_no_difference():
    sound = np.concatenate([prompt("greeting"), silence(1), prompt("hold")])
    small, large = hear(sound, *ALL, piece=331), hear(sound, *ALL, piece=9_000)
    assert small.spans == large.spans
    assert small.matches == large.matches


def test_a_repeated_prompt_is_recognised_twice():
    sound = np.concatenate([prompt("transfer"), silence(3), prompt("transfer")])
    assert len(hear(sound, "transfer").matches) == 2


@pytest.mark.parametrize("name", ["greeting", "transfer", "agent", "wrong-prompt", "information"])
def test_speech_sounds_like_speech(name):
    assert kinds(hear(companded(prompt(name)))) <= {Kind.SPEECH, Kind.SILENCE}


def test_hold_music_sounds_like_music():
    assert kinds(hear(companded(prompt("hold")))) <= {Kind.MUSIC, Kind.SILENCE}
    assert Kind.MUSIC in kinds(hear(companded(prompt("hold"))))


def test_ringback_is_a_tone_and_nothing_is_silence():
    ear = hear(companded(np.concatenate([silence(1), tone(1, 425), silence(4), tone(1, 425), silence(1)])))
    assert [span.kind for span in ear.spans] == [Kind.SILENCE, Kind.TONE] * 2 + [Kind.SILENCE]
    assert kinds(hear(companded(noisy(silence(3), 0.0003)))) == {Kind.SILENCE}


def test_speech_after_music_is_told_apart_when_there_is_a_pause_between():
    ear = hear(companded(np.concatenate([prompt("hold"), silence(0.4), prompt("agent")])))
    speech = [span for span in ear.spans if span.kind is Kind.SPEECH]
    assert 8.0 < speech[0].start_s < 9.0
    assert not [span for span in ear.spans if span.kind is Kind.MUSIC and span.start_s > 9.0]


@pytest.mark.parametrize("sound", [silence(3), prompt("agent")[:2_000], np.zeros(0, np.float32)])
def test_a_reference_without_sound_is_refused(sound):
    with pytest.raises(UselessReferenceError, match="nothing"):
        reference_of("nothing", sound, is_loop=False)


def test_the_listening_quality_falls_with_loss_and_jitter():
    assert mos_of(0, 0) == pytest.approx(4.40, abs=0.02)
    assert 4.4 > mos_of(1, 5) > mos_of(5, 20) > mos_of(20, 60) > mos_of(100, 200) >= 1


def test_two_recordings_of_one_role_do_not_disturb_each_other():
    known = [
        reference_of("greeting", prompt(file), is_loop=False, file=f"{file}.wav") for file in ("agent", "greeting")
    ]
    ear = Ear(known)
    ear.hear(companded(np.concatenate([prompt("greeting"), silence(1)])))
    assert {(match.name, match.file) for match in ear.matches} == {("greeting", "greeting.wav")}


@pytest.mark.parametrize("seconds", [0.7, 1.0, 1.5, 2.0, 2.3, 3.0])
@pytest.mark.parametrize("lead", [0.35, 0.5, 0.61, 0.8])
def test_a_short_reference_is_recognised_wherever_it_begins(seconds, lead):
    short = reference_of("agent_greeting", prompt("agent")[: int(seconds * 8000)], is_loop=False)
    ear = Ear([short])
    ear.hear(companded(noisy(0.5 * np.concatenate([silence(lead), prompt("agent"), silence(0.5)]), 0.001)))
    assert ear.matches[0].start_s == pytest.approx(lead, abs=0.2)
    assert ear.matches[0].heard_s > 0.8 * short.length_s


def test_loudness_is_that_of_the_sounding_frames_and_clipping_that_of_all_samples():
    assert hear(silence(1)).loudness == Loudness()
    quiet, loud = hear(0.1 * prompt("agent")).loudness, hear(prompt("agent")).loudness
    assert loud.speech_dbfs - quiet.speech_dbfs == pytest.approx(20, abs=3)
    assert hear(np.clip(20 * prompt("agent"), -1, 1)).loudness.clipped_percent > 5 > loud.clipped_percent
