"""A voice test from beginning to end: what is needed for it, the call, and the outcome with its evidence.

How a call goes is the conductor's business; what it proves the verdict's. Whatever happens there is an outcome.
"""

from __future__ import annotations

import asyncio
import functools
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import structlog

from probe_runner.probe import Exhibit, OnStep, Outcome, Probe
from probe_runner.secrets import NoSecretError, Secrets
from probe_runner.target import Target
from probe_runner.voice.call.ami import agent_events
from probe_runner.voice.call.announcement import announcement_for
from probe_runner.voice.call.dialling import dialling
from probe_runner.voice.call.line import Line, open_line, seconds
from probe_runner.voice.call.selfcall import WITHIN_S, trouble_of_own_line
from probe_runner.voice.call.switchboard import NoCallProcessError
from probe_runner.voice.conductor import AGENT_STATES, Conductor, Order, Rule
from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.ear.likeness import Reference
from probe_runner.voice.ear.listener import NoReferenceError, read_reference, samples_of
from probe_runner.voice.ear.tone_plan import TonePlanError, tone_plan
from probe_runner.voice.exhibits import exhibits_of
from probe_runner.voice.journal import Journal
from probe_runner.voice.judge.concerns import concerns_of
from probe_runner.voice.judge.measures import measures_of
from probe_runner.voice.judge.verdict import explain, judge
from probe_runner.voice.own_trouble import is_line_in_doubt, ours, starved, unknown
from probe_runner.voice.record import timeline_of
from probe_runner.voice.timeline import Call, Role, SignName
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, Finding

LOG = structlog.get_logger()

LEFT_BEHIND_S = 3_600.0
"""Older than any call can be."""
RESERVE_S, RESERVE_SHARE = 5.0, 0.02
"""Kept of the deadline for hanging up and for making the evidence (encoding takes about 1.5 % of the call's time)."""
MOST_REFERENCES = 256
"""Prepared recordings that are kept, some 100 kB each."""
SCHEMES = ("sip:", "sips:")
NO_SECRETS = Secrets(Path("secrets"))


def make_voice_probe(work_dir: Path, rule: Rule = judge, secrets: Secrets = NO_SECRETS) -> Probe:
    """A probe that calls. Its files of a call live in a folder under ``work_dir`` until the outcome is made."""

    async def probe(target: Target, references: Path, on_step: OnStep) -> Outcome:
        began = seconds()
        if target.voice is None or not target.address.startswith(SCHEMES):
            return ours(Cause.PROBER_MISCONFIGURED, "only sip: and sips: addresses are called")
        folder = await asyncio.to_thread(_new_folder, work_dir)
        try:
            needs = await asyncio.to_thread(_needs, target, target.voice, references, folder, secrets)
            order = replace(needs.order, ends_at=began + target.deadline_s * (1 - RESERVE_SHARE) - RESERVE_S)
            journal = Journal(began, on_step)
            conductor = Conductor(order, needs.ear, journal, rule)
            return await _Test(conductor, order, journal, secrets).run(folder)
        except tuple(_CAUSES) as error:
            return ours(_CAUSES[type(error)], str(error))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return probe


_CAUSES: dict[type[Exception], Cause] = {
    NoReferenceError: Cause.PROBER_NO_REFERENCE,
    NoSecretError: Cause.PROBER_MISCONFIGURED,
    TonePlanError: Cause.PROBER_MISCONFIGURED,
    NoCallProcessError: Cause.PROBER_NO_TRANSPORT,
}


def _new_folder(work_dir: Path) -> Path:
    """An own one; what killed probe-runners left behind goes, since its trace is not yet without credentials."""
    work_dir.mkdir(parents=True, exist_ok=True)
    for left in work_dir.glob("call-*"):
        if time.time() - left.stat().st_mtime > LEFT_BEHIND_S:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="call-", dir=work_dir))


@dataclass(frozen=True)
class _Needs:
    order: Order
    ear: Ear


def _needs(target: Target, voice: Voice, references: Path, folder: Path, secrets: Secrets) -> _Needs:
    """All that is needed before dialling. Raises what ``probe`` tells as ours."""
    announcement = announcement_for(voice, references, folder)
    order = Order(target, voice, announcement, dialling(target, secrets), ends_at=0.0)
    ear = Ear(_references(references, voice), tone_plan(voice.tone_plan), voice.agent_tone_hz)
    return _Needs(order, ear)


def _references(folder: Path, voice: Voice) -> list[Reference]:
    named = ((role, path) for role, paths in voice.references.items() for path in paths)
    return [_reference(folder, role, path, _mark_of(folder / path)) for role, path in named]


@functools.lru_cache(MOST_REFERENCES)
def _reference(folder: Path, role: Role, path: PurePosixPath, _mark: tuple[int, ...]) -> Reference:
    """Read once for as long as the file stays as it is: preparing four took 0.2 % of a core of a call's time."""
    return read_reference(folder, role, path, is_loop=role == Role.HOLD_MUSIC)


