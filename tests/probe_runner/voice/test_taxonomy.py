"""Each fault of the lab, called as a customer would: the probe names the layer that has to mend it.

``docs/lab.md`` says what each switch does; its truth is checked on the wire by the lab's own tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lab.many_numbers import NUMBERS
from lab.running import RunningLab, running_lab
from voice.sounds import PROMPTS

from probe_runner.probe import Outcome
from probe_runner.target import Target
from probe_runner.voice.probe import make_voice_probe
from sambung.lab.faults import VOICE_FAULTS
from shared.vocabulary import Cause, Result

AT_ONCE = 6
NUMBER_OF = {number.name: number.number for number in NUMBERS}
VOICE = {
    "press": "9",
    "greeting": "greeting.wav",
    "menu": "menu.wav",
    "transfer": "transfer.wav",
    "hold_music": "hold.wav",
    "queue": "queue.wav",
    "closed": "closed.wav",
    "full": "full.wav",
    "agent_greeting": "agent.wav",
    "answer_within_s": 5,
    "greeting_within_s": 4,
    "menu_within_s": 3,
    "agent_within_s": 20,
}
UNREGISTERED = {"agent_greeting": None}
PASSED, NOT_REACHED, UNSURE = (
    (Result.PASSED, None),
    (Result.NOT_REACHED, None),
    (Result.INCONCLUSIVE, Cause.PROBER_UNSURE),
)


@dataclass(frozen=True)
class Truth:
    """What a truthful probe says of a switch."""

    state: str
    accessibility: tuple[Result, Cause | None]
    agent: tuple[Result, Cause | None]
    plan: dict[str, Any] = field(default_factory=dict)
    found: frozenset[str] = frozenset()


def access(state: str, cause: Cause, **plan: Any) -> Truth:
    return Truth(state, (Result.FAILED, cause), NOT_REACHED, plan)


def agent(state: str, cause: Cause, **plan: Any) -> Truth:
    return Truth(state, PASSED, (Result.FAILED, cause), plan)


def confirmed(*found: str, **plan: Any) -> Truth:
    return Truth("agent_confirmed", PASSED, PASSED, plan, frozenset(found))


TRUTH = {
    "none": confirmed("agent_greeting_matched"),
    "unreachable": access("not_reached", Cause.TELCO_NO_ROUTE),
    "busy": access("not_reached", Cause.TELCO_BUSY),
    "busy-tone": access("answered", Cause.TELCO_BUSY, greeting_within_s=10),
    "congestion": access("not_reached", Cause.TELCO_CONGESTION),
    "congestion-tone": access("not_reached", Cause.TELCO_CONGESTION, answer_within_s=12),
    "rings-for-ever": access("not_reached", Cause.TELCO_NO_ANSWER),
    "unavailable": access("not_reached", Cause.TELCO_NO_ANSWER),
    "forbidden": access("not_reached", Cause.TELCO_REJECTED),
    "declined": access("not_reached", Cause.TELCO_REJECTED),
    "redirected": access("not_reached", Cause.TELCO_REJECTED),
    "swallowed": access("not_reached", Cause.TELCO_SETUP_TIMEOUT),
    "trying-only": access("not_reached", Cause.TELCO_SETUP_TIMEOUT),
    "no-rtp": access("answered", Cause.MEDIA_NO_RTP),
    "dead-air": access("answered", Cause.MEDIA_DEAD_AIR),
    "wrong-prompt": access("answered", Cause.IVR_WRONG_PROMPT),
    "late-greeting": Truth(
        "agent_confirmed", (Result.FAILED, Cause.IVR_LATE_GREETING), PASSED, {"greeting_within_s": 8}
    ),
    "ignores-dtmf": access("ivr_heard", Cause.IVR_MENU_IGNORED),
    "drops-mid-greeting": access("answered", Cause.IVR_DROPPED),
    "drops-after-key": access("ivr_heard", Cause.IVR_DROPPED),
    "maintenance": access("answered", Cause.IVR_ANNOUNCEMENT_ONLY),
    "queue-for-ever": agent("queued", Cause.QUEUE_TIMEOUT),
    "no-agent": agent("queued", Cause.AGENT_NO_ANSWER),
    "agent-rings": agent("ringing_agent", Cause.AGENT_NO_ANSWER),
    "agent-silent": agent("ringing_agent", Cause.AGENT_SILENT),
    "early-media": confirmed(answer_within_s=15),
    "early-announcement": confirmed(answer_within_s=15),
    "session-timer": confirmed(),
    "gap": confirmed(),
    "queue-then-agent": confirmed("queue_matched", agent_within_s=30),
    "agent-holds": confirmed(),
    "in-band-dtmf-only": confirmed(),
    "agent-via-reinvite": confirmed("identity_changed", "ssrc_changed"),
    "agent-via-update": confirmed("identity_changed", "ssrc_changed"),
    "refers": confirmed("referred"),
    "agent-unknown": Truth("agent_probable", PASSED, UNSURE, UNREGISTERED),
    "agent-says-hello": Truth("agent_probable", PASSED, UNSURE, UNREGISTERED),
    "agent-presses-key": confirmed("agent_key_heard", agent_key="5", **UNREGISTERED),
    "agent-answers-challenge": confirmed(
        "challenge_answered", announcement="queue.wav", is_challenge=True, **UNREGISTERED
    ),
    "agent-tone": confirmed("agent_tone_heard", agent_tone_hz=1004, **UNREGISTERED),
}


def target(address: str, plan: dict[str, Any]) -> Target:
    voice = {name: value for name, value in {**VOICE, **plan}.items() if value is not None}
    return Target.model_validate(
        {"id": "inbound", "name": "Inbound", "channel": "voice", "address": address, "voice": voice}
    )


@pytest.fixture(scope="module")
def lab() -> Iterator[RunningLab]:
    numbers = Path(__file__).parents[2] / "lab" / "many_numbers.py"
    with running_lab(str(numbers), LAB_HOLD_SECONDS="4", LAB_QUEUE_SECONDS="3") as running:
        for number in NUMBERS:
            running.put(number.number, number.name)
        yield running


@pytest.fixture(scope="module")
def outcomes(lab, tmp_path_factory) -> dict[str, Outcome]:
    """Each switch called once, a few at a time."""
    probe, gate = make_voice_probe(tmp_path_factory.mktemp("calls")), asyncio.Semaphore(AT_ONCE)

    async def one(fault: str) -> tuple[str, Outcome]:
        async with gate:
            plan = TRUTH[fault].plan if fault in TRUTH else {}
            return fault, await probe(target(lab.uri(NUMBER_OF[fault]), plan), PROMPTS, lambda _: None)

    async def everyone() -> dict[str, Outcome]:
        return dict(await asyncio.gather(*(one(fault) for fault in VOICE_FAULTS)))

    return asyncio.run(everyone())


@pytest.mark.parametrize("fault", TRUTH)
def test_a_switch_of_the_lab_is_named_for_what_it_is(outcomes, fault):
    truth, outcome = TRUTH[fault], outcomes[fault]
    said = [(leg.result, leg.cause) for leg in (outcome.accessibility, outcome.agent)]
    assert (outcome.state, *said) == (truth.state, truth.accessibility, truth.agent), outcome.detail
    assert truth.found <= {finding.name for finding in outcome.findings}


def test_poor_audio_is_named_whatever_was_still_recognised(outcomes):
    outcome = outcomes["poor-audio"]
    assert outcome.accessibility.cause is Cause.MEDIA_POOR_AUDIO, outcome.detail
    assert outcome.agent.result in {Result.PASSED, Result.NOT_REACHED, Result.INCONCLUSIVE}


@pytest.mark.parametrize(("fault", "cause"), [("closed", Cause.QUEUE_CLOSED), ("queue-full", Cause.QUEUE_FULL)])
def test_a_registered_announcement_that_nobody_comes_is_the_queues(outcomes, fault, cause):
    outcome = outcomes[fault]
    assert (outcome.accessibility.result, outcome.agent.cause) == (Result.PASSED, cause), outcome.detail


def test_an_announcement_after_the_key_is_no_agent_and_no_menu(outcomes):
    outcome = outcomes["maintenance-after-key"]
    assert outcome.accessibility.cause is Cause.IVR_ANNOUNCEMENT_ONLY, outcome.detail


def test_a_recorded_sentence_like_an_agents_is_never_an_agent(outcomes):
    outcome = outcomes["announcement-like-agent"]
    assert outcome.agent.cause in {Cause.AGENT_NO_ANSWER, Cause.QUEUE_TIMEOUT}, outcome.detail


def test_every_cause_of_the_telephones_layers_has_a_switch(outcomes):
    named = {leg.cause for outcome in outcomes.values() for leg in (outcome.accessibility, outcome.agent)}
    layers = {"telco", "media", "ivr", "queue", "agent"}
    assert {cause for cause in Cause if cause.layer in layers} - named == set()
