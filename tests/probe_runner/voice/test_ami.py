from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from targets import until
from voice.manager import SECRET, Manager, Session, connected, manager, new_channel, served, wire

from probe_runner.voice.call import ami as room
from probe_runner.voice.call.ami import agent_events, fields_of
from probe_runner.voice_target import Ami

NOTE = "queue 600 member SIP/rina ring 3 s hold 0 s"
GARBAGE = b"\x00\xff\xfe\r\n: \r\nEvent\r\n\r\n\r\n\r\n" + bytes(range(256)) + b"\r\n\r\n"


@dataclass
class Told:
    """What a test was told."""

    events: list[tuple[float, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @property
    def notes(self) -> list[str]:
        return [note for _, note in self.events]

    def is_over(self) -> bool:
        """It gave up."""
        return self.task is not None and self.task.done()


@asynccontextmanager
async def listening(
    ami: Ami, *, secret: str = SECRET, earliest: Callable[[], float] | None = None
) -> AsyncIterator[Told]:
    told = Told()

    def on_event(at: float, note: str) -> None:
        told.events.append((at, note))

    told.task = asyncio.create_task(agent_events(ami, secret, "02150600", on_event, told.problems.append, earliest))
    try:
        yield told
    finally:
        told.task.cancel()
        await asyncio.gather(told.task, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PAUSE_S", 0.01)


def says(*messages: dict[str, str], stays: bool = True):
    async def script(session: Session) -> None:
        await session.says(*messages)
        if stays:
            await session.stays()

    return script


async def test_an_agent_of_ours_is_told_with_the_moment_and_the_secret_never_goes_over_the_wire() -> None:
    async with manager(says(new_channel(), connected("0813", Linkedid="other"), connected())) as one:
        began = time.monotonic()
        async with listening(one.ami) as told:
            await until(lambda: bool(told.events))

    assert told.notes == [NOTE]
    assert began < told.events[0][0] < time.monotonic()
    assert told.problems == []
    assert one.logins[0]["Events"] == "call,agent"
    assert SECRET not in str(one.heard)


async def test_without_a_challenge_the_secret_itself_is_sent_and_a_warning_said() -> None:
    with structlog.testing.capture_logs() as logs:
        async with manager(says(connected()), is_challenging=False) as one, listening(one.ami) as told:
            await until(lambda: bool(told.events))

    assert one.logins[0]["Secret"] == SECRET
    assert [line["event"] for line in logs] == ["ami_secret_sent_in_plain_text"]


async def test_a_refused_login_is_a_problem_said_once_and_not_tried_again() -> None:
    async with manager() as one, listening(one.ami, secret="wrong-wrong") as told:
        await until(told.is_over)

    assert told.problems == ["the login was refused"]
    assert len(one.logins) == 1


@pytest.mark.parametrize("is_challenging", [True, False])
async def test_nothing_of_the_secret_is_logged_though_the_peer_sends_it_back(
    caplog: pytest.LogCaptureFixture, *, is_challenging: bool
) -> None:
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.DEBUG):
        async with manager(is_challenging=is_challenging) as one, listening(one.ami, secret="wrong-wrong") as told:
            await until(told.is_over)

    assert "agent_event_source_down" in [line["event"] for line in logs]
    proof = one.logins[0].get("Key") or one.logins[0]["Secret"]
    for word in ("wrong-wrong", proof):
        assert word not in str(logs) + caplog.text + str(told.problems)


async def test_events_split_over_packets_and_many_in_one_are_read_alike() -> None:
    async def script(session: Session) -> None:
        for number in range(0, len(data := wire(connected())), 7):
            await session.sends(data[number : number + 7])
            await asyncio.sleep(0)
        await session.sends(data * 3)
        await session.stays()

    async with manager(script) as one, listening(one.ami) as told:
        await until(lambda: len(told.events) == 4)

    assert told.notes == [NOTE] * 4


async def test_garbage_and_messages_too_long_are_passed_over() -> None:
    async def script(session: Session) -> None:
        await session.sends(GARBAGE)
        await session.sends(b"Junk: " + b"6" * 100_000 + b"\r\n" + wire(connected(MemberName="nobody")))
        await session.sends(b"Junk: " + b"6" * 100_000)
        await asyncio.sleep(0.05)  # read up to here, so that the rest looks like a message of its own
        await session.sends(b"\r\n" + wire(connected(MemberName="nobody")))
        await session.sends(wire(connected(MemberName="r" * 5_000)))
        await session.stays()

    async with manager(script) as one, listening(one.ami) as told:
        await until(lambda: bool(told.events))

    assert told.notes == ["queue 600 member " + "r" * 60 + " ring 3 s hold 0 s"]
    assert told.problems == []


async def test_no_more_is_told_than_a_call_can_have() -> None:
    async with manager(says(*[connected()] * 500, stays=False), says(connected())) as one, listening(one.ami) as told:
        await until(lambda: bool(told.problems))

    assert len(told.events) == room.MOST_TOLD


async def test_a_flood_ends_the_listening_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_MESSAGES", 1_000)

    async def script(session: Session) -> None:
        await session.says(*[{"Event": "VarSet"}] * 2_000)
        await session.stays()

    async with manager(script) as one, listening(one.ami) as told:
        await until(told.is_over)

    assert told.problems == ["more than 1000 messages in one call"]


async def test_after_a_lost_connection_it_listens_again_and_still_knows_our_call() -> None:
    lost = says(new_channel(call="1763.1"), new_channel("0813", call="9"), stays=False)
    again = says(connected("anonymous", Linkedid="9"), connected("anonymous", Linkedid="1763.1"))
    async with manager(lost, again) as one, listening(one.ami) as told:
        await until(lambda: bool(told.events))

    assert told.notes == [NOTE]
    assert told.problems == ["it has closed the connection"]


async def test_an_exchange_that_falls_silent_is_asked_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PING_AFTER_S", 0.1)
    asked: list[dict[str, str]] = []

    async def silent(session: Session) -> None:
        asked.append(await session.hears())
        await asyncio.Event().wait()

    async with manager(silent, says(connected())) as one, listening(one.ami) as told:
        await until(lambda: bool(told.events))

    assert [action["Action"] for action in asked] == ["Ping"]
    assert told.problems == ["it has fallen silent"]


async def test_an_exchange_that_is_only_quiet_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PING_AFTER_S", 0.1)

    async def quiet(session: Session) -> None:
        for _ in range(3):
            said = await session.hears()
            await session.says({"Response": "Success", "ActionID": said["ActionID"], "Ping": "Pong"})
        await session.says(connected())
        await session.stays()

    async with manager(quiet) as one, listening(one.ami) as told:
        await until(lambda: bool(told.events))

    assert told.problems == []


async def test_who_does_not_answer_is_unreachable_until_it_does() -> None:
    async with manager() as gone:
        nobody = gone.ami
    async with listening(nobody) as told:
        await until(lambda: bool(told.problems))
        assert not told.is_over()

    assert told.problems[0].startswith("not reachable")


@pytest.mark.parametrize(
    ("banner", "problem"),
    [
        (b"", "no login within"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no manager interface answers there"),
        (b"x" * 100_000, "no manager interface answers there"),
        (b"Asterisk Call Manager/9.0.0\r\n", "no login within"),
        (b"Asterisk Call Manager/9.0.0\r\n" + wire({"Event": "x"}) * 500, "it does not answer Challenge"),
    ],
)
async def test_what_is_no_manager_interface_is_a_problem_and_gets_no_secret(
    monkeypatch: pytest.MonkeyPatch, banner: bytes, problem: str
) -> None:
    monkeypatch.setattr(room, "LOGIN_S", 0.3)
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        while data := await reader.read(1_000):
            heard.extend(data)
        writer.close()

    async with served(serve) as port, listening(Manager([], port=port).ami) as told:
        await until(lambda: bool(told.problems))

    assert told.problems[0].startswith(problem)
    assert b"Login" not in heard


@pytest.mark.parametrize("secret", ["", "a\r\nAction: Originate", "a\nb"])
async def test_a_secret_that_would_be_more_than_one_line_is_sent_to_nobody(secret: str) -> None:
    async with manager() as one, listening(one.ami, secret=secret) as told:
        await until(told.is_over)

    assert told.problems == ["user name or secret is empty or not of one line"]
    assert one.heard == []


async def test_two_tests_with_one_number_are_a_doubt_that_is_told() -> None:
    script = says(new_channel(call="1"), new_channel(call="2"), connected(Linkedid="1"))
    async with manager(script) as one, listening(one.ami) as told:
        await until(lambda: bool(told.problems))

    assert told.events == []
    assert told.problems == ["2 calls with the number 02150600 at the same time: which is ours?"]


async def test_an_agent_before_our_key_was_pressed_is_not_ours() -> None:
    script = says(connected(Linkedid="theirs"), stays=False)
    async with manager(script) as one, listening(one.ami, earliest=lambda: float("inf")) as told:
        await until(lambda: bool(told.problems))

    assert told.events == []
    assert told.problems == ["it has closed the connection"]


async def test_a_host_that_can_be_none_is_not_reachable() -> None:
    async with listening(Ami(host="a..b", username="sambung", secret="env:AMI_SECRET")) as told:
        await until(lambda: bool(told.problems))

    assert told.problems == ["not reachable: UnicodeError"]


@given(st.binary(max_size=2_000))
def test_any_bytes_are_fields_or_none(raw: bytes) -> None:
    assert all(key == key.lower() for key in fields_of(raw))