def _mark_of(file: Path) -> tuple[int, ...]:
    """What changes with a file's content; nothing where there is no file, which is told when it is read."""
    try:
        status = file.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class _Test:
    """One run: a call, and what is made of it."""

    def __init__(self, conductor: Conductor, order: Order, journal: Journal, secrets: Secrets) -> None:
        self._conductor, self._order, self._journal, self._secrets = conductor, order, journal, secrets
        self._findings: list[Finding] = []

    async def run(self, folder: Path) -> Outcome:
        """Make the call and the outcome."""
        async with open_line(folder) as line, self._listening_to_the_exchange():
            await self._conductor.run(line)
        call, voice = self._conductor.call(), self._order.voice
        outcome = await self._checked(self._outcome(), folder)
        measures = {**measures_of(call, voice), **self._own_measures(call)}
        exhibits = await asyncio.to_thread(self._exhibits, line, call)
        return replace(
            outcome,
            findings=(*outcome.findings, *self._findings),
            exhibits=exhibits,
            measures=measures,
            concerns=concerns_of(call, voice, measures),
            steps=self._journal.steps,
        )

    @asynccontextmanager
    async def _listening_to_the_exchange(self) -> AsyncIterator[None]:
        """Hear of agents by the contact centre's own events, where it offers them."""
        ami = self._order.voice.ami
        if ami is None:
            yield
            return
        try:
            secret = await asyncio.to_thread(self._secrets.read, ami.secret)
        except NoSecretError as error:  # the call itself tells without it
            self._no_events(str(error))
            yield
            return
        caller, earliest = self._order.target.caller_id, self._conductor.key_pressed_at
        task = asyncio.create_task(
            agent_events(ami, secret, caller, self._conductor.agent_came, self._no_events, earliest)
        )
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _no_events(self, why: str) -> None:
        self._journal.line({"agent_events": why})
        self._findings.append(Finding(name="agent_events_missing", is_for=False, at_s=0.0, note=why[:500]))

    def _outcome(self) -> Outcome:
        judgement, trouble = self._conductor.judgement, self._conductor.trouble
        if not judgement.is_settled:
            judgement = explain(judgement, self._conductor.call(), self._order.voice)
        if trouble is not None:
            LOG.warning("voice_probe_in_trouble", target=self._order.target.id, cause=trouble[0], note=trouble[1])
            return ours(*trouble, judgement)
        detail = " ".join(leg.note for leg in (judgement.accessibility, judgement.agent) if leg.note)
        legs = judgement.accessibility, judgement.agent
        return Outcome(judgement.state, *legs, detail=detail, findings=judgement.findings)

    async def _checked(self, outcome: Outcome, folder: Path) -> Outcome:
        """The outcome after a look at ourselves: a failure is theirs only if our own side was sound."""
        conductor = self._conductor
        outcome = starved(outcome, conductor.lateness, conductor.said)
        within_s = min(WITHIN_S, self._order.ends_at + RESERVE_S / 2 - seconds())
        if not is_line_in_doubt(outcome, conductor.said) or not conductor.local or within_s <= 0:
            return outcome
        broken = await trouble_of_own_line(folder, conductor.local, conductor.transport, within_s)
        self._journal.line({"self_call": broken or "works"})
        if broken:
            return unknown(outcome, Cause.PROBER_OWN_LINE, broken)
        note = f"a call to ourselves at {conductor.local} had sound both ways"
        proven = Finding(name="own_line_proven", is_for=False, at_s=0.0, note=note)
        return replace(outcome, findings=(*outcome.findings, proven))

    def _own_measures(self, call: Call) -> dict[str, float]:
        """What only the conductor knows: how late we were ourselves, and how long an agent was kept."""
        conductor, figures = self._conductor, {"own_lateness_ms": self._conductor.lateness.worst_ms}
        begun = _agent_since(call, measures_of(call, self._order.voice))
        ended = call.signalling.ended_s if call.signalling.ended_s is not None else conductor.hung_up_s
        if conductor.judgement.state in AGENT_STATES and begun is not None and ended is not None:
            figures["agent_time_s"] = round(max(0.0, ended - begun), 3)
        return figures

    def _exhibits(self, line: Line, call: Call) -> tuple[Exhibit, ...]:
        milestones = [(name, max(0.0, at_s)) for name, at_s in self._conductor.judgement.milestones]
        timeline = timeline_of(call, self._order.voice, milestones, samples_of(line.wav)) if self._is_dialled else b""
        return exhibits_of(line.wav, line.trace, self._journal.lines, timeline)

    @property
    def _is_dialled(self) -> bool:
        return "dialled" in self._journal


def _agent_since(call: Call, measures: dict[str, float]) -> float | None:
    """The agent's first word, in seconds since dialling, or the exchange's word for it."""
    if "agent_answer_s" in measures and call.signalling.keys_s:
        return call.signalling.keys_s[-1] + measures["agent_answer_s"]
    came = call.signs(SignName.AGENT_CONNECTED)
    return came[0].at_s if came else None
