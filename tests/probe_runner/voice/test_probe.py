"""Real calls: to the lab with each of its faults, and to other ends that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.many_numbers import NUMBERS
from lab.running import RunningLab, running_lab
from voice.peers import answers_and_sends_nothing, answers_without_sound, garbage, peer, redirects, silent
from voice.sounds import PROMPTS

from probe_runner.probe import Outcome
from probe_runner.target import Target
from probe_runner.voice.call.switchboard import template_pid
from probe_runner.voice.probe import make_voice_probe
from shared.vocabulary import Cause, Result, Step

AT_ONCE = 4
NUMBER_OF = {number.name: number.number for number in NUMBERS}
VOICE = {
    "press": "9",
    "greeting": "greeting.wav",
    "transfer": "transfer.wav",
    "hold_music": "hold.wav",
    "agent_greeting": "agent.wav",
    "answer_within_s": 4,
    "greeting_within_s": 3,
    "menu_within_s": 2,
    "agent_within_s": 8,
}
PASSED, FAILED, NOT_REACHED = (Result.PASSED, None), Result.FAILED, (Result.NOT_REACHED, None)
EXPECTED = {
    "none": ("agent_confirmed", PASSED, PASSED),
    "unreachable": ("not_reached", (FAILED, Cause.TELCO_NO_ROUTE), NOT_REACHED),
    "busy": ("not_reached", (FAILED, Cause.TELCO_BUSY), NOT_REACHED),
    "rings-for-ever": ("not_reached", (FAILED, Cause.TELCO_NO_ANSWER), NOT_REACHED),
    "dead-air": ("answered", (FAILED, Cause.MEDIA_DEAD_AIR), NOT_REACHED),
    "wrong-prompt": ("answered", (FAILED, Cause.IVR_WRONG_PROMPT), NOT_REACHED),
    "ignores-dtmf": ("ivr_heard", (FAILED, Cause.IVR_MENU_IGNORED), NOT_REACHED),
    "no-agent": ("queued", PASSED, (FAILED, Cause.AGENT_NO_ANSWER)),
    "agent-silent": ("ringing_agent", PASSED, (FAILED, Cause.AGENT_SILENT)),
    "drops-mid-greeting": ("answered", (FAILED, Cause.IVR_DROPPED), NOT_REACHED),
}
UNREGISTERED = {
    "strict": {"agent_greeting": None},
    "lenient": {"agent_greeting": None, "transfer": None, "is_probable_enough": True},
}


def target(address: str, **voice: Any) -> Target:
    given = {name: value for name, value in {**VOICE, **voice}.items() if value is not None}
    return Target.model_validate(
        {"id": "inbound", "name": "Inbound", "channel": "voice", "address": address, "voice": given}
    )


def workers() -> set[int]:
    """The call processes that live: the copies of this process' template."""
    template = template_pid()
    if template is None:
        return set()
    return {int(pid) for pid in Path(f"/proc/{template}/task/{template}/children").read_text("ascii").split()}


async def call(work_dir: Path, address: str, **voice: Any) -> tuple[Outcome, list[Step]]:
    told: list[Step] = []
    return await make_voice_probe(work_dir)(target(address, **voice), PROMPTS, told.append), told


@pytest.fixture(scope="module")
def lab() -> Iterator[RunningLab]:
    numbers = Path(__file__).parents[2] / "lab" / "many_numbers.py"
    with running_lab(str(numbers)) as running:
        for number in NUMBERS:
            running.put(number.number, number.name)
        yield running


