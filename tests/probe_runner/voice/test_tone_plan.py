from __future__ import annotations

import pytest

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.ear.tone_plan import TonePlanError, _plan, tone_plan, tone_plans


def test_the_indonesian_plan_comes_first():
    assert next(iter(tone_plans())) == "id"
    told = {tone.kind: (tone.hz, tone.cadence) for tone in tone_plan("id").tones}
    assert told == {
        Kind.RINGBACK: ((425,), (1.0, 4.0)),
        Kind.BUSY: ((425,), (0.5, 0.5)),
        Kind.CONGESTION: ((425,), (0.25, 0.25)),
    }


def test_an_unknown_plan_is_refused_with_the_names_there_are():
    with pytest.raises(TonePlanError, match=r"'xx': there are .*id, .*us"):
        tone_plan("xx")


@pytest.mark.parametrize(
    ("tones", "why"),
    [
        ({"dial": {"hz": [425], "cadence": [1, 1]}}, "dial is none of"),
        ({"busy": {"hz": [], "cadence": [1, 1]}}, "busy needs"),
        ({"busy": {"hz": [425], "cadence": [1]}}, "busy needs"),
        ({"busy": {"hz": [425], "cadence": [1, 0]}}, "busy needs"),
        ({"busy": {"hz": [425, 450, 475], "cadence": [1, 1]}}, "busy needs"),
    ],
)
def test_a_wrong_plan_is_refused(tones, why):
    with pytest.raises(TonePlanError, match=f"'here'.*{why}"):
        _plan("here", tones)
