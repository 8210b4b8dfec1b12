from __future__ import annotations

import numpy as np
import pytest
from corpus.channel import Channel, Line, by_gsm, carried, companded, echoing, some_line
from corpus.tones import tone

from probe_runner.voice.ear.sound import HOP

SOUND = tone((437.0, 1003.0), 20)


def dice():
    return np.random.default_rng(5)


def signal_to_noise_db(sound, spoilt):
    return 10 * np.log10(np.mean(sound**2) / np.mean((spoilt - sound) ** 2))


@pytest.mark.parametrize("coding", ["alaw", "ulaw"])
def test_g711_keeps_about_38_db_of_signal_over_its_noise(coding):
    assert 34 < signal_to_noise_db(SOUND, companded(SOUND, coding)) < 42


@pytest.mark.parametrize("coding", ["alaw", "ulaw"])
def test_silence_stays_nearly_silent(coding):
    assert np.abs(companded(np.zeros(800, np.float32), coding)).max() < 0.001


def test_a_gsm_telephone_spoils_more_and_keeps_the_length():
    spoilt = by_gsm(SOUND)
    assert len(spoilt) == len(SOUND)
    assert not np.allclose(spoilt, SOUND, atol=0.01)


@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_as_many_packets_are_lost_as_asked_for(burst):
    channel = Channel(Line(loss=0.1, burst=burst), dice())
    for _ in range(20_000):
        list(channel.carry(SOUND[:HOP]))
    assert channel.lost / channel.sent == pytest.approx(0.1, abs=0.015)


def test_what_is_lost_is_filled_or_silent():
    lost = Line(loss=0.5)
    silent = carried(SOUND, Line(loss=0.5, is_concealed=False), dice())
    assert len(silent) == len(SOUND)
    assert np.mean(np.abs(silent) < 1e-6) > 0.4
    assert np.mean(np.abs(carried(SOUND, lost, dice())) < 1e-6) < 0.1


def test_a_buffer_that_slips_changes_the_length_a_little():
    slipped = carried(SOUND, Line(slip_every_s=0.5), dice())
    assert len(slipped) != len(SOUND)
    assert abs(len(slipped) - len(SOUND)) < 0.1 * len(SOUND)


def test_a_loud_line_clips_and_a_quiet_one_does_not():
    loud = carried(SOUND, Line(gain_db=20), dice())
    assert np.mean(np.abs(loud) > 0.95) > 0.2
    assert np.abs(carried(SOUND, Line(gain_db=-20), dice())).max() < 0.03


def test_what_is_not_sent_arrives_as_silence_and_counts_as_no_packet():
    channel = Channel(Line(noise_dbfs=-30), dice())
    (arrived,) = channel.carry(None)
    assert not arrived.any()
    assert channel.sent == 0


def test_an_echo_comes_later_and_softer():
    click = np.zeros(1_600, np.float32)
    click[0] = 1
    assert echoing(click, 0.1, -20)[800] == pytest.approx(0.1)


def test_some_lines_are_good_and_some_are_not():
    lines = [some_line(np.random.default_rng(seed)) for seed in range(60)]
    assert 10 < sum(line == Line(line.coding) for line in lines) < 45
