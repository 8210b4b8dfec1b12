"""Conducts a voice test: dials, listens, presses, lets the agent go, and makes the outcome with its evidence.

When to do what is the verdict's business; how to speak SIP the worker's. Whatever happens there is an outcome.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from probe_runner.probe import OnStep, Outcome, Probe
from probe_runner.target import Target
from probe_runner.voice.exhibits import exhibits_of
from probe_runner.voice.hearing import Ear
from probe_runner.voice.judgement import Judgement, VoiceState
from probe_runner.voice.likeness import Reference
from probe_runner.voice.line import Event, Line, heard_from, open_line, seconds
from probe_runner.voice.listener import Listener, NoReferenceError, read_reference
from probe_runner.voice.measures import measures_of
from probe_runner.voice.timeline import Call, Match, Role, Signalling, Span
from probe_runner.voice.verdict import judge
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, LegVerdict, Result, Step

LOG = structlog.get_logger()

TICK_S = 0.2
RESERVE_S, RESERVE_SHARE = 5.0, 0.02
"""Kept of the deadline for hanging up and for making the evidence (encoding takes about 1.5 % of the call's time)."""
LAST_WORDS_S = 2.0
START_S = 20.0
STALLED_S = 5.0
"""The call's process speaks four times a second and records all the time: when it does not, we know nothing."""
MOST_LOG_LINES = 2_000


def make_voice_probe(work_dir: Path) -> Probe:
    """A probe that calls. Its files of a call live in a folder under ``work_dir`` until the outcome is made."""

    async def probe(target: Target, references: Path, on_step: OnStep) -> Outcome:
        voice = target.voice
        if voice is None or not target.address.startswith("sip:"):
            return _ours(
                Judgement(VoiceState.NOT_REACHED), Cause.PROBER_MISCONFIGURED, "only sip: addresses are called"
            )
        try:
            known = await asyncio.to_thread(_references, references, voice)
        except NoReferenceError as error:
            return _ours(Judgement(VoiceState.NOT_REACHED), Cause.PROBER_NO_REFERENCE, str(error))
        folder = await asyncio.to_thread(_new_folder, work_dir)
        try:
            return await _Test(target, voice, known, on_step).run(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return probe


def _new_folder(work_dir: Path) -> Path:
    work_dir.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="call-", dir=work_dir))


def _references(folder: Path, voice: Voice) -> list[Reference]:
    named = ((role, path) for role, paths in voice.references.items() for path in paths)
    return [read_reference(folder, role, path, is_loop=role == Role.HOLD_MUSIC) for role, path in named]


def _ours(judgement: Judgement, cause: Cause, note: str) -> Outcome:
    """An outcome that our own trouble ended: what was proven before stays, the rest is not known."""
    unknown = LegVerdict(result=Result.INCONCLUSIVE, cause=cause, note=note[:500])
    proven = {Result.PASSED, Result.FAILED}
    legs = [leg if leg.result in proven else unknown for leg in (judgement.accessibility, judgement.agent)]
    return Outcome(judgement.state, legs[0], legs[1], detail=note, findings=judgement.findings)


