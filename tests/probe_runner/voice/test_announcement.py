"""Agents are told who calls, in the plan's words or the built-in ones, and are let go at once after that."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import soundfile
from voice.exchange import exchange

from probe_runner.target import Target
from probe_runner.voice.call.announcement import BUILT_IN, LONGEST_S, announcement_for
from probe_runner.voice.ear.listener import NoReferenceError
from probe_runner.voice.judge.judgement import PASSED, Judgement, VoiceState, settled
from probe_runner.voice.probe import make_voice_probe
from probe_runner.voice.timeline import SignName
from probe_runner.voice_target import Voice


def tone(file: Path, seconds: float, rate: int = 16_000) -> None:
    soundfile.write(file, 0.3 * np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 500 / rate), rate)


def agent_at_once(call, _voice) -> Judgement:
    """A rule for which whoever answers is an agent."""
    if call.now_s < 1.0:
        return Judgement(VoiceState.ANSWERED)
    return settled(VoiceState.AGENT_CONFIRMED, PASSED, PASSED)


def challenge(call, voice) -> Judgement:
    """A rule that has the announcement said first, and waits for its end."""
    if call.signs(SignName.ANNOUNCEMENT_ENDED):
        return agent_at_once(call, voice)
    wanted = call.signalling.answered_s is not None
    return replace(Judgement(VoiceState.AGENT_PROBABLE), is_announcement_wanted=wanted)


async def called(folder: Path, rule, **voice):
    given = {"id": "a", "name": "A", "channel": "voice", "voice": {"press": "9", **voice}}
    async with exchange() as (other, uri):
        target = Target.model_validate({**given, "address": uri})
        calling = asyncio.create_task(make_voice_probe(folder / "calls", rule)(target, folder, lambda _: None))
        await asyncio.wait_for(other.invited.wait(), 20)
        other.say("200 OK", other.sdp())
        outcome = await calling
    log = next(found.data for found in outcome.exhibits if found.file == "probe.jsonl").splitlines()
    told = {entry.get("name", entry.get("step")): entry["at_s"] for entry in map(json.loads, log) if "at_s" in entry}
    return told, other.heard_at


async def test_the_built_in_words_are_heard_and_then_the_call_ends(tmp_path):
    told, heard_at = await called(tmp_path, agent_at_once)
    assert len(heard_at) > 40
    assert told["announced"] < told["announcement_ended"] <= told["hung_up"]


async def test_an_announcement_that_is_too_long_for_a_proven_agent_is_cut(tmp_path):
    tone(tmp_path / "long.wav", 10)
    told, heard_at = await called(tmp_path, agent_at_once, announcement="long.wav")
    assert heard_at
    assert len(heard_at) < 200
    assert told["hung_up"] >= told["announced"]


async def test_a_challenge_is_said_to_its_end_once_and_not_again_at_the_end(tmp_path):
    tone(tmp_path / "long.wav", 4)
    told, heard_at = await called(tmp_path, challenge, announcement="long.wav", is_challenge=True)
    assert len(heard_at) > 150
    assert heard_at[-1] - heard_at[0] < 5
    assert told["announcement_ended"] - told["announced"] > 3.5


def test_the_built_in_announcement_is_short_and_ready_for_the_telephone():
    info = soundfile.info(BUILT_IN)
    assert (info.samplerate, info.channels, info.subtype) == (8_000, 1, "PCM_16")
    assert info.duration <= 2.5


@pytest.mark.parametrize(("name", "why"), [("none.wav", "No such file"), ("text.wav", ""), ("long.wav", "longer")])
def test_an_announcement_that_cannot_be_said_is_refused_by_name(tmp_path, name, why):
    (tmp_path / "text.wav").write_text("no sound", encoding="ascii")
    tone(tmp_path / "long.wav", LONGEST_S + 1)
    with pytest.raises(NoReferenceError, match=f"announcement.*{why}"):
        announcement_for(Voice(press="9", announcement=PurePosixPath(name)), tmp_path, tmp_path)
