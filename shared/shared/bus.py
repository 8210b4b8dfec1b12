"""How facts and asks travel: one connection policy, one policy on trouble. Knows NATS; knows no service.

FastStream's default terminates a message whose handler failed, which loses the fact. Here trouble is retried
with a growing delay and, after ``TRIES``, parked in the dead letter with its reason.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import nats
import structlog
from faststream import AckPolicy, BaseMiddleware
from faststream.exceptions import AckMessage, NackMessage, RejectMessage
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.js.errors import APIError
from pydantic import TypeAdapter, ValidationError

from shared import subjects
from shared.asks import Answer, Ask, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from faststream.message import StreamMessage
    from nats.js import JetStreamContext

    from shared.events import Fact, TestJob
    from shared.settings import Settings

A = TypeVar("A", bound=Answer)

TRIES = 5
PLACES_FOR_ASKS = 256
MOST_PARKED = 65_536
ANSWER_LIMIT_S = 5.0
ALREADY_THERE = "maximum messages per subject exceeded"
"""What JetStream says when a subject holds its one message; a full stream has the same code (10077)."""

log = structlog.get_logger()


async def _on_error(error: Exception) -> None:
    # A forbidden subject shows here and nowhere else; the caller only sees a timeout.
    log.warning("bus_error", error=str(error) or repr(error))


async def _on_disconnect() -> None:
    log.warning("bus_disconnected")


async def _on_reconnect() -> None:
    log.info("bus_reconnected")


def _connection(settings: Settings) -> dict[str, Any]:
    """For as long as it takes: a client that gives up would freeze its event loop (field-tested)."""
    credentials = (
        {"user": settings.nats_user, "password": settings.nats_password.get_secret_value()}
        if settings.nats_user
        else {}
    )
    return {
        "servers": settings.nats_url.split(","),
        "name": f"{settings.service}@{settings.instance}",
        "inbox_prefix": settings.inbox,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        "connect_timeout": 3,
        "ping_interval": 10,
        "error_cb": _on_error,
        "disconnected_cb": _on_disconnect,
        "reconnected_cb": _on_reconnect,
        **credentials,
    }


async def connect(settings: Settings, **options: Any) -> Client:  # noqa: ANN401  nats-py's own options
    """A bare connection, for what FastStream has no part in. Waits for the server unless told otherwise."""
    return await nats.connect(**{**_connection(settings), **options})


def make_broker(settings: Settings) -> NatsBroker:
    """The broker of a service: asks and work queues. Ordered input into a store goes through ``inbox``."""
    connection = _connection(settings)
    if "user" in connection:
        from faststream.security import SASLPlaintext  # noqa: PLC0415  only where there is a password

        connection["security"] = SASLPlaintext(username=connection.pop("user"), password=connection.pop("password"))
    return NatsBroker(
        **connection,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        middlewares=[_parking(settings.service)],
        logger=None,
        graceful_timeout=15,
    )


def _parking(service: str) -> type[BaseMiddleware]:
    """The policy on trouble, as a middleware that knows its service."""

    class Parking(BaseMiddleware):
        async def consume_scope(self, call_next: Callable[[Any], Awaitable[object]], msg: StreamMessage[Any]) -> object:
            try:
                return await call_next(msg)
            except (AckMessage, NackMessage, RejectMessage):
                raise
            except ValidationError as error:
                await _park(self.context.get("broker"), service, msg, spell_out(error))
                if is_from_stream(msg):
                    raise RejectMessage from error
                return Refused(refused="malformed", message=spell_out(error))
            except Exception as error:
                log.exception("handler_failed", subject=msg.raw_message.subject)
                if not is_from_stream(msg):
                    return Refused(refused="internal", message="The service failed; its log says why.")
                tries = msg.raw_message.metadata.num_delivered
                if tries >= TRIES:
                    await _park(self.context.get("broker"), service, msg, repr(error))
                    raise RejectMessage from error
                raise NackMessage(delay=0.2 * 2**tries) from error

    return Parking


def is_from_stream(msg: StreamMessage[Any]) -> bool:
    """Whether the message waits in JetStream for an answer of ours, rather than being an ask."""
    return str(msg.raw_message.reply).startswith("$JS.ACK.")


async def _park(broker: NatsBroker, service: str, msg: StreamMessage[Any], reason: str) -> None:
    raw = msg.raw_message
    client = await broker.connect()
    if is_from_stream(msg):
        await park(client.jetstream(), service, raw.metadata.stream, raw.metadata.sequence.stream, raw, reason)
    else:
        # Anybody can ask rubbish; it gets so many places and replaces itself, so that facts keep theirs.
        await park(client.jetstream(), service, "ASK", crc32(raw.data) % PLACES_FOR_ASKS, raw, reason)


async def park(
    js: JetStreamContext,
    service: str,
    stream: str,
    sequence: int | str,
    raw: Any,  # noqa: ANN401  nats-py's Msg, or FastStream's copy of it
    reason: str,
) -> None:
    """Put a message into the dead letter, once; returns when it is safe there."""
    headers = {"Sambung-Subject": raw.subject, "Sambung-Reason": one_line(reason)}
    log.error(
        "message_parked",
        subject=raw.subject,
        stream=stream,
        sequence=sequence,
        reason=headers["Sambung-Reason"],
    )
    # The stream keeps one message per subject, so parking it again changes nothing.
    data = raw.data[:MOST_PARKED]
    await js.publish(subjects.dead(service, stream, sequence), data, headers=headers, timeout=ANSWER_LIMIT_S)


def cloud_event(fact: Fact, source: str) -> dict[str, str]:
    """CloudEvents 1.0 attributes as headers (NATS protocol binding, binary mode), and the id that makes it once."""
    return {
        "Nats-Msg-Id": str(fact.id),
        "ce-specversion": "1.0",
        "ce-id": str(fact.id),
        "ce-type": f"sambung.{fact.type}",
        "ce-source": f"/sambung/{source}",
        "ce-subject": fact.about,
        "ce-time": fact.at.isoformat(),
        "content-type": "application/json",
    }


async def say(js: JetStreamContext, fact: Fact, source: str) -> None:
    """Publish a fact and wait until the stream has it; asks again for as long as the bus is away."""
    data, headers = fact.model_dump_json().encode(), cloud_event(fact, source)
    while True:
        try:
            await js.publish(fact.subject, data, headers=headers, stream=fact.stream, timeout=ANSWER_LIMIT_S)
        except (nats.errors.Error, TimeoutError) as error:
            log.warning("fact_not_said_yet", fact=fact.type, id=str(fact.id), error=repr(error))
            await asyncio.sleep(0.5)
        else:
            return


async def announce(js: JetStreamContext, job: TestJob) -> bool:
    """Put a test into DUE. False: somebody announced it before."""
    headers = {"Nats-Msg-Id": str(job.test_id)}
    try:
        stored = await js.publish(
            subjects.due(job), job.model_dump_json().encode(), headers=headers, timeout=ANSWER_LIMIT_S
        )
    except APIError as error:
        if ALREADY_THERE not in str(error.description):
            raise
        return False
    return not stored.duplicate


async def ask(client: Client, question: Ask, answer: type[A], timeout_s: float = ANSWER_LIMIT_S) -> A | Refused:
    """Ask the owner and wait for the answer.

    Raises ``NobodyAnswered`` when no service listens or none answers in time.
    """
    try:
        reply = await client.request(question.subject, question.model_dump_json().encode(), timeout=timeout_s)
    except (nats.errors.NoRespondersError, nats.errors.TimeoutError, TimeoutError) as error:
        raise NobodyAnswered(question.subject) from error
    return read_answer(reply.data, answer)


def read_answer(data: bytes, answer: type[A]) -> A | Refused:
    """What came back: the answer, or the refusal."""
    adapter: TypeAdapter[A | Refused] = TypeAdapter(Refused if b'"refused"' in data[:12] else answer)
    return adapter.validate_json(data)


def spell_out(error: ValidationError) -> str:
    """Each place that is wrong, what is allowed there, and what stood there."""
    wrong = [
        f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['msg']} (got {str(item['input'])[:80]!r})"
        for item in error.errors(include_url=False, include_context=False)
    ]
    return one_line("; ".join(wrong))


def one_line(text: str) -> str:
    """Fit for a header: no line breaks, ASCII, at most 1,000 characters."""
    return " ".join(text.split()).encode("ascii", "replace").decode()[:1_000]


class NobodyAnswered(Exception):  # noqa: N818  the name says what happened
    """No service answered the ask: it is down, or still starting."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"nobody answered {subject}")
        self.subject = subject
