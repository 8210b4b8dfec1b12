"""The corpus judged by itself: is it as large, as split and as true as it says."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from corpus.calls import SCENES, calls, setting_of
from corpus.centre import Cast, LabCast
from corpus.material import SPEAKERS, TRACKS, Half, speakers
from corpus.scene import Agent
from corpus.segments import CLASSES, LEAD_S, TAIL_S, segment_of, segments
from corpus.stage import Help, Known

from probe_runner.voice.ear.sound import RATE, Kind
from shared.vocabulary import Cause

SAMPLE = 3 * len(CLASSES)
LAYERS = ("telco", "media", "ivr", "queue", "agent")
speaking = pytest.mark.skipif(
    not all(speakers(half) for half in Half),
    reason="nobody can speak: no recordings of Asterisk's and no espeak-ng are installed",
)


@pytest.mark.parametrize("half", Half)
def test_each_half_is_as_large_as_was_asked(half):
    assert len(segments(half)) >= 400
    assert len(calls(half)) >= 400


def test_every_call_and_segment_has_its_own_name():
    names = [spec.name for half in Half for spec in (*calls(half), *segments(half))]
    assert len(set(names)) == len(names)


def test_every_cause_of_the_telephone_has_a_scene():
    meant = {cause for scene in SCENES for cause in scene.causes[:1]}
    assert meant >= {cause for cause in Cause if cause.layer in LAYERS}


@pytest.mark.parametrize("half", Half)
def test_a_half_has_each_scene_with_each_set_of_references_and_each_help(half):
    listed = calls(half)
    assert {spec.scene.name for spec in listed} == {scene.name for scene in SCENES}
    for kind in (Agent.THERE, Agent.ABSENT):
        there = [spec for spec in listed if spec.scene.agent is kind]
        assert {spec.known for spec in there} == set(Known)
        assert {spec.help for spec in there} == set(Help)


def test_no_voice_and_no_music_belongs_to_both_halves():
    for material in (SPEAKERS, TRACKS):
        assert len({one.name for one in material}) == len(material)
    heard = [{(one.folder, one.program, one.voice) for one in SPEAKERS if one.half is half} for half in Half]
    assert not heard[0] & heard[1]


@speaking
@pytest.mark.parametrize("half", Half)
def test_only_voices_of_the_half_are_cast(half):
    cast = Cast(half, np.random.default_rng(1))
    assert {cast.speaker().half for _ in range(50)} == {half}
    first = cast.speaker()
    assert all(cast.speaker(first) != first for _ in range(50))


@speaking
@pytest.mark.parametrize("spec", segments(Half.TRAIN, SAMPLE), ids=lambda spec: spec.name)
def test_a_label_lies_in_its_sound_and_says_what_is_there(spec):
    segment = segment_of(spec)
    length_s = len(segment.samples) / RATE
    assert segment.start_s == LEAD_S
    assert LEAD_S < segment.end_s <= length_s - TAIL_S + 0.05
    within = segment.samples[int(segment.start_s * RATE) : int(segment.end_s * RATE)]
    level = 10 * np.log10(np.mean(within**2) + 1e-12)
    assert level < -50 if Kind.SILENCE in spec.made_of.kinds else level > -48
    assert all(segment.start_s <= since < until <= segment.end_s + 0.02 for since, until in segment.pauses)


@speaking
@pytest.mark.parametrize("number", [0, 9, 15])
def test_the_same_seed_makes_the_same_segment(number):
    spec = segments(Half.UNSEEN, 20)[number]
    assert np.array_equal(segment_of(spec).samples, segment_of(spec).samples)


def beginning(spec, cast_of):
    """What the far end sends in the first 30 s, and what is registered."""
    setting = setting_of(spec, cast_of)
    frames = [np.zeros(160) if frame is None else frame for frame in islice(setting.frames, 1_500)]
    return np.concatenate([*frames, *(sound for _, _, sound in setting.references)])


@pytest.mark.parametrize("spec", calls(Half.UNSEEN, len(SCENES))[::7], ids=lambda spec: spec.name)
def test_the_same_seed_makes_the_same_call(spec):
    cast_of = Cast if speakers(spec.half) else LabCast
    assert np.array_equal(beginning(spec, cast_of), beginning(spec, cast_of))
    assert beginning(spec, cast_of).any()


def test_two_calls_of_one_scene_differ():
    plain = [spec for spec in calls(Half.TRAIN) if spec.scene.name == "agent-plain"][:2]
    one, other = (beginning(spec, LabCast) for spec in plain)
    assert len(one) != len(other) or not np.array_equal(one, other)


def test_a_plan_registers_what_the_call_says_and_agrees_to_its_help():
    for spec in calls(Half.TRAIN):
        voice = spec.voice(is_probable_enough=False)
        assert set(voice.references) == set(spec.known.roles)
        assert bool(voice.agent_key) is (spec.help is Help.KEY)
        assert voice.is_challenge is (spec.help is Help.CHALLENGE)
