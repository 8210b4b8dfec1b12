"""The whole product, running: embedded as `sambung demo` starts it, or scaled as `docker-compose up` does."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import nats
from nats.aio.client import Client

ROOT = Path(__file__).parent.parent
PORTS = ("NATS", "DASHBOARD", "DASHBOARD_ADMIN", "REPORTING", "ESCALATION", "PROBE_RUNNER")


@dataclass
class World:
    """A running product with the lab. Speaks to it as anybody from outside would."""

    board: str
    bus: str
    lab: str
    passwords: dict[str, str]
    pids: dict[str, list[int]] = field(default_factory=dict)

    async def client(self, user: str) -> Client:
        """A plain connection: nats-py and the published contract, nothing of ours."""
        return await nats.connect(
            self.bus,
            user=user,
            password=self.passwords[user],
            inbox_prefix=f"_INBOX_{user}",
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
        )

    async def ask(self, client: Client, subject: str, **body: object) -> dict:
        """Ask, and ask again while a service is away; the command id stays, so that nothing happens twice."""
        question = {"command_id": str(uuid4()), "actor": {"id": "rina", "role": "ioc"}, **body}
        async with asyncio.timeout(60):
            while True:
                try:
                    reply = await client.request(subject, json.dumps(question).encode(), timeout=5)
                    return json.loads(reply.data)
                except (nats.errors.TimeoutError, nats.errors.NoRespondersError):
                    await asyncio.sleep(0.3)

    async def switch(self, number: str, fault: str | None) -> None:
        """Break a number of the lab, or mend it (None)."""
        async with httpx.AsyncClient(base_url=self.lab, timeout=5) as http:
            path = f"/faults/{number}"
            answer = await (http.put(path, json={"fault": fault}) if fault else http.delete(path))
            answer.raise_for_status()

    async def row(self, client: Client, target: str) -> dict:
        """The board's row of a target."""
        board = await self.ask(client, "ask.record.board")
        return next((row for row in board.get("rows", []) if row["target"]["id"] == target), {})


@dataclass
class Demo:
    """`sambung demo` in a process of its own, on free ports."""

    data: Path
    log: Path
    process: subprocess.Popen[bytes]

    async def world(self) -> World:
        async with asyncio.timeout(60):
            while not ((run := self.data / "run.json").exists() and "the board is at" in self.log.read_text()):
                assert self.process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.1)
        where = json.loads(run.read_text())
        users = [path.parent for path in (self.data / "secrets").glob("*/password")]
        return World(
            board=f"http://127.0.0.1:{where['dashboard_port']}",
            bus=f"nats://127.0.0.1:{where['nats_port']}",
            lab=f"http://127.0.0.1:{where['lab_http_port']}",
            passwords={user.name: (user / "password").read_text() for user in users},
        )

    def pid_of(self, module: str) -> int:
        """The child of the demo that runs ``module``; 0 while there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in children:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if module.encode() in command or command[0].endswith(module.encode()):
                return int(pid)
        return 0

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise


def start_demo(data: Path, log: Path) -> Demo:
    free = {f"SAMBUNG_{name}_PORT": "0" for name in PORTS} | {"LAB_SIP_PORT": "0", "LAB_HTTP_PORT": "0"}
    rtp = free_rtp_ports()
    command = [Path(sys.executable).parent / "sambung", "demo", "--data", data]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **free, "LAB_RTP_PORTS": rtp}, start_new_session=True
        )
    return Demo(data, log, process)


def free_rtp_ports() -> str:
    """A range of its own for each lab, so that two of them at once do not meet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        first = min(max(probe.getsockname()[1] // 2 * 2, 20_000), 64_000)
    return f"{first}-{first + 400}"


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[World]:
    demo = start_demo(folder / "data", folder / "demo.log")
    try:
        yield await demo.world()
    finally:
        demo.stop()


@asynccontextmanager
async def scaled(folder: Path) -> AsyncIterator[World]:
    compose = Compose(f"sambung{os.getpid()}")
    try:
        compose.run("--profile", "lab", "up", "--build", "-d")
        yield await compose.world()
    except BaseException:
        (folder / "compose.log").write_text(compose.output("logs", "--no-color"))
        raise
    finally:
        compose.run("--profile", "lab", "down", "-v", "-t", "5")


@dataclass
class Compose:
    """The scaled mode under a project name of its own."""

    project: str

    @property
    def command(self) -> list[str]:
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
        return [*(("docker", "compose") if plugin else ("docker-compose",)), "-p", self.project]

    def run(self, *words: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        environment = {**os.environ, "SAMBUNG_DASHBOARD_PORT": port}
        done = subprocess.run([*self.command, *words], cwd=ROOT, capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()

    def output(self, *words: str) -> str:
        done = subprocess.run([*self.command, *words], cwd=ROOT, capture_output=True, check=False)
        return (done.stdout + done.stderr).decode()

    def address(self, service: str) -> str:
        """A container's own address; only this machine can reach it."""
        container = self.output("--profile", "lab", "ps", "-q", service).split()[0]
        inspected = subprocess.run(["docker", "inspect", container], capture_output=True, check=True).stdout
        networks = json.loads(inspected)[0]["NetworkSettings"]["Networks"]
        return str(networks[f"{self.project}_inside"]["IPAddress"])

    async def world(self) -> World:
        rights = self.output("exec", "-T", "nats-1", "cat", "/run/secrets/rights.conf")
        names = dict(re.findall(r"^([A-Z_]+)_PASSWORD: '([^']+)'", rights, re.MULTILINE))
        board = self.output("port", "dashboard", "8501").strip()
        world = World(
            board=f"http://{board}",
            bus=f"nats://{self.address('nats-1')}:4222",
            lab=f"http://{self.address('lab')}:8070",
            passwords={name.lower().replace("_", "-"): password for name, password in names.items()},
        )
        async with asyncio.timeout(120), httpx.AsyncClient() as http:
            while not await is_up(http, f"{world.board}/_stcore/health"):
                await asyncio.sleep(0.5)
        return world


async def is_up(http: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await http.get(address)).is_success
    except httpx.HTTPError:
        return False


def has_engine() -> bool:
    """Whether a container engine answers."""
    return (
        bool(shutil.which("docker"))
        and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    )
