"""The targets of the plan in force, as the PLAN bucket has them. Knows the bus; knows nothing of tests."""

from __future__ import annotations

import asyncio

import nats
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError
from pydantic import ValidationError

from shared import subjects
from shared.bus import spell_out
from shared.vocabulary import TargetCard

LOOK_AGAIN_S = 1.0
MOST = 1_000
"""Targets shown; a plan is written by people and has tens."""

log = structlog.get_logger()


class Targets:
    """The last known cards, by id. On trouble they stay as they are."""

    def __init__(self) -> None:
        self.cards: tuple[TargetCard, ...] = ()
        self._seen: tuple[object, int] | None = None

    async def follow(self, client: Client) -> None:
        """Look again and again, for ever. No watcher: after a restart of the server it would be deaf for 20 s."""
        js = client.jetstream(timeout=2)
        while True:
            try:
                await self.look(js)
            except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
                log.warning("plan_not_read", error=repr(error))
            await asyncio.sleep(LOOK_AGAIN_S)

    async def look(self, js: JetStreamContext) -> None:
        """Read the cards if the bucket changed since the last look."""
        prefix = f"$KV.{subjects.PLAN}."
        info = await js.stream_info(f"KV_{subjects.PLAN}", subjects_filter=f"{prefix}{subjects.target_key('*')}")
        seen = (info.created, info.state.last_seq)
        if seen == self._seen:
            return
        bucket = await js.key_value(subjects.PLAN)
        keys = sorted(subject.removeprefix(prefix) for subject in info.state.subjects or {})[:MOST]
        cards = []
        for key in keys:
            try:
                cards.append(TargetCard.model_validate_json((await bucket.get(key)).value or b""))
            except KeyNotFoundError:  # deleted: its marker still stands there
                continue
            except ValidationError as error:
                log.error("target_not_read", key=key, reason=spell_out(error))  # noqa: TRY400  no bug of ours
        self.cards, self._seen = tuple(cards), seen
        log.info("targets_read", count=len(cards))
