"""What a test makes of its own side: keys that cannot be pressed, a secret that is missing, moments before the call."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from voice.gate import Gate, opened
from voice.peers import peer, reply, silent
from voice.sounds import PROMPTS

from probe_runner.probe import Outcome
from probe_runner.target import Target
from probe_runner.voice.judge.judgement import NOT_REACHED, Judgement, VoiceState, failed, settled
from probe_runner.voice.judge.verdict import judge
from probe_runner.voice.probe import make_voice_probe
from probe_runner.voice.record import read_timeline
from probe_runner.voice.timeline import Call
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, Result

QUICK = {"press": "9", "answer_within_s": 1, "greeting_within_s": 1, "menu_within_s": 1, "agent_within_s": 1}


def target(address: str, *trunks: dict[str, Any], **voice: Any) -> Target:
    given = {"id": "inbound", "name": "Inbound", "channel": "voice", "address": address, "voice": {**QUICK, **voice}}
    return Target.model_validate({**given, "trunks": trunks})


async def probed(work_dir: Path, to: Target, references: Path = PROMPTS, rule: Any = judge) -> Outcome:
    return await make_voice_probe(work_dir, rule)(to, references, lambda _: None)


def file_of(outcome: Outcome, name: str) -> bytes:
    return next(exhibit.data for exhibit in outcome.exhibits if exhibit.file == name)


async def test_a_key_that_cannot_be_pressed_is_our_trouble_and_no_menu_s(tmp_path):
    def rule(call: Call, _: Voice) -> Judgement:
        return Judgement(VoiceState.IVR_HEARD, is_key_wanted=call.signalling.answered_s is not None)

    async with opened(Gate("MD5", "", has_events=False)) as gate:
        trunk = {"id": "a", "proxy": "127.0.0.1", "port": gate.port, "dtmf": "rfc4733"}
        outcome = await probed(tmp_path, target(gate.uri, trunk), rule=rule)

    assert (outcome.accessibility.result, outcome.accessibility.cause) == (
        Result.INCONCLUSIVE,
        Cause.PROBER_MISCONFIGURED,
    )
    assert outcome.accessibility.note.startswith("the key could not be pressed: ")


async def test_without_the_exchange_s_secret_the_call_is_judged_by_itself(tmp_path):
    ami = {"host": "127.0.0.1", "username": "sambung", "secret": "file:nowhere"}
    async with peer(silent) as address:
        outcome = await probed(tmp_path, target(address, ami=ami))

    assert outcome.accessibility.cause is Cause.TELCO_SETUP_TIMEOUT
    missing = [finding for finding in outcome.findings if finding.name == "agent_events_missing"]
    assert len(missing) == 1
    assert "nowhere" in missing[0].note


async def test_a_moment_before_the_call_is_its_beginning(tmp_path):
    def rule(*_: object) -> Judgement:
        at_once = settled(VoiceState.NOT_REACHED, failed(Cause.TELCO_REJECTED, "a rule of this test"), NOT_REACHED)
        return Judgement(**{**vars(at_once), "milestones": (("registered", -0.4),)})

    async with peer(silent) as address:
        outcome = await probed(tmp_path, target(address), rule=rule)

    assert read_timeline(file_of(outcome, "timeline.json")).milestones == (("registered", 0.0),)


async def test_a_reason_that_is_no_text_upsets_nothing(tmp_path):
    def refuses(headers: dict[str, str]) -> list[bytes]:
        return [reply("486 Busy", headers).replace(b"Busy", b"Besetzt \xfc\xff\xed\xa0\x80", 1)]

    async with peer(refuses) as address:
        outcome = await probed(tmp_path, target(address))

    assert outcome.accessibility.cause is Cause.TELCO_BUSY
    assert "Besetzt" in outcome.accessibility.note
    outcome.accessibility.model_dump_json().encode()
    states = [entry for entry in map(json.loads, file_of(outcome, "probe.jsonl").splitlines()) if "reason" in entry]
    assert states[-1]["reason"].startswith("Besetzt ")


async def test_a_recording_that_was_replaced_is_read_anew(tmp_path):
    greeting = tmp_path / "plan" / "greeting.wav"
    greeting.parent.mkdir()
    shutil.copy(PROMPTS / "greeting.wav", greeting)
    async with peer(silent) as address:
        wanted = target(address, greeting="greeting.wav")
        before = await probed(tmp_path / "calls", wanted, greeting.parent)
        greeting.write_bytes(b"no sound any more")
        after = await probed(tmp_path / "calls", wanted, greeting.parent)

    causes = [outcome.accessibility.cause for outcome in (before, after)]
    assert causes == [Cause.TELCO_SETUP_TIMEOUT, Cause.PROBER_NO_REFERENCE]
