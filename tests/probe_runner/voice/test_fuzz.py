"""Other ends that attack: whatever they send, the test ends in time with an honest outcome, and nothing is left."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from voice.exchange import Exchange, exchange
from voice.sounds import PROMPTS

from probe_runner.probe import Outcome
from probe_runner.target import Target
from probe_runner.voice.call.switchboard import template_pid
from probe_runner.voice.probe import make_voice_probe
from shared.vocabulary import Result

VOICE = {
    "press": "9",
    "greeting": "greeting.wav",
    "answer_within_s": 3,
    "greeting_within_s": 1,
    "menu_within_s": 1,
    "agent_within_s": 1,
}
SDP = "Content-Type: application/sdp"
CHANCE = random.Random(20_261_122)  # noqa: S311  the same attack every time
HONEST = {Result.FAILED, Result.INCONCLUSIVE}
"""None of these peers has an agent."""
SIPP = shutil.which("sipp")
SCENARIOS = Path(__file__).with_name("scenarios")


def target(address: str) -> Target:
    given = {"id": "inbound", "name": "Inbound", "channel": "voice", "address": address, "voice": VOICE}
    return Target.model_validate(given)


async def attacked(work_dir: Path, address: str) -> Outcome:
    """The outcome of a test of that address: in time, honest, and with nothing left behind."""
    wanted = target(address)
    async with asyncio.timeout(wanted.deadline_s):
        outcome = await make_voice_probe(work_dir)(wanted, PROMPTS, lambda _: None)
    assert outcome.accessibility.result in HONEST
    assert outcome.agent.result in {Result.NOT_REACHED, *HONEST}
    assert outcome.accessibility.cause is not None
    assert list(work_dir.iterdir()) == []
    return outcome


async def test_every_attack_ends_in_time_with_an_honest_outcome(tmp_path):
    async def one(name: str, attack: Callable) -> Outcome:
        async with exchange() as (other, uri):
            playing = asyncio.create_task(_attack(other, attack))
            try:
                return await attacked(_folder(tmp_path, name), uri)
            finally:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)

    gate = asyncio.Semaphore(4)

    async def gated(name: str, attack: Callable) -> Outcome:
        async with gate:
            return await one(name, attack)

    outcomes = await asyncio.gather(*(gated(name, attack) for name, attack in ATTACKS.items()))
    assert len(outcomes) == len(ATTACKS)
    template = template_pid()
    assert Path(f"/proc/{template}/task/{template}/children").read_text("ascii").split() == []


def _folder(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


async def _attack(other: Exchange, attack: Callable) -> None:
    await asyncio.wait_for(other.invited.wait(), 10)
    await attack(other)


async def broken_descriptions(other: Exchange) -> None:
    """Provisional answers whose media descriptions are none, then an answer with one."""
    good = other.sdp()
    for _ in range(60):
        bad = bytearray(good)
        for _ in range(8):
            bad[CHANCE.randrange(len(bad))] = CHANCE.randrange(256)
        other.say("183 Session Progress", bytes(bad))
    other.say("200 OK", good.replace(b"RTP/AVP 0 101", b"RTP/AVP 0 999999999999 -1 101"))


async def broken_messages(other: Exchange) -> None:
    """Answers with bytes changed, and messages that are none."""
    for _ in range(300):
        other.garble("180 Ringing", CHANCE)
        other.transport.sendto(CHANCE.randbytes(CHANCE.randrange(1, 1_400)), other.caller)
    other.garble("200 OK", CHANCE)


async def two_answers(other: Exchange) -> None:
    """Two that pick up, by two tags (RFC 3261, 13.2.2.4)."""
    other.say("200 OK", other.sdp())
    other.say("200 OK", other.sdp(), tag="2")
    other.say("200 OK", other.sdp(), tag="3")
    await other.sound(1, 1)


async def answer_to_the_cancel(other: Exchange) -> None:
    """Rings until our CANCEL is under way, and answers then (RFC 3261, 9.1)."""
    other.say("180 Ringing")
    while await other.requests.get() != "CANCEL":
        pass
    other.say("200 OK", other.sdp())


async def thousands_of_messages(other: Exchange) -> None:
    """10,000 provisional answers."""
    for number in range(10_000):
        other.say("180 Ringing" if number % 2 else "183 Session Progress")
        if number % 100 == 0:
            await asyncio.sleep(0.01)


async def huge_headers(other: Exchange) -> None:
    """As large as a datagram can be, and as many as fit."""
    other.say("180 Ringing", b"", "X: " + "A" * 50_000)
    other.say("183 Session Progress", b"", *["X-A: b"] * 5_000)
    other.say("302 Moved", b"", "Contact: <sip:" + "a" * 3_000 + "@127.0.0.1>")


async def wrong_sound(other: Exchange) -> None:
    """Random packets, of every payload type, cut short, from many sources."""
    other.say("200 OK", other.sdp())
    there = ("127.0.0.1", int(other.caller_sdp.split("m=audio ")[1].split()[0]))
    for _ in range(4_000):
        head = bytes([CHANCE.choice([0x80, 0x90, 0xBF, 0x00]), CHANCE.randrange(256)])
        other._media.sendto(head + CHANCE.randbytes(CHANCE.randrange(1_200)), there)
        if CHANCE.random() < 0.02:
            await asyncio.sleep(0.01)


async def invitations_without_end(other: Exchange) -> None:
    """A re-INVITE as soon as the one before is answered, held and resumed in turn."""
    other.say("200 OK", other.sdp())
    await asyncio.sleep(0.2)
    while True:
        for direction in ("sendonly", "inactive", "sendrecv"):
            await other.ask("INVITE", other.sdp(direction), SDP)


async def requests_of_all_kinds(other: Exchange) -> None:
    """What a call may be asked, and what it may not."""
    other.say("200 OK", other.sdp())
    await asyncio.sleep(0.2)
    for method in ("REFER", "INFO", "NOTIFY", "OPTIONS", "MESSAGE", "PRACK", "SUBSCRIBE", "UPDATE", "X" * 200):
        await other.ask(method, CHANCE.randbytes(300), "Refer-To: <sip:x@127.0.0.1>", "Content-Type: a/b")


async def bye_at_once(other: Exchange) -> None:
    other.say("200 OK", other.sdp())
    await other.ask("BYE")


async def bye_before_the_answer(other: Exchange) -> None:
    other.say("180 Ringing")
    await other.ask("BYE")


async def bye_while_we_speak(other: Exchange) -> None:
    other.say("200 OK", other.sdp())
    await other.sound(2, 1)
    await other.ask("BYE")


ATTACKS = {
    attack.__name__: attack
    for attack in (
        broken_descriptions,
        broken_messages,
        two_answers,
        answer_to_the_cancel,
        thousands_of_messages,
        huge_headers,
        wrong_sound,
        invitations_without_end,
        requests_of_all_kinds,
        bye_at_once,
        bye_before_the_answer,
        bye_while_we_speak,
    )
}


@pytest.mark.skipif(SIPP is None, reason="sipp (Debian: sip-tester) is not installed")
@pytest.mark.parametrize("scenario", sorted(path.name for path in SCENARIOS.glob("*.xml")))
async def test_an_independent_peer_that_misbehaves_is_survived(tmp_path, scenario):
    async with sipp(SCENARIOS / scenario, tmp_path) as address:
        await attacked(_folder(tmp_path, "calls"), address)


@asynccontextmanager
async def sipp(scenario: Path, folder: Path) -> AsyncIterator[str]:
    """SIPp with that scenario; gives the address to call."""
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        SIPP, "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(port), "-m", "1", "-timeout", "60", "-nostdin",
        cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    try:
        await _is_listening(port)
        yield f"sip:1500600@127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


async def _is_listening(port: int) -> None:
    wanted = f"0100007F:{port:04X}"
    async with asyncio.timeout(10):
        while wanted not in Path("/proc/net/udp").read_text("ascii"):
            await asyncio.sleep(0.05)
