"""A bounded sample of whole calls, judged. With the lab's prompts alone it runs everywhere; with the packages, more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from corpus.calls import SCENES, Spec, calls
from corpus.centre import LabCast
from corpus.conduct import take
from corpus.material import Half, missing
from corpus.opinions import access_opinion, opinion
from corpus.stage import Help, Known

BY_NAME = {scene.name: scene for scene in SCENES}
LAB = (
    "agent-plain",
    "agent-after-ringback",
    "agent-after-announcements",
    "queue-music",
    "queue-ringback",
    "queue-announcements",
    "queue-closed",
    "queue-dropped",
    "agent-silent",
    "no-route-404",
    "busy-tone-without-code",
    "no-answer",
    "no-rtp",
    "dead-air",
    "wrong-prompt",
    "menu-ignored",
    "dropped-in-greeting",
)
SAMPLED = ("queue-new-announcements", "queue-like-an-agent", "queue-music", "agent-silent", "queue-full")


def lab_call(name, helped=Help.NONE):
    """On a good line, so that it says something of the rules rather than of the dice."""
    return Spec(Half.TRAIN, 1, replace(BY_NAME[name], is_line_good=True), Known.ALL, helped)


@pytest.mark.parametrize("name", LAB)
def test_a_call_of_the_lab_is_judged_right(name):
    taken = take(lab_call(name), is_told=True, cast_of=LabCast)
    assert opinion(taken, is_probable_enough=False) == "right", "\n".join(taken.story)
    assert access_opinion(taken) == "right"


@pytest.mark.parametrize("helped", [Help.KEY, Help.TONE, Help.AMI])
def test_an_agreed_sign_proves_an_agent_whose_greeting_is_not_registered(helped):
    spec = replace(lab_call("agent-plain", helped), known=Known.ONLY_GREETING)
    taken = take(spec, is_told=True, cast_of=LabCast)
    assert opinion(taken, is_probable_enough=False) == "right", "\n".join(taken.story)


@pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")
@pytest.mark.parametrize("name", SAMPLED)
def test_nobody_is_taken_for_an_agent_where_proof_is_wanted(name):
    spec = next(one for one in calls(Half.TRAIN) if one.scene.name == name)
    taken = take(spec, is_told=True)
    assert opinion(taken, is_probable_enough=False) in {"right", "unsure"}, "\n".join(taken.story)