@pytest.fixture(scope="module")
def work_dir(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("calls")


@pytest.fixture(scope="module")
def outcomes(lab, work_dir) -> dict[str, tuple[Outcome, list[Step]]]:
    """Each fault called once, and a healthy number with less registered; the longest calls first."""
    plans = {fault: (fault, {}) for fault in ["agent-silent", "no-agent", *EXPECTED]}
    plans |= {name: ("none", voice) for name, voice in UNREGISTERED.items()}

    async def all_calls():
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(name: str, fault: str, voice: dict[str, Any]):
            async with gate:
                return name, await call(work_dir, lab.uri(NUMBER_OF[fault]), **voice)

        return dict(await asyncio.gather(*(one(name, *plan) for name, plan in plans.items())))

    return asyncio.run(all_calls())


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_call_to_the_lab_ends_with_the_true_verdict(outcomes, fault):
    outcome, _ = outcomes[fault]
    state, accessibility, agent = EXPECTED[fault]
    said = [(leg.result, leg.cause) for leg in (outcome.accessibility, outcome.agent)]
    assert (outcome.state, *said) == (state, accessibility, agent), outcome.detail


def test_the_steps_are_told_as_they_happen_and_kept_in_order(outcomes):
    outcome, told = outcomes["none"]
    names = [step.name for step in outcome.steps]
    assert names[:5] == ["dialled", "ringing", "answered", "greeting_heard", "key_pressed"]
    assert names[5:] == ["transfer_heard", "hold_music_heard", "agent_heard", "hung_up"]
    assert sorted(told, key=lambda step: step.at_s) == list(outcome.steps)


def test_the_findings_name_the_recognised_prompts(outcomes):
    names = {finding.name for finding in outcomes["none"][0].findings if finding.is_for}
    assert names >= {"greeting_matched", "transfer_matched", "hold_music_matched", "agent_greeting_matched"}


def test_the_figures_of_a_healthy_call_are_plausible(outcomes):
    measures = outcomes["none"][0].measures
    assert measures["rtp_packets"] > 300
    assert 3 < measures["mos"] < 4.5
    assert measures["agent_answer_s"] > measures["menu_response_s"] >= 0
    assert measures["call_duration_s"] > measures["agent_answer_s"]
    assert {"post_dial_delay_s", "answer_time_s", "greeting_delay_s", "queue_wait_s", "jitter_ms"} <= set(measures)


@pytest.mark.parametrize("fault", EXPECTED)
def test_every_call_leaves_its_evidence(outcomes, fault):
    exhibits = {exhibit.file: exhibit for exhibit in outcomes[fault][0].exhibits}
    has_sound = EXPECTED[fault][0] != "not_reached"
    always = {"sip.txt", "probe.jsonl", "timeline.json"}
    assert set(exhibits) == always | ({"call.ogg"} if has_sound else set())
    assert exhibits["sip.txt"].data.count(b"INVITE sip:") >= 1
    steps = [entry["step"] for entry in map(json.loads, exhibits["probe.jsonl"].data.splitlines()) if "step" in entry]
    assert (steps[0], steps[-1]) == ("dialled", "hung_up")


def test_nothing_is_left_of_the_calls(outcomes, work_dir):
    assert outcomes
    assert list(work_dir.iterdir()) == []
    assert workers() == set()


def test_an_agent_in_words_that_are_not_registered_is_probable_and_passes_only_if_the_plan_says_so(outcomes):
    strict, lenient = outcomes["strict"][0], outcomes["lenient"][0]
    assert [outcome.state for outcome in (strict, lenient)] == ["agent_probable"] * 2, (strict.detail, lenient.detail)
    assert (strict.agent.result, strict.agent.cause) == (Result.INCONCLUSIVE, Cause.PROBER_UNSURE)
    assert lenient.agent.result is Result.PASSED


MISBEHAVING = {
    "silent": (silent, Cause.TELCO_SETUP_TIMEOUT),
    "garbage": (garbage, Cause.TELCO_SETUP_TIMEOUT),
    "redirects": (redirects, Cause.TELCO_REJECTED),
    "answers without sound": (answers_without_sound, Cause.MEDIA_NO_RTP),
    "answers and sends nothing": (answers_and_sends_nothing, Cause.MEDIA_NO_RTP),
}


async def test_an_other_end_that_misbehaves_is_a_finding_and_no_accident(work_dir):
    async def one(answer):
        async with peer(answer) as address:
            outcome, _ = await call(work_dir, address, answer_within_s=2, greeting_within_s=1)
            return outcome.accessibility.cause

    causes = await asyncio.gather(*(one(answer) for answer, _ in MISBEHAVING.values()))
    assert dict(zip(MISBEHAVING, causes, strict=True)) == {name: cause for name, (_, cause) in MISBEHAVING.items()}


@pytest.mark.parametrize(
    ("address", "voice", "cause"),
    [
        ("sip:1500600@127.0.0.1:9", {"greeting": "no-such.wav"}, Cause.PROBER_NO_REFERENCE),
        ("sip:1500600@no-such-host.invalid", {}, Cause.PROBER_NO_TRANSPORT),
        ("sip:1500600@127.0.0.1:9", {"announcement": "no-such.wav"}, Cause.PROBER_NO_REFERENCE),
    ],
)
async def test_what_we_cannot_do_is_inconclusive_and_ours(work_dir, address, voice, cause):
    outcome, told = await call(work_dir, address, **voice)
    for leg in (outcome.accessibility, outcome.agent):
        assert (leg.result, leg.cause) == (Result.INCONCLUSIVE, cause)
    assert "dialled" not in [step.name for step in told]


async def test_a_killed_call_process_is_inconclusive_and_keeps_what_was_recorded(lab, work_dir):
    def kill(step: Step) -> None:
        if step.name == "key_pressed":
            for pid in workers():
                os.kill(pid, signal.SIGKILL)

    outcome = await make_voice_probe(work_dir)(target(lab.uri(NUMBER_OF["none"])), PROMPTS, kill)
    assert (outcome.accessibility.result, outcome.accessibility.cause) == (Result.INCONCLUSIVE, Cause.PROBER_CRASHED)
    assert (outcome.agent.result, outcome.agent.cause) == (Result.INCONCLUSIVE, Cause.PROBER_CRASHED)
    assert "by SIGKILL" in outcome.agent.note
    kept = {exhibit.file for exhibit in outcome.exhibits}
    assert kept == {"call.ogg", "sip.txt", "probe.jsonl", "timeline.json"}
    assert workers() == set()


async def test_a_call_process_that_stands_still_is_our_trouble_and_not_a_silent_line(lab, work_dir):
    def freeze(step: Step) -> None:
        if step.name == "answered":
            for pid in workers():
                os.kill(pid, signal.SIGSTOP)

    outcome = await make_voice_probe(work_dir)(target(lab.uri(NUMBER_OF["none"])), PROMPTS, freeze)
    assert (outcome.accessibility.result, outcome.accessibility.cause) == (Result.INCONCLUSIVE, Cause.PROBER_CRASHED)
    assert workers() == set()


async def test_a_cancelled_test_hangs_up_and_leaves_no_process(lab, work_dir):
    is_answered = asyncio.Event()

    def notice(step: Step) -> None:
        if step.name == "answered":
            is_answered.set()

    probe = make_voice_probe(work_dir)(target(lab.uri(NUMBER_OF["none"])), PROMPTS, notice)
    task = asyncio.ensure_future(probe)
    await asyncio.wait_for(is_answered.wait(), 20)
    (pid,) = workers()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not Path(f"/proc/{pid}").exists()
    assert list(work_dir.iterdir()) == []


async def test_what_a_killed_probe_runner_left_behind_goes_with_the_next_call(tmp_path):
    old, new = tmp_path / "call-old", tmp_path / "call-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "trace.log").write_text("Authorization: Digest secret")
    os.utime(old, (0, 0))
    await call(tmp_path, "sip:1500600@127.0.0.1:9", greeting="no-such.wav")
    assert list(tmp_path.iterdir()) == [new]


async def test_a_deadline_is_ours_and_kept(lab, work_dir, monkeypatch):
    monkeypatch.setattr(Target, "deadline_s", property(lambda _: 16.0))
    began = time.monotonic()
    outcome, _ = await call(work_dir, lab.uri(NUMBER_OF["no-agent"]), agent_within_s=60)
    assert (outcome.accessibility.result, outcome.agent.cause) == (Result.PASSED, Cause.PROBER_DEADLINE)
    assert "greeting_matched" in {finding.name for finding in outcome.findings}
    assert time.monotonic() - began < 16


async def test_a_proven_agent_hears_who_we_are_and_is_let_go(outcomes):
    outcome, _ = outcomes["none"]
    log = [json.loads(line) for line in exhibit(outcome, "probe.jsonl").splitlines()]
    names = [entry["name"] for entry in log if entry.get("event") == "sign"]
    assert names[-2:] == ["announced", "announcement_ended"]
    assert 0 < outcome.measures["agent_time_s"] < outcome.measures["call_duration_s"]


async def test_a_dead_line_is_theirs_only_after_a_call_to_ourselves(work_dir):
    async with peer(silent) as address:
        outcome, _ = await call(work_dir, address, answer_within_s=1)
    assert outcome.accessibility.cause is Cause.TELCO_SETUP_TIMEOUT
    assert "own_line_proven" in {finding.name for finding in outcome.findings}


async def test_a_dead_line_is_ours_when_we_cannot_even_call_ourselves(work_dir, monkeypatch):
    async def broken(*_):
        return "we cannot listen at 127.0.0.1"

    monkeypatch.setattr("probe_runner.voice.probe.trouble_of_own_line", broken)
    async with peer(silent) as address:
        outcome, _ = await call(work_dir, address, answer_within_s=1)
    for leg in (outcome.accessibility, outcome.agent):
        assert (leg.result, leg.cause) == (Result.INCONCLUSIVE, Cause.PROBER_OWN_LINE)
        assert leg.note == "we cannot listen at 127.0.0.1"


def exhibit(outcome: Outcome, file: str) -> bytes:
    return next(found.data for found in outcome.exhibits if found.file == file)
