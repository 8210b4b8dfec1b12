from __future__ import annotations

import numpy as np
import pytest
from corpus.tones import CADENCES, cadence_of, cadenced, digit, information_tone, rumbling

from probe_runner.voice.ear.sound import RATE, Kind


@pytest.mark.parametrize("cadence", CADENCES, ids=lambda one: f"{one.country}-{one.kind}")
def test_a_cadence_sounds_for_its_share_of_the_time(cadence):
    whole = sum(cadence.seconds)
    sound = cadenced(cadence, 3 * whole)
    level = np.abs(sound[: len(sound) // 80 * 80]).reshape(-1, 80).max(axis=1)
    share = sum(cadence.seconds[::2]) / whole
    assert np.mean(level > 0.01) == pytest.approx(share, abs=0.06)


def test_a_countrys_tone_has_its_frequency():
    sound = cadenced(cadence_of("id", Kind.BUSY), 0.5)
    assert np.abs(np.fft.rfft(sound)).argmax() * RATE / len(sound) == pytest.approx(425, abs=3)


def test_the_information_tone_rises_and_a_key_has_two_frequencies():
    third = len(information_tone()) // 3
    notes = [np.abs(np.fft.rfft(information_tone()[n * third : (n + 1) * third])).argmax() for n in range(3)]
    assert notes == sorted(notes)
    spectrum = np.abs(np.fft.rfft(digit("9", 1.0)))
    assert set(np.argsort(spectrum)[-2:]) == {852, 1477}


def test_a_rooms_noise_has_the_level_asked_for():
    noise = rumbling(np.random.default_rng(1), 3, -40)
    assert 20 * np.log10(np.sqrt(np.mean(noise**2))) == pytest.approx(-40, abs=0.1)
