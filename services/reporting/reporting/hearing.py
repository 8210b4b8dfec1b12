"""What is heard and counted on the bus beside the facts: beats, and the dead letter. Knows the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from reporting.beats import Beats
from shared import subjects
from shared.bus import spell_out
from shared.events import Beat

LONGEST_BEAT = 4_096
COUNT_AGAIN_S = 2.0

log = structlog.get_logger()


async def hear_beats(client: Client, beats: Beats, clock: Callable[[], datetime]) -> None:
    """Listen for ever, without a queue group: every replica hears every beat."""

    async def on_beat(message: Msg) -> None:
        if len(message.data) > LONGEST_BEAT:
            log.warning("beat_ignored", subject=message.subject, reason=f"longer than {LONGEST_BEAT} bytes")
            return
        try:
            beats.hear(Beat.model_validate_json(message.data), clock())
        except ValidationError as error:
            log.warning("beat_ignored", subject=message.subject, reason=spell_out(error))

    subscription = await client.subscribe(subjects.ALL_BEATS, cb=on_beat)
    try:
        await asyncio.Event().wait()
    finally:
        await subscription.unsubscribe()


class Parked:
    """How many messages lie in the dead letter; counted at most every 2 s. On trouble: as many as last time."""

    def __init__(self) -> None:
        self._count = 0
        self._counted_at = float("-inf")

    async def count(self, client: Client) -> int:
        """The number now, or a moment ago."""
        now = asyncio.get_running_loop().time()
        if now - self._counted_at >= COUNT_AGAIN_S:
            self._counted_at = now
            try:
                self._count = (await client.jetstream(timeout=1).stream_info(subjects.DEAD)).state.messages
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                log.warning("dead_letter_not_counted", error=repr(error))
        return self._count
