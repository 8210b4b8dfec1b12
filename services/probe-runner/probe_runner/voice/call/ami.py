"""Asterisk's manager interface, at the listening end: connects, logs in, and tells of agents. Knows no call.

The protocol (docs.asterisk.org, "AMI Libraries and Frameworks"): lines ``Key: value``, an empty line ends a message.
``AgentConnect`` is of the class ``agent`` (``app_queue.c``), ``Newchannel`` of ``call``. An own reader because
panoramisk, the library of the field, had its last release in 2021, sends the secret in plain text only, and keeps
a message of any size. What comes is bounded, and none of it is repeated in a log: a peer could send our secret back.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from probe_runner.voice.call.agent_event import AgentWatch
from probe_runner.voice_target import Ami

BANNER = b"Asterisk Call Manager"
CLASSES = "call,agent"
LARGEST_MESSAGE = 8_192
MOST_MESSAGES = 200_000
"""In one connection: more than any exchange says in the minutes of a call."""
MOST_TOLD = 20
MOST_BEFORE_ANSWER = 200
LOGIN_S = 5.0
PING_AFTER_S = 10.0
PAUSE_S = 2.0

OnEvent = Callable[[float, str], None]
OnProblem = Callable[[str], None]

log = structlog.get_logger()


def _is_logged(_problem: str) -> None:
    """Nobody else wants to know."""


async def agent_events(
    ami: Ami,
    secret: str,
    caller: str,
    on_event: OnEvent,
    on_problem: OnProblem = _is_logged,
    earliest: Callable[[], float] | None = None,
) -> None:
    """Tell ``on_event`` of each agent connected to our call: when (``time.monotonic()``), and a note on one line.

    Start it before dialling and cancel it when the call is over. ``caller``: what we call with. ``earliest``: the
    moment (``time.monotonic()``) before which our call cannot have joined a queue, such as the one of our key; by
    default the moment of this call. Raises nothing: each trouble is logged as ``agent_event_source_down`` and told
    to ``on_problem``. It then connects again, except after a refused login: it returns, for repeating that would
    lock the account.
    """
    began = time.monotonic()
    watch = AgentWatch(caller, ami.queue, earliest or (lambda: began))
    told = _Telling(watch, on_event, on_problem)
    problem = ""
    while True:
        try:
            async with _logged_in(ami, secret) as session:
                await told.follow(session)
        except AmiDown as down:
            if str(down) != problem:
                problem = str(down)
                log.warning("agent_event_source_down", host=ami.host, port=ami.port, why=problem)
                on_problem(problem)
            if down.is_final:
                return
        await asyncio.sleep(PAUSE_S)


@dataclass
class _Telling:
    """What is told of a source's events, over all its connections."""

    watch: AgentWatch
    on_event: OnEvent
    on_problem: OnProblem
    _told: int = 0

    async def follow(self, session: _Session) -> None:
        for _ in range(MOST_MESSAGES):
            event = await session.next()
            note = self.watch.take(event, time.monotonic())
            if note is not None and self._told < MOST_TOLD:
                self._told += 1
                self.on_event(time.monotonic(), note)
            self._tell_doubt()
            await asyncio.sleep(0)  # what has come is read without a pause: a flood must not hold up the calls
        raise AmiDown(f"more than {MOST_MESSAGES} messages in one call", is_final=True)

    def _tell_doubt(self) -> None:
        doubt, self.watch.doubt = self.watch.doubt, ""
        if doubt:
            log.warning("agent_event_not_ours_for_sure", why=doubt)
            self.on_problem(doubt)


@dataclass
class _Session:
    """One connection: messages in, actions out."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _actions: int = field(default=0)

    async def next(self) -> dict[str, str]:
        """The next message. A peer that is silent is asked whether it lives. Raises ``AmiDown``."""
        try:
            async with asyncio.timeout(PING_AFTER_S):
                return await self._message()
        except TimeoutError:
            self._send("Ping")
        try:
            async with asyncio.timeout(PING_AFTER_S):
                return await self._message()
        except TimeoutError as error:
            raise AmiDown("it has fallen silent") from error

    async def ask(self, action: str, **fields: str) -> dict[str, str]:
        """What it answers to an action. Raises ``AmiDown``."""
        mine = self._send(action, **fields)
        for _ in range(MOST_BEFORE_ANSWER):
            answer = await self._message()
            if "response" in answer and answer.get("actionid", mine) == mine:
                return answer
        raise AmiDown(f"it does not answer {action}")

    def _send(self, action: str, **fields: str) -> str:
        self._actions += 1
        lines = {"Action": action, "ActionID": str(self._actions), **fields}
        self.writer.write("".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode() + b"\r\n")
        return lines["ActionID"]

    async def _message(self) -> dict[str, str]:
        """The next message that is not too long; those are passed over."""
        is_tail = False
        while True:
            try:
                raw = await self.reader.readuntil(b"\r\n\r\n")
            except asyncio.LimitOverrunError as error:
                await self.reader.readexactly(error.consumed)
                is_tail = True
            except (asyncio.IncompleteReadError, OSError) as error:
                raise AmiDown("it has closed the connection") from error
            else:
                if not is_tail:
                    return fields_of(raw)
                is_tail = False


def fields_of(raw: bytes) -> dict[str, str]:
    """The fields of a message, keys in small letters; of a key said twice the first. Lines without a colon are none."""
    fields: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip().lower(), value.strip())
    return fields


@asynccontextmanager
async def _logged_in(ami: Ami, secret: str) -> AsyncIterator[_Session]:
    """A session that gets events. Raises ``AmiDown``."""
    if not (ami.username.isprintable() and secret.isprintable() and secret):
        raise AmiDown("user name or secret is empty or not of one line", is_final=True)
    writer: asyncio.StreamWriter | None = None
    try:
        try:
            async with asyncio.timeout(LOGIN_S):
                host = ami.host.strip("[]")
                reader, writer = await asyncio.open_connection(host, ami.port, limit=LARGEST_MESSAGE)
                session = _Session(reader, writer)
                await _log_in(session, ami.username, secret)
        except TimeoutError as error:
            raise AmiDown(f"no login within {LOGIN_S:g} s") from error
        except (OSError, UnicodeError) as error:  # the latter: a name that cannot be one in DNS
            raise AmiDown(f"not reachable: {getattr(error, 'strerror', None) or type(error).__name__}") from error
        yield session
    finally:
        if writer is not None:
            writer.close()


async def _log_in(session: _Session, username: str, secret: str) -> None:
    """By challenge where it is offered (AMI action ``Challenge``), else with the secret itself."""
    try:
        banner = await session.reader.readline()
    except ValueError as error:
        raise AmiDown("no manager interface answers there") from error
    if not banner.startswith(BANNER):
        raise AmiDown("no manager interface answers there")
    offered = await session.ask("Challenge", AuthType="MD5")
    if _is_success(offered) and offered.get("challenge"):
        key = hashlib.md5((offered["challenge"] + secret).encode(), usedforsecurity=False).hexdigest()
        proof = {"AuthType": "MD5", "Key": key}
    else:
        log.warning("ami_secret_sent_in_plain_text", why="no challenge is offered")
        proof = {"Secret": secret}
    answer = await session.ask("Login", Username=username, Events=CLASSES, **proof)
    if not _is_success(answer):
        raise AmiDown("the login was refused", is_final=True)


def _is_success(answer: dict[str, str]) -> bool:
    return answer.get("response", "").lower() == "success"


class AmiDown(Exception):  # noqa: N818  says what happened
    """The exchange's events cannot be had. ``is_final``: and trying again would not help."""

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.is_final = is_final
