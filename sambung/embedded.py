"""The embedded mode: the whole product on one machine, with no other install. Starts programs; imports none of them.

Order: nats-server, streams, then everything else at once; the stop is the reverse. Only environment variables
tell it from the scaled mode.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import httpx
from pydantic import SecretStr

from sambung.children import STEADY_S, Child, Say
from sambung.demo import write_demo_plan
from sambung.keys import make_keys, write_secret
from sambung.ports import Ports
from shared import subjects
from shared.bus import connect
from shared.events import Beat
from shared.settings import Settings
from shared.streams import provision

BEAT_S = 2.0
PATIENCE_S = 30.0
SERVICES = ("reporting", "escalation", "probe-runner")
LARGEST_STORE = "16GB"
"""More than the streams' limits together; the server's default, a share of the free disk, could be less."""


@dataclass
class Embedded:
    """The product on one machine. ``data``: everything it keeps. ``plan``: the plan file; None: the demo's own."""

    data: Path
    plan: Path | None
    ports: Ports
    say: Say
    with_lab: bool = False
    log_format: str = "console"

    async def run(self, stopping: asyncio.Event) -> None:
        """Start everything, keep it running until ``stopping``, stop everything in reverse."""
        self.data.mkdir(parents=True, exist_ok=True)
        lock = _lock(self.data)
        try:
            self.ports = self.ports.settled(with_lab=self.with_lab)
            self._write()
            await self._run(stopping)
        finally:
            (self.data / "run.json").unlink(missing_ok=True)
            lock.close()

    async def _run(self, stopping: asyncio.Event) -> None:
        children = self._children()
        tasks: list[asyncio.Task[None]] = []

        def start(child: Child) -> None:
            tasks.append(asyncio.create_task(child.keep(self.say), name=child.name))

        try:
            start(children[0])
            if await _unless(stopping, self._provision()):
                for child in children[1:]:
                    start(child)
                tasks.append(asyncio.create_task(self._tell_of(children)))
                tasks.append(asyncio.create_task(self._greet()))
                await stopping.wait()
        finally:
            self.say("sambung", "stopping")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for child in reversed(children):
                await child.stop()
            self.say("sambung", "everything has stopped")

    def _write(self) -> None:
        """Write what the children read: keys, the server's configuration, the demo's plan, and where things are."""
        make_keys(self.data / "secrets")
        store = self.data.resolve() / "nats"
        write_secret(
            self.data / "secrets" / "nats" / "nats.conf",
            "include './rights.conf'\n"
            f"jetstream {{ store_dir: '{store}', sync_interval: always, max_file_store: {LARGEST_STORE} }}\n",
        )
        if self.plan is None:
            ports = self.ports
            self.plan = write_demo_plan(
                self.data / "demo", f"127.0.0.1:{ports.lab_sip_port}", f"127.0.0.1:{ports.lab_http_port}"
            )
        where = {**self.ports.model_dump(), "plan": str(self.plan.resolve()), "pid": os.getpid()}
        (self.data / "run.json").write_text(json.dumps(where, indent=2), encoding="utf-8")

    def _children(self) -> list[Child]:
        ports, secrets = self.ports, self.data / "secrets"
        server = ["-c", str(secrets / "nats" / "nats.conf"), "-a", "127.0.0.1", "-p", str(ports.nats_port)]
        children = [Child("nats", [_program("nats-server"), *server], hides=" [INF]")]
        if self.with_lab:
            lab = {"LAB_SIP_PORT": str(ports.lab_sip_port), "LAB_HTTP_PORT": str(ports.lab_http_port)}
            children.append(Child("lab", [sys.executable, "-m", "sambung.lab"], lab))
        for service in SERVICES:
            port = getattr(ports, f"{service.replace('-', '_')}_port")
            package = service.replace("-", "_")
            children.append(Child(service, [sys.executable, "-m", package], self._environment(service, port)))
        dashboard = self._environment("dashboard", ports.dashboard_port)
        dashboard["SAMBUNG_ADMIN_PORT"] = str(ports.dashboard_admin_port)
        return [*children, Child("dashboard", [sys.executable, "-m", "dashboard"], dashboard)]

    def _environment(self, service: str, port: int) -> dict[str, str]:
        return {
            "SAMBUNG_INSTANCE": "main",
            "SAMBUNG_NATS_URL": f"nats://127.0.0.1:{self.ports.nats_port}",
            "SAMBUNG_NATS_USER": service,
            "SAMBUNG_NATS_PASSWORD_FILE": str(self.data / "secrets" / service / "password"),
            "SAMBUNG_DATA_DIR": str(self.data),
            "SAMBUNG_HTTP_PORT": str(port),
            "SAMBUNG_LOG_FORMAT": self.log_format,
            "SAMBUNG_PLAN": str(self.plan),
        }

    def _settings(self, user: str) -> Settings:
        return settings_for(self.data, self.ports.nats_port, user)

    async def _provision(self) -> None:
        client = await connect(self._settings("admin"), error_cb=_quiet)
        try:
            await provision(client.jetstream(timeout=10))
        finally:
            await client.close()

    async def _greet(self) -> None:
        address = f"http://127.0.0.1:{self.ports.dashboard_port}"
        async with httpx.AsyncClient(timeout=2) as http:
            while True:
                try:
                    if (await http.get(f"{address}/_stcore/health")).is_success:
                        break
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.3)
        self.say("sambung", f"the board is at {address}  (Ctrl-C stops everything; data stays in {self.data})")

    async def _tell_of(self, children: list[Child]) -> None:
        """Say on the bus how each child fares, so that the board can show a restart."""
        client = await connect(self._settings("supervisor"), error_cb=_quiet, disconnected_cb=_quiet)
        try:
            while True:
                for child in children:
                    beat = _beat_of(child, datetime.now(UTC))
                    await client.publish(subjects.beat(child.name, "supervisor"), beat.model_dump_json().encode())
                await asyncio.sleep(BEAT_S)
        finally:
            # Left open, it would look for its server for the best part of a minute after that has stopped.
            await client.close()


