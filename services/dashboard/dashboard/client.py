"""The only door to the bus: asks and their answers, from any thread. Knows no page and keeps no facts.

One connection serves the whole process. It lives in the event loop of the service frame (``app``), which calls
``Client.speak`` whenever it is connected; the pages run in threads of their own and wait here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from threading import Event, Lock
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import UUID, uuid4

import structlog
from pydantic import ValidationError

from shared.asks import Answer, Ask, EvidenceRead, ReadEvidence, Refused
from shared.bus import ANSWER_LIMIT_S, NobodyAnswered, ask

if TYPE_CHECKING:
    from nats.aio.client import Client as Connection

    from shared.vocabulary import Actor, Evidence

A = TypeVar("A", bound=Answer)

OWNERS = {"test": "probe-runner", "plan": "probe-runner", "ticket": "escalation", "record": "reporting"}
REMEMBERED = 500
"""Commands whose answers are kept: a click that comes twice within that many is one command."""

LARGEST_EVIDENCE = 32 * 1_048_576

log = structlog.get_logger()


class Why(StrEnum):
    """Why there is no answer."""

    BUS_AWAY = "bus_away"
    SILENT = "silent"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class NoAnswer:
    """Nobody said anything that can be read. ``service``: who should have."""

    service: str
    why: Why


class Spoiled(Exception):  # noqa: N818  the name says what happened
    """A piece of evidence is not what its test said it was. ``reason``: a word for the locale files."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Client:
    """Asks the owners of the states. Safe to use from any thread."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connected = Event()
        self._commands: OrderedDict[UUID, Future[Answer | NoAnswer]] = OrderedDict()
        self._lock = Lock()

    async def speak(self, connection: Connection) -> None:
        """Lend the pages this connection for as long as the loop that called runs."""
        self._loop, self._connection = asyncio.get_running_loop(), connection
        self._connected.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._connected.clear()
            self._connection = None

    def wait_until_connected(self, timeout_s: float) -> bool:
        """Whether there is a connection, at the latest after ``timeout_s``."""
        return self._connected.wait(timeout_s)

    def ask(self, question: Ask, answer: type[A], timeout_s: float = ANSWER_LIMIT_S) -> A | Refused | NoAnswer:
        """Ask the owner and wait, at most ``timeout_s``. Trouble on the way comes back as ``NoAnswer``."""
        service = OWNERS.get(question.subject.split(".")[1], "")
        connection, loop = self._connection, self._loop
        if connection is None or loop is None or not connection.is_connected:
            return NoAnswer("nats", Why.BUS_AWAY)
        coming = asyncio.run_coroutine_threadsafe(ask(connection, question, answer, timeout_s), loop)
        try:
            return coming.result(timeout_s + 1)
        except (NobodyAnswered, TimeoutError):
            return NoAnswer(service, Why.SILENT)
        except ValidationError as error:
            log.warning("answer_unreadable", subject=question.subject, errors=error.error_count())
            return NoAnswer(service, Why.UNREADABLE)
        except Exception as error:  # noqa: BLE001  the connection may die under our hands in many ways
            log.warning("ask_failed", subject=question.subject, error=repr(error))
            return NoAnswer("nats", Why.BUS_AWAY)
        finally:
            coming.cancel()

    def command(self, question: Ask, answer: type[A]) -> A | Refused | NoAnswer:
        """Ask once: the same ``command_id`` again waits for, and gets, the first answer.

        Only what was not answered is sent again, and the owner knows it by the same id.
        """
        with self._lock:
            first = self._commands.get(question.command_id)
            if mine := first is None:
                self._commands[question.command_id] = first = Future()
                while len(self._commands) > REMEMBERED:
                    self._commands.popitem(last=False)
        if mine:
            said: A | Refused | NoAnswer = NoAnswer("nats", Why.BUS_AWAY)
            try:
                said = self.ask(question, answer)
                log.info("command_sent", ask=type(question).__name__, actor=question.actor.id, said=type(said).__name__)
            finally:
                if isinstance(said, NoAnswer):
                    with self._lock:
                        self._commands.pop(question.command_id, None)
                first.set_result(said)
        # The same id is the same ask, so the first answer is of this type as well.
        return cast("A | Refused | NoAnswer", first.result())

    def fetch(self, evidence: Evidence, actor: Actor) -> bytes | Refused | NoAnswer:
        """All bytes of a piece of evidence, checked against its checksum.

        Raises ``Spoiled`` when it is larger than ``LARGEST_EVIDENCE``, was cut short, or was changed.
        """
        if evidence.size > LARGEST_EVIDENCE:
            raise Spoiled("too_large")
        data = b""
        while len(data) < evidence.size:
            question = ReadEvidence(command_id=uuid4(), actor=actor, name=evidence.name, offset=len(data))
            part = self.ask(question, EvidenceRead)
            if not isinstance(part, EvidenceRead):
                return part
            if not part.data or part.size != evidence.size:
                raise Spoiled("cut_short")
            data += part.data
        if hashlib.sha256(data).hexdigest() != evidence.sha256:
            raise Spoiled("changed")
        return data


@cache
def open_client() -> Client:
    """The one client of this process.

    Not ``st.cache_resource``: "clear caches" in a browser must not cut the pages off from the bus.
    """
    return Client()
