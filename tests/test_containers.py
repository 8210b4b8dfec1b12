"""The services on the images of the scaled mode: a failed test becomes a ticket and a record there too."""

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager
from uuid import uuid4

import pytest
from pydantic import SecretStr
from samples import PIC, failed
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy
from testcontainers.postgres import PostgresContainer
from worlds import has_engine

from shared.asks import ReadTicketRecords, TicketRecordsRead
from shared.bus import NobodyAnswered, ask, connect, say
from shared.rights import USERS, server_configuration
from shared.settings import Settings
from shared.streams import provision

pytestmark = [
    pytest.mark.containers,
    pytest.mark.skipif(not has_engine(), reason="no container engine answers, so the images were not tried"),
]


@pytest.fixture
def bus(tmp_path):
    passwords = "".join(f"{user.variable}: 'secret-{user.name}'\n" for user in USERS)
    configuration = tmp_path / "nats.conf"
    configuration.write_text(
        passwords + server_configuration() + "jetstream { store_dir: /data, max_file_store: 16GB }\n"
    )
    container = (
        DockerContainer("nats:2.15-alpine")
        .with_command("-c /etc/nats.conf")
        .with_exposed_ports(4222)
        .with_volume_mapping(str(configuration), "/etc/nats.conf")
        .waiting_for(LogMessageWaitStrategy("Server is ready"))
    )
    with container as running:
        yield f"nats://{running.get_container_host_ip()}:{running.get_exposed_port(4222)}"


@pytest.fixture
def database():
    with PostgresContainer("postgres:18-bookworm", username="sambung", password="sambung", dbname="sambung") as running:
        # As deploy/postgres.sh does it, whatever the image's own locale.
        create = "CREATE DATABASE proof ENCODING 'UTF8' TEMPLATE template0"
        done = running.exec(["psql", "-h", "/var/run/postgresql", "-U", "sambung", "-c", create])
        assert done.exit_code == 0, done.output
        yield running.get_connection_url(driver=None).removesuffix("sambung") + "proof"


def settings(bus, user):
    return Settings(service=user, nats_url=bus, nats_user=user, nats_password=SecretStr(f"secret-{user}"))


@contextmanager
def service(module, bus, database, log):
    user = module.replace("_", "-")
    environment = {
        "SAMBUNG_NATS_URL": bus,
        "SAMBUNG_NATS_USER": user,
        "SAMBUNG_NATS_PASSWORD": f"secret-{user}",
        "SAMBUNG_DATABASE_URL": database,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module], env={**os.environ, **environment}, stdout=out, stderr=out
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def recorded(client):
    """The first ticket on record."""
    async with asyncio.timeout(60):
        while True:
            try:
                read = await ask(client, ReadTicketRecords(command_id=uuid4(), actor=PIC), TicketRecordsRead)
            except NobodyAnswered:
                read = None
            if read and read.tickets:
                return read.tickets[0]
            await asyncio.sleep(0.3)


async def test_a_failed_test_becomes_a_recorded_ticket_on_the_images_of_the_scaled_mode(bus, database, tmp_path):
    admin = await connect(settings(bus, "admin"))
    await provision(admin.jetstream())
    await admin.close()
    fact = failed()

    with (
        service("escalation", bus, database, tmp_path / "escalation.log"),
        service("reporting", bus, database, tmp_path / "reporting.log"),
    ):
        runner, dashboard = await connect(settings(bus, "probe-runner")), await connect(settings(bus, "dashboard"))
        await say(runner.jetstream(), fact, "test")
        ticket = await recorded(dashboard)
        await runner.close()
        await dashboard.close()

    assert (ticket.target, ticket.cause) == (fact.target, fact.cause)
