"""A real nats-server for tests: random port, the rights of every user on, streams provisioned."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from pydantic import SecretStr

from shared.bus import connect
from shared.rights import USERS, server_configuration
from shared.settings import Settings
from shared.streams import provision


@dataclass
class Nats:
    """A running server; ``kill()`` is kill -9, ``start()`` brings it back on the same port with its data."""

    folder: Path
    port: int = -1
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def settings(self, user: str, **more: Any) -> dict[str, Any]:
        """Keyword arguments for a service's settings."""
        values = {"service": user, "instance": "t1", "nats_url": self.url, "nats_user": user}
        return {**values, "nats_password": SecretStr(f"secret-{user}"), "data_dir": self.folder, **more}

    async def client(self, user: str) -> Client:
        return await connect(Settings(**self.settings(user)))

    async def start(self) -> None:
        for old in self.folder.glob("*.ports"):
            old.unlink()
        server = Path(sys.executable).parent / "nats-server"
        command = [server, "-c", self.folder / "nats.conf", "-a", "127.0.0.1", "-p", str(self.port)]
        log = (self.folder / "nats.log").open("ab")
        self.process = subprocess.Popen(command, stderr=log, stdout=log)
        async with asyncio.timeout(10):
            while not (text := "".join(file.read_text() for file in self.folder.glob("*.ports"))):
                await asyncio.sleep(0.01)
        self.port = int(json.loads(text)["nats"][0].rsplit(":", 1)[1])

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


@asynccontextmanager
async def running_nats(folder: Path) -> AsyncIterator[Nats]:
    passwords = "".join(f"{user.variable}: 'secret-{user.name}'\n" for user in USERS)
    (folder / "rights.conf").write_text(passwords + server_configuration())
    (folder / "nats.conf").write_text(
        f"include './rights.conf'\njetstream {{ store_dir: '{folder}/js', sync_interval: always }}\n"
        f"ports_file_dir: '{folder}'\n"
    )
    nats = Nats(folder)
    await nats.start()
    try:
        admin = await nats.client("admin")
        await provision(admin.jetstream())
        await admin.close()
        yield nats
    finally:
        await nats.stop()
