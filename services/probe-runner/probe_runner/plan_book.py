"""The plan in force: the plan file into KV ``PLAN``, and KV ``PLAN`` into memory. Knows no schedule and no probe.

The file is the truth; the bucket is what is in force, also after a file was refused. Replicas that read the same
file write the same values, each accepted only on the revision it was compared with.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import nats
import structlog
from nats.js.errors import KeyWrongLastSequenceError, NotFoundError
from pydantic import ValidationError

from probe_runner.plan import Plan, PlanRefused
from probe_runner.plan_file import Fingerprint, fingerprint, load_plan
from probe_runner.target import Target
from shared import subjects

if TYPE_CHECKING:
    from pathlib import Path

    from nats.aio.client import Client
    from nats.js import JetStreamContext

    from shared.service import Health

POLL_S = 1.0
BUCKET_STREAM = f"KV_{subjects.PLAN}"
KEY = f"$KV.{subjects.PLAN}."

log = structlog.get_logger()


class PlanBook:
    """Keeps ``targets`` (by id) as they are in force. ``is_read`` is set once the bucket has been read."""

    def __init__(self, file: Path, health: Health) -> None:
        self.targets: dict[str, Target] = {}
        self.is_read = asyncio.Event()
        self._file, self._health = file, health
        self._stored: dict[str, tuple[int, bytes]] = {}
        self._version: tuple[object, int] | None = None
        self._print: Fingerprint | None = None
        self._unsaid: Plan | None = None
        self._looking = asyncio.Lock()
        health.checks["plan"] = self._complaint

    async def follow_plan(self, client: Client) -> None:
        """For ever: take a changed file in, and whatever changed in the bucket."""
        js = client.jetstream()
        while True:
            await self.look(js)
            await asyncio.sleep(POLL_S)

    async def look(self, js: JetStreamContext) -> None:
        """Once: the file, then the bucket. What the bus could not take is tried again at the next look."""
        async with self._looking:
            await self._read_file()
            await self._synchronise(js)

    async def _synchronise(self, js: JetStreamContext) -> None:
        try:
            await self._read_bucket(js)
            if self._unsaid is not None:
                await self._put(js, self._unsaid)
                self._unsaid = None
                await self._read_bucket(js)
            self.is_read.set()
        except KeyWrongLastSequenceError:
            log.info("plan_changed_by_another_replica")
        except (nats.errors.Error, TimeoutError) as error:
            log.warning("plan_not_synchronised_yet", error=repr(error))

    async def _read_file(self) -> None:
        before, self._print = self._print, fingerprint(self._file)
        if self._print is None:
            words = f"{self._file} does not exist; the last good plan stays in force"
            if self._health.notices.get("plan") != words:
                log.error("plan_missing", file=str(self._file))
            self._health.notices["plan"] = words
            return
        is_refused = "plan" in self._health.notices
        if self._print == before and not is_refused:
            return
        if before is not None and self._print != before:
            # Perhaps still being written: half a plan may be valid, and its other half would be deleted.
            await asyncio.sleep(POLL_S / 2)
            if fingerprint(self._file) != self._print:
                self._print = before
                return
        try:
            self._unsaid = await asyncio.to_thread(load_plan, self._file)
        except Exception as refusal:  # noqa: BLE001  whatever a plan breaks, it is told and the file read again
            self._refuse(refusal)
        else:
            self._health.notices.pop("plan", None)
            log.info("plan_read", file=str(self._file), targets=len(self._unsaid.targets))

    def _refuse(self, refusal: Exception) -> None:
        if isinstance(refusal, PlanRefused):
            lines = refusal.lines
        elif isinstance(refusal, OSError):
            lines = [str(refusal)]
        else:
            lines = [f"{self._file}: {type(refusal).__name__}: {str(refusal)[:500]}"]
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        words = f"refused, the last good plan stays in force: {lines[0]}{more}"
        if self._health.notices.get("plan") != words:
            log.error("plan_refused", file=str(self._file), problems=lines[:50])
        self._health.notices["plan"] = words

    async def _read_bucket(self, js: JetStreamContext) -> None:
        info = await js.stream_info(BUCKET_STREAM, subjects_filter=f"{KEY}{subjects.target_key('*')}")
        version = (info.created, info.state.last_seq)
        if version == self._version:
            return
        self._stored = {}
        for subject in info.state.subjects or {}:
            try:
                message = await js.get_msg(BUCKET_STREAM, subject=subject)
            except NotFoundError:
                continue
            if not (message.headers or {}).get("KV-Operation"):
                self._stored[subject.removeprefix(KEY)] = (message.seq or 0, message.data or b"")
        self._version = version
        self._take()

    def _take(self) -> None:
        targets = {}
        for key, (_, value) in sorted(self._stored.items()):
            try:
                target = Target.model_validate_json(value)
            except ValidationError as error:
                log.error("plan_entry_not_understood", key=key, error=str(error))  # noqa: TRY400  no bug of ours
                self._health.notices[key] = "the plan's entry is not understood and not tested; save the plan file anew"
                continue
            self._health.notices.pop(key, None)
            targets[target.id] = target
        self.targets = targets
        log.info("plan_in_force", targets=len(targets))

    async def _put(self, js: JetStreamContext, plan: Plan) -> None:
        bucket = await js.key_value(subjects.PLAN)
        wanted = {subjects.target_key(target.id): target.model_dump_json().encode() for target in plan.targets}
        for key, value in wanted.items():
            revision, stored = self._stored.get(key, (0, b""))
            if stored == value:
                continue
            if revision:
                await bucket.update(key, value, last=revision)
            else:
                await bucket.create(key, value)
        for key in self._stored.keys() - wanted.keys():
            await bucket.delete(key, last=self._stored[key][0])

    def _complaint(self) -> str:
        if self.targets:
            return ""
        return f"no plan in force: {self._health.notices.get('plan', 'the bucket PLAN has not been read yet')}"
