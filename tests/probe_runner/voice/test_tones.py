from __future__ import annotations

import numpy as np
import pytest
from voice.sounds import cadenced, companded, hear, noisy, prompt, silence, slipping, tone

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.ear.tone_plan import tone_plan, tone_plans

ALL = [(name, each) for name, plan in tone_plans().items() for each in plan.tones]
LINES = {
    "quiet": lambda sound: companded(0.05 * sound),
    "noisy": lambda sound: companded(noisy(0.5 * sound, 0.004)),
    "slipping": lambda sound: companded(slipping(sound, 4.0)),
}


def lengths(ear):
    told = {}
    for span in ear.spans:
        told[span.kind] = told.get(span.kind, 0.0) + span.length_s
    return told


@pytest.mark.parametrize(("name", "each"), ALL, ids=lambda value: getattr(value, "kind", value))
def test_every_tone_of_every_plan_is_known_by_frequency_and_cadence(name, each):
    times = max(2, round(8 / sum(each.cadence)))
    sound = np.concatenate([silence(0.4), cadenced(each.hz, each.cadence, times)])
    told = lengths(hear(companded(noisy(0.5 * sound, 0.001)), plan=tone_plan(name)))
    assert set(told) == {Kind.SILENCE, each.kind}
    assert told[each.kind] == pytest.approx(times * sum(each.cadence[::2]), rel=0.25)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("each", tone_plan("id").tones, ids=lambda each: each.kind)
def test_indonesian_tones_are_known_over_a_bad_line(each, line):
    sound = np.concatenate([silence(0.4), cadenced(each.hz, each.cadence, max(2, round(8 / sum(each.cadence))))])
    told = lengths(hear(LINES[line](sound), plan=tone_plan("id")))
    assert told[each.kind] > 0.7 * sum(told[kind] for kind in told if kind.is_tone)


def test_a_tone_is_a_tone_until_its_cadence_is_known_and_then_named_from_its_beginning():
    ring = cadenced([425], [1.0, 4.0], 1)
    assert Kind.RINGBACK not in lengths(hear(ring[:16_000], plan=tone_plan("id")))
    assert lengths(hear(ring[:16_000], plan=tone_plan("id")))[Kind.TONE] == pytest.approx(1, abs=0.1)
    named = hear(ring, plan=tone_plan("id")).spans
    assert [span.kind for span in named] == [Kind.RINGBACK, Kind.SILENCE]


@pytest.mark.parametrize(
    "sound",
    [
        np.concatenate([tone(0.33, hertz) for hertz in (950, 1400, 1800)] + [silence(1)]),  # special information tone
        np.concatenate([tone(4, 425), silence(1)]),  # dial tone
        np.concatenate([tone(0.2, 697) + tone(0.2, 1336), silence(0.5), tone(0.2, 941) + tone(0.2, 1477), silence(1)]),
        np.concatenate([tone(3, 2100), silence(0.5)]),  # fax
        np.concatenate([silence(1), tone(0.4, 1000), silence(3)]),  # beep
        cadenced([1000], [0.5, 0.5], 6),  # a cadence of busy, but not its frequency
    ],
    ids=["sit", "dial", "dtmf", "fax", "beep", "other frequency"],
)
def test_any_other_tone_is_just_a_tone(sound):
    assert set(lengths(hear(companded(sound), plan=tone_plan("id")))) <= {Kind.TONE, Kind.SILENCE}
    assert Kind.TONE in lengths(hear(companded(sound), plan=tone_plan("id")))


@pytest.mark.parametrize("name", ["greeting", "transfer", "hold", "agent", "information"])
def test_neither_speech_nor_music_has_tones(name):
    assert sum(length for kind, length in lengths(hear(companded(prompt(name)))).items() if kind.is_tone) < 0.3


def test_a_tone_after_speech_has_its_own_span():
    ear = hear(companded(np.concatenate([prompt("agent"), silence(0.5), tone(0.6, 1000), silence(0.5)])))
    (beep,) = [span for span in ear.spans if span.kind is Kind.TONE]
    begins = len(prompt("agent")) / 8000 + 0.5
    assert (beep.start_s, beep.end_s) == pytest.approx((begins, begins + 0.6), abs=0.06)


@pytest.mark.parametrize(("hertz", "is_heard"), [(1500, True), (1525, True), (1460, False), (1575, False)])
def test_the_agreed_tone_is_heard_up_to_two_percent_beside_its_frequency(hertz, is_heard):
    sound = np.concatenate([prompt("transfer"), silence(0.5), tone(0.5, hertz), silence(1)])
    heard = hear(companded(noisy(0.5 * sound, 0.001)), agent_tone_hz=1500).tones_heard
    assert len(heard) == is_heard
    if is_heard:
        ((at_s, measured),) = heard
        assert at_s == pytest.approx(len(prompt("transfer")) / 8000 + 0.5, abs=0.06)
        assert measured == pytest.approx(hertz, rel=0.005)


def test_an_agreed_tone_that_is_too_short_is_not_heard():
    sound = np.concatenate([silence(1), tone(0.25, 1500), silence(1)])
    assert hear(companded(sound), agent_tone_hz=1500).tones_heard == ()
