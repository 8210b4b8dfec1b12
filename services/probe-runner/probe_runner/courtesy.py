"""Watches how long the tests of the last hour kept agents, and tells the PIC when it is more than the plan allows.

The scheduled tests go on: they are the work instruction's duty, and one left out would be a hole in the report. What
mends it is a longer interval or a quicker goodbye, so a person has to know.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import nats
import structlog

from probe_runner.by_hand import agent_time_of

if TYPE_CHECKING:
    from nats.aio.client import Client

    from probe_runner.plan_book import PlanBook
    from shared.service import Health

LOOK_AGAIN_S = 60.0

log = structlog.get_logger()


class AgentTimeWatch:
    """Keeps a notice for each target whose tests take more of its agents' time than its cap."""

    def __init__(self, book: PlanBook, health: Health) -> None:
        self._book, self._health = book, health

    async def watch_agent_time(self, client: Client) -> None:
        """For ever. Every replica watches: the notice must not go with the one that gave it."""
        await self._book.is_read.wait()
        while True:
            try:
                await self.look(client, datetime.now(UTC))
            except (nats.errors.Error, TimeoutError) as error:
                log.warning("agent_time_not_read_yet", error=repr(error))
            await asyncio.sleep(LOOK_AGAIN_S)

    async def look(self, client: Client, now: datetime) -> None:
        """Once."""
        caps = {target.id: target.most_agent_seconds_per_hour for target in self._book.targets.values()}
        told = {}
        for target, most in caps.items():
            if most is None:
                continue
            used = sum(use.amount for use in await agent_time_of(client, target, now))
            if used > most:
                told[_key(target)] = (
                    f"tests kept its agents for {used:.0f} s in the last hour, the plan allows {most} s;"
                    " scheduled tests go on"
                )
        for key in [key for key in self._health.notices if key.startswith(_key(""))]:
            del self._health.notices[key]
        self._health.notices.update(told)


def _key(target: str) -> str:
    return f"agent time of {target}"
