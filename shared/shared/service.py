"""The frame that every service stands in: health, metrics, beat, loops. Knows no service's business."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from faststream.asgi import AsgiFastStream, AsgiResponse, AsyncAPIRoute, get
from faststream.specification import AsyncAPI
from prometheus_client import CollectorRegistry, Gauge, make_asgi_app

from shared import subjects
from shared.events import Beat

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from faststream.nats import NatsBroker
    from nats.aio.client import Client

    from shared.settings import Settings

BEAT_S = 2.0
LONGEST_PAUSE_S = 30.0
TAKEN = 2
"""Exit code for a port that is taken: the supervisor need not try again at once."""

log = structlog.get_logger()


@dataclass
class Health:
    """What a process says of itself.

    ``checks``: by name, a function that returns what is wrong ("" when all is well); one that complains makes the
    process not ready. ``notices``: by name, what a PIC should know although the process works.
    """

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    checks: dict[str, Callable[[], str]] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)

    def complaints(self) -> dict[str, str]:
        """Every check that is not content, with what it says."""
        said = {name: check() for name, check in self.checks.items()}
        return {name: words for name, words in said.items() if words}


def make_service(
    settings: Settings,
    broker: NatsBroker,
    health: Health,
    *,
    loops: Sequence[Callable[[Client], Coroutine[Any, Any, None]]] = (),
    registry: CollectorRegistry | None = None,
) -> AsgiFastStream:
    """Serve ``/livez /readyz /metrics /asyncapi /asyncapi.json`` and keep ``loops`` running while connected.

    Each loop is called with the NATS client once connected, runs for ever, and is begun again with a growing
    pause when it fails; /readyz says so meanwhile. HTTP answers before the bus does.
    """
    registry = registry or CollectorRegistry()
    tasks: list[asyncio.Task[None]] = []
    health.checks["bus"] = lambda: "" if _is_connected(broker) else f"not connected to {settings.nats_url}"
    ready = Gauge("sambung_ready", "1 when the service can do its work", registry=registry)
    ready.set_function(lambda: float(not health.complaints()))

    @get(description="The process runs.")
    async def livez(scope: Any) -> AsgiResponse:  # noqa: ANN401, ARG001  the shape of an ASGI route
        return AsgiResponse(b"ok", 200)

    @get(description="The service can do its work; if not, what is missing.")
    async def readyz(scope: Any) -> AsgiResponse:  # noqa: ANN401, ARG001  the shape of an ASGI route
        complaints = health.complaints()
        body = json.dumps({"ready": not complaints, "missing": complaints, "notices": health.notices}).encode()
        return AsgiResponse(body, 503 if complaints else 200, {"content-type": "application/json"})

    async def begin() -> None:
        client = await broker.connect()
        everything = (*loops, _beating(settings, health))
        tasks.extend(asyncio.create_task(_keep(loop, client, health)) for loop in everything)

    async def end() -> None:
        # Before the broker drains: afterwards nats-py turns a cancellation into an error, and a loop never ends.
        running = set(tasks)
        while running:
            for task in running:
                task.cancel()
            # Python 3.11's wait_for, in nats-py too, swallows a cancellation that meets its result: say it again.
            running = (await asyncio.wait(running, timeout=0.5))[1]

    return AsgiFastStream(
        broker,
        specification=AsyncAPI(title=f"Sambung {settings.service}", version="1"),
        # Its "try it out" would let anybody who reaches the port publish with this service's rights.
        asyncapi_path=AsyncAPIRoute("/asyncapi", try_it_out_path=None),
        asgi_routes=[("/livez", livez), ("/readyz", readyz), ("/metrics", make_asgi_app(registry))],
        after_startup=[begin],
        on_shutdown=[end],
        logger=None,
    )


def _is_connected(broker: NatsBroker) -> bool:
    connection = broker._connection  # noqa: SLF001  FastStream has no public word for "connected now"
    return connection is not None and connection.is_connected


async def _keep(loop: Callable[[Client], Coroutine[Any, Any, None]], client: Client, health: Health) -> None:
    name, pause = getattr(loop, "__name__", "loop"), 1.0
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await loop(client)
            raise LoopEnded(name)  # noqa: TRY301  it is treated as any other failure
        except Exception as error:
            log.exception("loop_failed", loop=name)
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE_S:
                pause = 1.0
            health.checks[name] = partial(str, f"{name} failed: {error!r}; begins again in {pause:.0f} s")
            await asyncio.sleep(pause)
            health.checks.pop(name, None)
            pause = min(pause * 2, LONGEST_PAUSE_S)


def _beating(settings: Settings, health: Health) -> Callable[[Client], Coroutine[Any, Any, None]]:
    subject = subjects.beat(settings.service, settings.instance)

    async def beat(client: Client) -> None:
        while True:
            complaints = health.complaints()
            said = Beat(
                service=settings.service,
                instance=settings.instance,
                at=datetime.now(UTC),
                started_at=health.started_at,
                is_ready=not complaints,
                notices=tuple(f"{name}: {words}"[:500] for name, words in {**complaints, **health.notices}.items()),
            )
            await client.publish(subject, said.model_dump_json().encode())
            await asyncio.sleep(BEAT_S)

    return beat


def serve(app: AsgiFastStream, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Ends the process with ``TAKEN`` when the HTTP port belongs to somebody else."""
    listener = _listen(settings)
    config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=5)
    log.info("service_started", http=f"http://{settings.http_host}:{listener.getsockname()[1]}")
    uvicorn.Server(config).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.http_host, settings.http_port))
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
            raise
        log.error(  # noqa: TRY400  no bug of ours
            "port_taken",
            port=settings.http_port,
            remedy=f"set SAMBUNG_HTTP_PORT of {settings.service} to another port",
            error=str(error),
        )
        sys.exit(TAKEN)
    return listener


class LoopEnded(Exception):  # noqa: N818  says what happened
    """A loop returned, though it runs for ever: a bug."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} returned")
