from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_peer import HELLO, JOINED, MENU, WAIT, Peer, chat_peer, human
from lab.running import RunningLab, running_lab
from targets import CHALLENGE, CHAT, chat_target

from probe_runner.digital.connection import LARGEST_FRAME
from probe_runner.digital.webchat import MOST_EVENTS, make_webchat_probe
from probe_runner.probe import Outcome
from shared.vocabulary import Cause, LegVerdict, Result, Step


@pytest.fixture(scope="module")
def lab() -> Iterator[RunningLab]:
    with running_lab(LAB_HOLD_SECONDS="0.2") as running:
        yield running


async def probed(address: str, **more: Any) -> Outcome:
    target = chat_target(address=address, chat={**CHAT, **more})
    return await make_webchat_probe()(target, Path(), lambda _: None)


def transcript(outcome: Outcome) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(outcome.exhibits[0].data)["events"]
    return events


def why(verdict: LegVerdict) -> tuple[Result, Cause | None]:
    return verdict.result, verdict.cause


async def healthy(peer: Peer) -> None:
    await peer.say({"type": "typing"}, MENU)
    await peer.hear()
    await peer.say(WAIT, {"type": "queue", "position": 1}, JOINED, HELLO)
    await peer.hear_out()


async def test_a_customer_who_reaches_a_human_passes_and_takes_leave() -> None:
    seen: list[Step] = []
    async with chat_peer(healthy) as (address, peers):
        target = chat_target(address=address)
        outcome = await make_webchat_probe()(target, Path(), seen.append)

    assert (outcome.accessibility.result, outcome.agent.result) == (Result.PASSED, Result.PASSED)
    assert outcome.state == "agent_confirmed"
    assert target.chat is not None
    assert [frame.get("text", frame.get("payload")) for frame in peers[0].received] == ["9", target.chat.farewell]
    assert [step.name for step in seen] == [
        "connected", "heard.bot", "met", "chose", "heard.bot", "met", "queued", "joined.human", "heard.human", "said",
    ]  # fmt: skip
    assert outcome.steps == tuple(seen)
    assert set(outcome.measures) == {"connect_s", "first_reply_s", "handover_s", "queue_wait_s", "agent_answer_s"}
    assert [event["kind"] for event in transcript(outcome)][-1] == "said"


async def test_the_challenge_is_put_to_the_human_and_its_answer_is_the_proof() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(MENU)
        await peer.hear()
        await peer.say(WAIT, JOINED, HELLO)
        assert (await peer.hear())["text"] == CHALLENGE["challenge"]
        await peer.say(human("Sebentar..."), human("12"))
        await peer.hear_out()

    async with chat_peer(script) as (address, _):
        outcome = await probed(address, **CHALLENGE)

    assert outcome.agent.result is Result.PASSED
    assert [finding.note for finding in outcome.findings if finding.name == "challenge.answered"] == ["12"]


async def test_a_wrong_answer_to_the_challenge_is_not_sure() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(MENU)
        await peer.hear()
        await peer.say(WAIT, JOINED, HELLO)
        await peer.hear()
        await peer.say(human("Mengapa Anda bertanya?"))
        await peer.hear_out()

    async with chat_peer(script) as (address, _):
        outcome = await probed(address, **CHALLENGE)

    assert why(outcome.agent) == (Result.INCONCLUSIVE, Cause.PROBER_UNSURE)


async def test_the_expected_words_may_come_after_others() -> None:
    async def script(peer: Peer) -> None:
        await peer.say({**MENU, "text": "Halo!", "buttons": []}, MENU)
        await peer.hear()
        await peer.say({**WAIT, "text": "Baik."}, WAIT, JOINED, HELLO)
        await peer.hear_out()

    async with chat_peer(script) as (address, _):
        outcome = await probed(address)

    assert outcome.agent.result is Result.PASSED


async def test_a_hand_over_without_the_expected_words_is_a_hand_over() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(MENU)
        await peer.hear()
        await peer.say(JOINED, HELLO)
        await peer.hear_out()

    async with chat_peer(script) as (address, _):
        outcome = await probed(address)

    assert outcome.agent.result is Result.PASSED


