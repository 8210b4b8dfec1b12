"""How far a call came, whether that settles the test, and what speaks for and against it. Pure: call in, verdict out.

It is asked again and again while the call goes on, so it is also what decides when to press the key and when to let
the agent go. Nothing passes without proof, and what we could not make out is ours, not the customer's.
"""

from __future__ import annotations

from dataclasses import replace

from probe_runner.voice.judge.access import ungreeted, unmoved
from probe_runner.voice.judge.agent import reached
from probe_runner.voice.judge.judgement import Judgement
from probe_runner.voice.judge.network import unanswered
from probe_runner.voice.judge.reading import Reading
from probe_runner.voice.judge.reasons import findings_of, milestones_of
from probe_runner.voice.timeline import Call
from probe_runner.voice_target import Voice


def judge(call: Call, voice: Voice) -> Judgement:
    """Say how far the call has come by now: the first of the four stages that is not behind it.

    The findings are made once it is settled; ``explain`` makes them at any moment.
    """
    reading = Reading(call)
    stage = unanswered(call, voice) or ungreeted(reading, voice) or unmoved(reading, voice) or reached(reading, voice)
    told = replace(stage, milestones=milestones_of(reading))
    return explain(told, call, voice) if stage.is_settled else told


def explain(judgement: Judgement, call: Call, voice: Voice) -> Judgement:
    """The same judgement with what speaks for and against it so far."""
    return replace(judgement, findings=findings_of(Reading(call), voice))
