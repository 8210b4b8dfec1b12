"""The stream DUE, at its writing end: announces what is due. Any number of replicas make one job per slot."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import nats
import structlog

from probe_runner.schedule import due, job_for
from shared.bus import announce

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext

    from probe_runner.figures import Figures
    from probe_runner.plan_book import PlanBook
    from shared.service import Health
    from shared.vocabulary import Slot

TICK_S = 0.5
PAUSE_S = 2.0

log = structlog.get_logger()


class Announcer:
    """Announces each slot of each target once; the stream refuses what another replica announced before."""

    def __init__(self, book: PlanBook, figures: Figures, health: Health) -> None:
        self._book, self._figures = book, figures
        self._known: dict[tuple[str, str], Slot] = {}
        self._trouble = ""
        health.checks["schedule"] = lambda: self._trouble

    async def announce_slots(self, client: Client) -> None:
        """For ever."""
        js = client.jetstream()
        while True:
            try:
                await self.announce_due(js, datetime.now(UTC))
            except (nats.errors.Error, TimeoutError) as error:
                self._trouble = f"due tests cannot be announced: {error!r}"
                log.warning("slots_not_announced_yet", error=repr(error))
                await asyncio.sleep(PAUSE_S)
            else:
                self._trouble = ""
                await asyncio.sleep(TICK_S)

    async def announce_due(self, js: JetStreamContext, moment: datetime) -> None:
        """Announce what is due at ``moment`` and not known to be announced."""
        self._known = {key: slot for key, slot in self._known.items() if slot.end > moment}
        for target, slot in due(self._book.targets.values(), moment):
            if (target.id, slot.token) in self._known:
                continue
            is_first = await announce(js, job_for(target, slot, moment))
            self._known[target.id, slot.token] = slot
            if is_first:
                self._figures.announced.inc()
                log.info("slot_announced", target=target.id, slot=slot.token)