@pytest.mark.parametrize(
    ("garbage", "is_over"),
    [(["<html>", b"\xff\x00", '{"type": 1}', "null"], False), (["x" * (LARGEST_FRAME + 1)], True)],
)
async def test_garbage_is_evidence_and_not_a_crash(garbage: list[str | bytes], is_over: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.say(*garbage)
        await peer.hear_out()

    async with chat_peer(script) as (address, _):
        outcome = await probed(address)

    assert outcome.accessibility.result is Result.FAILED
    assert outcome.accessibility.cause is (Cause.BOT_NO_REPLY if is_over else Cause.BOT_WRONG_REPLY)
    kinds = [event["kind"] for event in transcript(outcome)]
    assert kinds.count("garbage") == (0 if is_over else len(garbage))
    assert ("gone" in kinds) is is_over


async def test_a_peer_that_never_stops_is_left() -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.say({"type": "message", "actor": "bot", "text": "lagi"})
            await asyncio.sleep(0)  # the customer shares this loop

    async with chat_peer(script) as (address, _):
        outcome = await probed(address, dialogue=[{"expect": "petugas", "within_s": 60}])

    assert why(outcome.accessibility) == (Result.FAILED, Cause.BOT_LOOPING)
    assert len(transcript(outcome)) <= MOST_EVENTS + 2


async def test_the_same_place_in_the_queue_told_often_is_no_flood() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(MENU)
        await peer.hear()
        await peer.say(WAIT, *[{"type": "queue", "position": 7}, {"type": "typing"}] * MOST_EVENTS)
        await peer.say(JOINED, HELLO)
        await peer.hear_out()

    async with chat_peer(script) as (address, _):
        outcome = await probed(address, agent_within_s=20)

    assert outcome.agent.result is Result.PASSED


async def test_a_chat_that_hangs_up_in_the_queue_is_a_queue_that_failed() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(MENU)
        await peer.hear()
        await peer.say(WAIT, {"type": "queue"})

    async with chat_peer(script) as (address, _):
        outcome = await probed(address)

    assert why(outcome.agent) == (Result.FAILED, Cause.QUEUE_TIMEOUT)


async def test_nobody_listening_is_an_unreachable_bot() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    outcome = await probed(f"ws://127.0.0.1:{port}/chat")

    assert why(outcome.accessibility) == (Result.FAILED, Cause.BOT_UNREACHABLE)
    assert outcome.agent.result is Result.NOT_REACHED


async def test_a_listener_that_speaks_no_websocket_is_an_unreachable_bot() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = await probed(f"ws://127.0.0.1:{server.getsockname()[1]}/chat", connect_within_s=0.2)

    assert why(outcome.accessibility) == (Result.FAILED, Cause.BOT_UNREACHABLE)


@pytest.mark.parametrize("address", ["ws://no-such-host.invalid/chat", "ws://[fe80::1%nowhere]/chat"])
async def test_a_name_we_cannot_look_up_is_our_own_trouble(address: str) -> None:
    outcome = await probed(address)

    assert why(outcome.accessibility) == (Result.INCONCLUSIVE, Cause.PROBER_NO_TRANSPORT)


@pytest.mark.parametrize(
    ("fault", "accessibility", "agent"),
    [
        ("none", None, None),
        ("unreachable", Cause.BOT_UNREACHABLE, None),
        ("no-reply", Cause.BOT_NO_REPLY, None),
        ("wrong-reply", Cause.BOT_WRONG_REPLY, None),
        ("ignores-menu", Cause.BOT_MENU_IGNORED, None),
        ("closed", None, Cause.QUEUE_CLOSED),
        ("no-agent", None, Cause.QUEUE_TIMEOUT),
        ("agent-silent", None, Cause.AGENT_SILENT),
    ],
)
async def test_each_fault_of_the_lab_is_found_and_named(
    lab: RunningLab, fault: str, accessibility: Cause | None, agent: Cause | None
) -> None:
    lab.put("webchat", fault)
    patience = {"agent_speaks_within_s": 3, "agent_within_s": 4}
    dialogue = [{"expect": "petugas", "within_s": 3}, {"choose": "9", "expect": "tunggu", "within_s": 3}]

    outcome = await probed(f"ws://127.0.0.1:{lab.http_port}/chat", **patience, **CHALLENGE, dialogue=dialogue)

    assert (outcome.accessibility.cause, outcome.agent.cause) == (accessibility, agent)
    assert (outcome.agent.result is Result.PASSED) is (fault == "none")
