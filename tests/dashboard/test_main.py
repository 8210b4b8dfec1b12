"""The program as it is started: its ports, its health, its end."""

from __future__ import annotations

import asyncio
import json
import socket

import httpx
from natsd import Nats
from stage import free_ports, start, until_ready

from dashboard.app import ASKED
from shared.events import Beat


async def test_it_serves_pages_health_metrics_and_contracts_and_beats_and_ends_at_once(nats: Nats) -> None:
    listener = await nats.client("reporting")
    beats = await listener.subscribe("beat.dashboard.>")
    await listener.flush()
    http_port, admin_port = free_ports(2)
    process = await start(nats.url, http_port, admin_port)
    try:
        await until_ready(admin_port)
        async with httpx.AsyncClient() as http:
            pages = await http.get(f"http://127.0.0.1:{http_port}/")
            live = await http.get(f"http://127.0.0.1:{admin_port}/livez")
            metrics = await http.get(f"http://127.0.0.1:{admin_port}/metrics")
            contracts = await http.get(f"http://127.0.0.1:{admin_port}/asyncapi.json")
        assert (pages.status_code, live.status_code) == (200, 200)
        assert "sambung_ready 1.0" in metrics.text
        document = json.loads(contracts.content)
        assert document["asyncapi"].startswith("3.")
        named = {channel["address"].split(":")[0] for channel in document["channels"].values()}
        assert {ask.subject for ask in ASKED} <= named
        beat = Beat.model_validate_json((await beats.next_msg(timeout=10)).data)
        assert (beat.service, beat.is_ready) == ("dashboard", True)
    finally:
        process.terminate()
        async with asyncio.timeout(10):
            await process.wait()
        await listener.close()
    assert process.returncode == 0


async def test_without_a_bus_it_is_alive_but_not_ready() -> None:
    http_port, admin_port, nowhere = free_ports(3)
    process = await start(f"nats://127.0.0.1:{nowhere}", http_port, admin_port)
    try:
        async with asyncio.timeout(30), httpx.AsyncClient() as http:
            while True:
                try:
                    page = await http.get(f"http://127.0.0.1:{http_port}/")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        assert page.status_code == 200
        said = await until_ready(admin_port, is_ready=False)
        assert said.status_code == 503
        assert str(nowhere) in said.text
    finally:
        process.terminate()
        async with asyncio.timeout(10):
            await process.wait()


async def test_a_taken_port_is_named_with_its_remedy() -> None:
    for which, variable in ((0, "SAMBUNG_HTTP_PORT"), (1, "SAMBUNG_ADMIN_PORT")):
        ports = free_ports(2)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", ports[which]))
            taken.listen()
            process = await start("nats://127.0.0.1:9", *ports)
            said, _ = await process.communicate()
        assert process.returncode == 2
        assert variable in said.decode()
        assert str(ports[which]) in said.decode()
