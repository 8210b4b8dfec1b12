"""Rebuild the record from the streams: forget it, and follow until it is whole again. Knows the way, not the facts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nats.js import JetStreamContext

from reporting.app import STREAMS, make_inbox
from reporting.database import Database
from reporting.settings import ReportingSettings
from reporting.store import Store
from shared.bus import connect
from shared.inbox import position_name

LOOK_AGAIN_S = 0.5


def forget(database: Database) -> str:
    """Wipe the record. Returns what happens next, for people: running replicas notice, and read again."""
    were = Store(database).wipe()
    read = ", ".join(f"{name.split('@')[0]} {last}" for name, last in sorted(were.items())) or "nothing"
    return f"record wiped (had read: {read}); running replicas read again from position 0 of {' and '.join(STREAMS)}"


async def follow(settings: ReportingSettings, database: Database, say: Callable[[str], None]) -> None:
    """Read until the record is where the streams end as of now; ``say`` hears how far it is.

    Reads by itself, so no service need run; beside running replicas it is one reader more.
    """
    client, store = await connect(settings), Store(database)
    tasks: list[asyncio.Task[None]] = []
    try:
        ends = await _ends(client.jetstream())
        tasks = [asyncio.create_task(make_inbox(settings, client, store, stream).run()) for stream in STREAMS]
        whole = sum(ends.values())
        while True:
            read = sum([min(await asyncio.to_thread(store.position, name), end) for name, end in ends.items()])
            say(f"{read * 100 // whole if whole else 100} % ({read} of {whole})")
            if read >= whole:
                return
            done, _ = await asyncio.wait(tasks, timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # an inbox only ends by an accident: let it be seen
    finally:
        await _end(tasks)
        await client.close()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        # Python 3.11's wait_for, in nats-py too, swallows a cancellation that meets its result: say it again.
        running = (await asyncio.wait(running, timeout=0.5))[1]


async def _ends(js: JetStreamContext) -> dict[str, int]:
    infos = [await js.stream_info(stream) for stream in STREAMS]
    return {position_name(info): info.state.last_seq for info in infos if info.state.messages}
