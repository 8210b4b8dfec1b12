from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

import httpx
import pytest
from faststream.asgi import AsgiFastStream
from natsd import Nats
from samples import PIC, uid
from waiting import eventually

from shared.asks import AcknowledgeTicket, Refused
from shared.bus import make_broker
from shared.events import Beat
from shared.service import TAKEN, Health, make_service
from shared.settings import Settings


def make(nats: Nats, *loops, health: Health | None = None) -> AsgiFastStream:
    settings = Settings(**nats.settings("escalation", instance="my.host"))
    broker = make_broker(settings)

    @broker.subscriber(AcknowledgeTicket.subject, queue="escalation")
    async def on_acknowledge(said: AcknowledgeTicket) -> Refused:
        return Refused(refused="not_open", message=said.note)

    return make_service(settings, broker, health or Health(), loops=loops)


async def get(app: AsgiFastStream, path: str, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://it") as web:
        return await web.request(method, path, json={} if method == "POST" else None)


def looking(app: AsgiFastStream, path: str = "/readyz"):
    async def look() -> httpx.Response:
        return await get(app, path)

    return look


def is_ready(answer: httpx.Response) -> bool:
    return answer.status_code == 200


def is_unready(answer: httpx.Response) -> bool:
    return answer.status_code == 503


async def test_it_answers_before_the_bus_does_and_is_ready_when_it_is_there(nats):
    nats.kill()
    app = make(nats)
    async with app.start_lifespan_context():
        assert (await get(app, "/livez")).status_code == 200
        unready = await get(app, "/readyz")
        assert unready.status_code == 503
        assert unready.json()["missing"] == {"bus": f"not connected to {nats.url}"}
        await nats.start()
        ready = await eventually(looking(app), is_ready)
        assert ready.json() == {"ready": True, "missing": {}, "notices": {}}


async def test_it_says_so_while_the_bus_is_away_and_answers_asks_when_it_is_back(nats):
    app = make(nats)
    async with app.start_lifespan_context():
        await eventually(looking(app), is_ready)
        nats.kill()
        await eventually(looking(app), is_unready)
        assert (await get(app, "/livez")).status_code == 200
        assert "sambung_ready 0.0" in (await get(app, "/metrics")).text
        await nats.start()
        await eventually(looking(app), is_ready)
        assert "sambung_ready 1.0" in (await get(app, "/metrics")).text
        client = await nats.client("dashboard")
        said = AcknowledgeTicket(command_id=uid(1), actor=PIC, ticket=uid("one"), note="hello")
        reply = await client.request(said.subject, said.model_dump_json().encode(), timeout=5)
        assert Refused.model_validate_json(reply.data).message == "hello"
        await client.close()


async def test_what_it_serves(nats):
    app = make(nats)
    async with app.start_lifespan_context():
        await eventually(looking(app), is_ready)
        document = await get(app, "/asyncapi.json")
        assert document.json()["info"]["title"] == "Sambung escalation"
        assert "ask.ticket.acknowledge" in document.text
        assert (await get(app, "/asyncapi")).status_code == 200
        for path in ("/asyncapi/try", "/", "/readyz/x"):
            assert (await get(app, path, "POST")).status_code == 404, f"{path} would let strangers in"


async def test_a_check_that_complains_makes_it_unready_and_a_notice_does_not(nats):
    health, trouble = Health(), [""]
    health.checks["store"] = lambda: trouble[0]
    health.notices["plan"] = "plan.toml line 3: unknown key"
    app = make(nats, health=health)
    async with app.start_lifespan_context():
        ready = await eventually(looking(app), is_ready)
        assert ready.json()["notices"] == {"plan": "plan.toml line 3: unknown key"}
        trouble[0] = "disk full"
        assert (await get(app, "/readyz")).json()["missing"] == {"store": "disk full"}


async def test_it_beats_with_what_a_pic_should_know(nats):
    health = Health()
    health.checks["store"] = lambda: "disk full"
    health.notices["plan"] = "x" * 600
    operator = await nats.client("operator")
    heard = await operator.subscribe("beat.>")
    await operator.flush()
    app = make(nats, health=health)
    async with app.start_lifespan_context():
        message = await heard.next_msg(timeout=20)
    beat = Beat.model_validate_json(message.data)
    assert message.subject == "beat.escalation.my-host"
    assert (beat.service, beat.instance, beat.is_ready) == ("escalation", "my.host", False)
    assert "store: disk full" in beat.notices
    assert max(map(len, beat.notices)) == 500
    await operator.close()


async def test_a_loop_that_fails_is_begun_again_and_meanwhile_it_is_not_ready(nats):
    began: list[int] = []

    async def count(_client) -> None:
        began.append(len(began))
        if len(began) == 1:
            raise RuntimeError("stumbled")
        await asyncio.Event().wait()

    app = make(nats, count)
    async with app.start_lifespan_context():
        unready = await eventually(looking(app), lambda answer: "count" in answer.json()["missing"])
        assert "stumbled" in unready.json()["missing"]["count"]
        await eventually(looking(app), is_ready)
    assert began == [0, 1]


async def test_it_ends_also_when_a_loop_missed_that_it_should(nats):
    """Python 3.11's wait_for may swallow a cancellation."""
    told: list[str] = []

    async def deaf(_client) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append("end")
                if len(told) == 2:
                    raise

    app = make(nats, deaf)
    async with app.start_lifespan_context():
        await eventually(looking(app), is_ready)
    assert told == ["end", "end"]


SERVE = """
from shared.bus import make_broker
from shared.service import Health, make_service, serve
from shared.settings import Settings
settings = Settings(service="reporting")
serve(make_service(settings, make_broker(settings), Health()), settings)
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "203.0.113.1"])
def test_a_port_that_cannot_be_had_is_named_with_the_way_out(host):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-c", SERVE],
            env={"SAMBUNG_HTTP_PORT": port, "SAMBUNG_HTTP_HOST": host},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == TAKEN == 2
    assert port in ended.stdout
    assert "SAMBUNG_HTTP_PORT of reporting" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