class _Test:
    """One run: the call as known so far, and what has been told of it."""

    def __init__(self, target: Target, voice: Voice, references: list[Reference], on_step: OnStep) -> None:
        self._target, self._voice, self._on_step = target, voice, on_step
        self._ear = Ear(references)
        self._began = self._dialled = self._last_word = seconds()
        self._said = Signalling()
        self._judgement = Judgement(VoiceState.NOT_REACHED)
        self._steps: dict[str, Step] = {}
        self._log: list[dict[str, Any]] = []
        self._trouble: tuple[Cause, str] | None = None
        self._last_error = ""
        self._pressed = 0

    async def run(self, folder: Path) -> Outcome:
        """Make the call and the outcome."""
        async with open_line(folder) as line:
            listener = Listener(line.wav, self._ear)
            ends_at = self._began + self._target.deadline_s * (1 - RESERVE_SHARE) - RESERVE_S
            await line.dial(self._target.address, self._voice.caller_id, ends_at + 1 - seconds())
            while not await self._is_over(line, listener, ends_at):
                pass
            self._step("hung_up", seconds() - self._dialled, "by the far end" if self._said.ended_s else "")
        call = self._call(self._last_word)
        exhibits = await asyncio.to_thread(exhibits_of, line.wav, line.trace, self._log)
        outcome = self._outcome()
        return replace(outcome, exhibits=exhibits, measures=measures_of(call, self._voice), steps=self._in_order())

    async def _is_over(self, line: Line, listener: Listener, ends_at: float) -> bool:
        """One tick: hear, judge, act."""
        self._take(await line.stirred(TICK_S))
        if self._said.ended_s is not None and not line.is_gone:
            await self._last_words(line)
        await listener.listen()
        self._trouble = self._trouble or self._stalled()
        if "dialled" in self._steps and self._trouble is None:
            self._judgement = judge(self._call(self._last_word), self._voice)
            self._tell_milestones()
        if self._judgement.is_settled:
            return True
        if line.is_gone:
            self._trouble = self._trouble or (Cause.PROBER_CRASHED, f"the call's process ended. {self._last_error}")
        if seconds() >= ends_at:
            self._trouble = self._trouble or (Cause.PROBER_DEADLINE, f"not settled in {self._target.deadline_s:.0f} s")
        if self._judgement.is_key_wanted and self._pressed == len(self._said.keys_s):
            self._pressed += 1
            await line.press(self._voice.press)
        return self._trouble is not None

    def _stalled(self) -> tuple[Cause, str] | None:
        """Our own side stands still: what the customer would hear is then not known."""
        since, said = seconds() - self._last_word, self._said
        if "dialled" not in self._steps:
            return (Cause.PROBER_NO_TRANSPORT, f"no call placed within {START_S:g} s") if since > START_S else None
        if since > STALLED_S:
            return Cause.PROBER_CRASHED, f"the call's process has not said anything for {since:.0f} s"
        heard_s = self._dialled + (said.recording_s or 0.0) + self._ear.heard_until_s
        is_recording = said.recording_s is not None and said.ended_s is None
        if is_recording and self._last_word - heard_s > STALLED_S:
            return Cause.PROBER_CRASHED, "the recording stands still"
        return None

    async def _last_words(self, line: Line) -> None:
        """The far end hung up: wait until the recording is complete before judging."""
        until = seconds() + LAST_WORDS_S
        while not line.is_gone and seconds() < until:
            self._take(await line.stirred(TICK_S))

    def _take(self, events: list[Event]) -> None:
        for event in events:
            self._last_word = event.at
            if event.name == "dialled":
                self._dialled = event.at
                self._step("dialled", 0.0)
            self._said = heard_from(self._said, event, self._dialled)
            self._note(event)
            what = str(event.body.get("what", ""))
            if event.name == "no_transport":
                self._trouble = (Cause.PROBER_NO_TRANSPORT, what)
            self._last_error = what if event.name == "error" else self._last_error
        for name, at_s in (("ringing", self._said.ringing_s), ("answered", self._said.answered_s)):
            if at_s is not None:
                self._step(name, at_s)
        for name, at_s in zip(("key_pressed", "key_pressed_again"), self._said.keys_s, strict=False):
            self._step(name, at_s, self._voice.press)

    def _tell_milestones(self) -> None:
        for name, at_s in self._judgement.milestones:
            self._step(name, at_s)
        if self._judgement.state not in {VoiceState.NOT_REACHED, VoiceState.ANSWERED}:
            self._step("greeting_heard", seconds() - self._dialled)
        if self._judgement.state in {VoiceState.AGENT_PROBABLE, VoiceState.AGENT_CONFIRMED}:
            self._step("agent_heard", seconds() - self._dialled)

    def _step(self, name: str, at_s: float, note: str = "") -> None:
        if name in self._steps:
            return
        step = Step(name=name, at_s=round(max(0.0, at_s + self._dialled - self._began), 3), note=note)
        self._steps[name] = step
        self._log.append({"step": name, "at_s": step.at_s, "note": note})
        self._on_step(step)

    def _note(self, event: Event) -> None:
        if event.name != "alive" and len(self._log) < MOST_LOG_LINES:
            self._log.append({"event": event.name, "at_s": round(event.at - self._began, 3), **event.body})

    def _call(self, now: float) -> Call:
        """The call so far, the recording's seconds brought to the call's."""
        begin = self._said.recording_s or 0.0
        spans = tuple(Span(span.kind, span.start_s + begin, span.end_s + begin) for span in self._ear.spans)
        matches = tuple(_moved(match, begin) for match in self._ear.matches)
        return Call(now - self._dialled, self._said, spans, matches, self._ear.heard_until_s + begin)

    def _in_order(self) -> tuple[Step, ...]:
        return tuple(sorted(self._steps.values(), key=lambda step: step.at_s))

    def _outcome(self) -> Outcome:
        judgement = self._judgement
        if self._trouble is not None:
            LOG.warning("voice_probe_in_trouble", target=self._target.id, cause=self._trouble[0], note=self._trouble[1])
            return _ours(judgement, *self._trouble)
        detail = " ".join(leg.note for leg in (judgement.accessibility, judgement.agent) if leg.note)
        return Outcome(
            judgement.state, judgement.accessibility, judgement.agent, detail=detail, findings=judgement.findings
        )


def _moved(match: Match, by_s: float) -> Match:
    return replace(match, start_s=match.start_s + by_s, end_s=match.end_s + by_s)
