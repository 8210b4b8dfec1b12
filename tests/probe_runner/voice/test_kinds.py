from __future__ import annotations

import numpy as np
import pytest
from voice.sounds import companded, hear, noisy, prompt, silence, tone

from probe_runner.voice.ear.kinds import TOLD, features_of, trained
from probe_runner.voice.ear.sound import Kind, frames_of


def noise(seconds, level):
    return np.random.default_rng(5).normal(0, level, int(seconds * 8000)).astype(np.float32)


def seconds(ear, *kinds, since=0.0):
    return sum(span.end_s - max(span.start_s, since) for span in ear.spans if span.kind in kinds and span.end_s > since)


@pytest.mark.parametrize("gain", [1, 0.3])
@pytest.mark.parametrize("pause", [0.35, 0.47, 0.6])
@pytest.mark.parametrize("name", ["agent", "agent-two", "greeting", "queue"])
def test_a_synthetic_voice_after_music_is_speech_and_neither_music_nor_tone(name, pause, gain):
    before = np.concatenate([prompt("hold")[: 5 * 8000], silence(pause)])
    ear = hear(companded(gain * np.concatenate([before, prompt(name), silence(1)])))
    heard = {span.kind for span in ear.spans if span.start_s > len(before) / 8000}
    assert heard <= {Kind.SPEECH, Kind.SILENCE}


@pytest.mark.parametrize("level", [0.01, 0.02])
def test_where_the_room_is_noisy_a_pause_is_no_speech(level):
    said = prompt("agent")
    sound = np.concatenate([said, silence(3), said[: 2 * 8000], silence(2)])
    ear = hear(companded(noisy(np.clip(2 * sound, -1, 1), level)))
    ends = len(said) / 8000
    assert seconds(ear, Kind.SPEECH, Kind.MUSIC) > 0.9 * (ends + 2)
    pause = [span for span in ear.spans if span.kind is Kind.OTHER and span.start_s == pytest.approx(ends, abs=0.4)]
    assert len(pause) == 1
    assert pause[0].length_s == pytest.approx(3, abs=0.6)


def test_a_soft_passage_of_music_stays_music():
    loop = prompt("hold")
    ear = hear(companded(np.concatenate([loop, 0.2 * loop, loop])))
    assert seconds(ear, Kind.MUSIC) > 0.95 * 3 * len(loop) / 8000


def test_a_constant_on_the_line_is_silence_and_leaves_a_cadence_as_it_is():
    beeps = np.concatenate([np.concatenate([tone(0.5, 425), silence(0.5)]) for _ in range(4)])
    ear = hear(companded(beeps + np.float32(0.01)))
    assert {span.kind for span in ear.spans} == {Kind.TONE, Kind.SILENCE}


def test_single_notes_amid_music_are_music():
    notes = np.concatenate([tone(0.4, 440 * 2 ** (step / 12)) for step in (0, 4, 7, 12)])
    loop = prompt("hold")
    ear = hear(companded(np.concatenate([loop, notes, loop])))
    assert seconds(ear, Kind.TONE) < 0.2


def test_the_shares_are_of_every_kind_and_one_together():
    frames, _ = frames_of(noise(1.6, 0.1))
    shares = trained().shares(frames)
    assert shares.sum() == pytest.approx(1, abs=1e-3)
    assert TOLD[int(shares.argmax())] is Kind.OTHER
    assert len(features_of(frames)) == len(trained().mean)