def settings_for(data: Path, nats_port: int, user: str) -> Settings:
    """What a program beside the embedded mode needs to speak as ``user``."""
    password = (data / "secrets" / user / "password").read_text(encoding="utf-8").strip()
    return Settings(
        service=user,
        instance="terminal",
        nats_url=f"nats://127.0.0.1:{nats_port}",
        nats_user=user,
        nats_password=SecretStr(password),
        data_dir=data,
    )


def stop_on_signals(stopping: asyncio.Event) -> None:
    """Ctrl-C and SIGTERM ask for the orderly end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)


async def _unless(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, or give it up when asked to stop. True: it was done."""
    doing, asked = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE_S)
    asked.cancel()
    if doing.done():
        doing.result()
        return True
    doing.cancel()
    if not stopping.is_set():
        raise BusNotUp(PATIENCE_S)
    return False


async def _quiet(*_: object) -> None:
    """The children say for themselves that the bus is away."""


def _beat_of(child: Child, now: datetime) -> Beat:
    is_worth_telling = child.trouble and not _is_steady(child, now)
    return Beat(
        service=child.name,
        instance="supervisor",
        at=now,
        started_at=child.began_at,
        is_ready=child.is_running,
        notices=(child.trouble,) if is_worth_telling else (),
        restarts=child.restarts,
    )


def _is_steady(child: Child, now: datetime) -> bool:
    return child.is_running and (now - child.began_at).total_seconds() > STEADY_S


def _program(name: str) -> str:
    """A program of this virtual environment, else of the machine."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else name


def _lock(data: Path) -> IO[str]:
    """Hold the folder for this process; two products on one folder would spoil each other's data."""
    file = (data / "lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise FolderInUse(data) from None
    return file


class FolderInUse(Exception):  # noqa: N818  says what happened
    """Another product runs on this folder."""

    def __init__(self, data: Path) -> None:
        super().__init__(f"{data} is in use by a running sambung; stop it, or choose another folder with --data")


class BusNotUp(Exception):  # noqa: N818  says what happened
    """nats-server did not become ready; its own lines above say why."""

    def __init__(self, patience_s: float) -> None:
        super().__init__(f"nats-server was not ready within {patience_s:g} s; its lines above say why")
