"""Takes a call as the probe does, in accelerated time: hears 0.2 s, judges, presses, announces, until it is settled.

The same sound is judged twice at once, as a plan that wants proof and as one to which a probable agent is enough.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from corpus.calls import Setting, Spec, setting_of
from corpus.centre import Cast
from corpus.listening import ear_for

from probe_runner.voice.ear.hearing import reference_of
from probe_runner.voice.ear.sound import HOP_S
from probe_runner.voice.judge.judgement import Judgement, VoiceState
from probe_runner.voice.judge.verdict import judge
from probe_runner.voice.timeline import Call, Match, Sign, SignName, Span

TICK_S = 0.2
PRESS_TAKES_S = 0.2
ANNOUNCEMENT_S = 2.5
A_GAP_S = 0.2
AFTERWARDS_S = 45.0
"""How long beyond the plan's own deadline a call is waited for: later than that nothing settles it."""


PLANS = ("proof", "probable")
PROOF, PROBABLE = range(2)


@dataclass(frozen=True)
class Verdict:
    """What was judged of one call under one plan. ``settled_s`` None: never."""

    state: str
    access: str
    access_cause: str
    agent: str
    agent_cause: str
    settled_s: float | None


@dataclass(frozen=True)
class Taken:
    """A call that was taken, with what is true and what was judged."""

    spec: Spec
    proven: Verdict
    probable: Verdict
    agent_here_s: float | None
    agent_word_s: float | None
    seconds: float
    cpu_s: float
    story: tuple[str, ...] = ()

    def verdict(self, *, is_probable_enough: bool) -> Verdict:
        """The one or the other."""
        return self.probable if is_probable_enough else self.proven


def take(spec: Spec, *, is_told: bool = False, cast_of: type[Cast] = Cast) -> Taken:
    """Take one call; ``is_told``: with its story, for a person who looks into it."""
    began = time.process_time()
    conduct = _Conduct(spec, setting_of(spec, cast_of))
    conduct.run()
    story = tuple(conduct.story()) if is_told else ()
    phone, (proven, probable) = conduct.phone, conduct.verdicts()
    spent = time.process_time() - began
    return Taken(spec, proven, probable, phone.agent_here_s, phone.agent_word_s, phone.now_s, spent, story)


class _Conduct:
    """One call being taken."""

    def __init__(self, spec: Spec, setting: Setting) -> None:
        self.phone, self._frames, self._channel = setting.phone, setting.frames, setting.channel
        self._plans = tuple(spec.voice(is_probable_enough=enough) for enough in (False, True))
        known = [reference_of(role, sound, role == "hold_music") for role, _, sound in setting.references]
        self._ear = ear_for(known, setting.country, self._plans[PROOF].agent_tone_hz)
        self._settled: list[tuple[Judgement, float] | None] = [None, None]
        self._last: list[Judgement] = [judge(Call(0.0), plan) for plan in self._plans]
        self._gap_from: float | None = None
        self._gaps: list[tuple[float, float]] = []
        self._press_at: float | None = None
        self._is_announced = False
        self._spans, self._matches = _Moved(), _Moved()
        self._story: list[tuple[float, str]] = []

    def run(self) -> None:
        """Until both plans are settled, or it is far too late."""
        latest = self._plans[0].deadline_s + AFTERWARDS_S
        while None in self._settled and self.phone.now_s < latest:
            self._listen()
            self._look(self._call())

    def _listen(self) -> None:
        """The next 0.2 s of the call; silence goes on when the far end has nothing more to send."""
        until, heard = self.phone.now_s + TICK_S, []
        while self.phone.now_s < until - HOP_S / 2:
            if self.phone.said.ended_s is not None:
                self.phone.now_s = round(self.phone.now_s + HOP_S, 2)
                continue
            frame = next(self._frames, None)
            is_recording = self.phone.said.recording_s is not None
            self._note_gap(is_sent=frame is not None or not is_recording)
            for arrived in self._channel.carry(frame):
                self.phone.now_s = round(self.phone.now_s + HOP_S, 2)
                if is_recording:
                    heard.append(arrived)
            self._press()
        if heard:
            self._ear.hear(np.concatenate(heard))

    def _note_gap(self, *, is_sent: bool) -> None:
        if not is_sent:
            self._gap_from = self.phone.now_s if self._gap_from is None else self._gap_from
        elif self._gap_from is not None:
            if self.phone.now_s - self._gap_from >= A_GAP_S:
                self._gaps.append((self._gap_from, self.phone.now_s))
            self._gap_from = None

    def _press(self) -> None:
        """A key takes its time to be sent and heard."""
        if self._press_at is not None and self.phone.now_s >= self._press_at:
            self.phone.keys += 1
            said = self.phone.said
            self.phone.said = replace(said, keys_s=(*said.keys_s, self.phone.now_s))
            self.phone.note("we press the key")
            self._press_at = None

    def _look(self, call: Call) -> None:
        """Judge by the plan that wants proof; by the other one only where it could say something else."""
        if self._settled[PROOF] is None:
            self._act(call, self._judged(PROOF, call))
        is_same = self._last[PROOF].state not in {VoiceState.AGENT_PROBABLE, VoiceState.AGENT_CONFIRMED}
        if is_same and self._last[PROBABLE].state == self._last[PROOF].state:
            self._settled[PROBABLE] = self._settled[PROBABLE] or self._settled[PROOF]
        elif self._settled[PROBABLE] is None:
            self._judged(PROBABLE, call)

    def _judged(self, number: int, call: Call) -> Judgement:
        judgement = judge(call, self._plans[number])
        if judgement.state != self._last[number].state:
            self._story.append((call.now_s, f"judged ({PLANS[number]}): {judgement.state}"))
        self._last[number] = judgement
        if judgement.is_settled:
            self._settled[number] = (judgement, call.now_s)
        return judgement

    def _act(self, call: Call, judgement: Judgement) -> None:
        if judgement.is_key_wanted and self._press_at is None:
            self._press_at = call.now_s + PRESS_TAKES_S
        if judgement.is_announcement_wanted and not self._is_announced:
            self._announce(call.now_s)

    def _announce(self, now_s: float) -> None:
        self._is_announced = True
        self.phone.told_until_s = now_s + ANNOUNCEMENT_S
        self.phone.sign(SignName.ANNOUNCED)
        self.phone.note("we say who we are")

    def _call(self) -> Call:
        phone, ear = self.phone, self._ear
        begin = phone.said.recording_s or 0.0
        spans = self._spans.later(ear.spans, begin)
        matches = self._matches.later(ear.matches, begin)
        return Call(phone.now_s, self._signalling(), spans, matches, ear.heard_until_s + begin, **self._loudness())

    def _signalling(self):
        phone, channel = self.phone, self._channel
        gaps = list(self._gaps)
        if self._gap_from is not None and phone.now_s - self._gap_from >= A_GAP_S:
            gaps.append((self._gap_from, phone.now_s))
        signs = phone.said.signs
        if 0 < phone.told_until_s <= phone.now_s:
            signs = (*signs, Sign(SignName.ANNOUNCEMENT_ENDED, phone.told_until_s))
        begin = phone.said.recording_s or 0.0
        tones = getattr(self._ear, "tones_heard", ())
        signs = (*signs, *(Sign(SignName.TONE_HEARD, at_s + begin, f"{hertz:g}") for at_s, hertz in tones))
        signs = tuple(sorted(signs, key=lambda sign: sign.at_s))
        loss = 100 * channel.lost / channel.sent if channel.sent else 0.0
        received = channel.sent - channel.lost
        return replace(phone.said, gaps=tuple(gaps), signs=signs, packets=received, loss_percent=loss, jitter_ms=3.0)

    def _loudness(self) -> dict:
        return {"loudness": self._ear.loudness} if hasattr(self._ear, "loudness") else {}

    def verdicts(self) -> tuple[Verdict, Verdict]:
        """Under the plan that wants proof, and under the other one."""
        return self._verdict(0), self._verdict(1)

    def _verdict(self, number: int) -> Verdict:
        judgement, at_s = self._settled[number] or (self._last[number], None)
        access, agent = judgement.accessibility, judgement.agent
        causes = [str(leg.cause.value) if leg.cause else "" for leg in (access, agent)]
        return Verdict(str(judgement.state), str(access.result), causes[0], str(agent.result), causes[1], at_s)

    def story(self) -> list[str]:
        """What happened, what was heard and what was judged, in order."""
        call = self._call()
        told = [(at_s, f"far end: {label}") for at_s, label in self.phone.labels]
        told += [(sign.at_s, f"signal: {sign.name} {sign.note}") for sign in call.signalling.signs]
        told += [(span.start_s, f"heard: {_kind(span)}") for span in call.spans]
        told += [(one.start_s, f"recognised: {one.name} to {one.end_s:.1f}, {one.score:.2f}") for one in call.matches]
        for number, plan in enumerate(PLANS):
            judgement, at_s = self._settled[number] or (self._last[number], self.phone.now_s)
            told.append((at_s, f"verdict ({plan}): {judgement.accessibility} | {judgement.agent}"))
        told += self._story
        return [f"{at_s:7.1f}  {what}" for at_s, what in sorted(told)]


class _Moved:
    """The ear's findings in the call's seconds; what has not changed since the last look is not made anew."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Span | Match, Span | Match]] = {}

    def later(self, found: Sequence[Span | Match], by_s: float) -> tuple:
        """Each of them moved."""
        moved = [self._known.get(id(one), (None, None)) for one in found]
        pairs = [
            (one, old if before is one else _later(one, by_s)) for one, (before, old) in zip(found, moved, strict=True)
        ]
        self._known = {id(one): (one, new) for one, new in pairs}
        return tuple(new for _, new in pairs)


def _later(piece: Span | Match, by_s: float) -> Span | Match:
    moved = replace(piece, start_s=piece.start_s + by_s, end_s=piece.end_s + by_s)
    repeats = getattr(moved, "repeats_s", None)
    return moved if repeats is None else replace(moved, repeats_s=repeats + by_s)


def _kind(span: Span) -> str:
    again = "" if span.repeats_s is None else f", as at {span.repeats_s:.1f}"
    return f"{span.kind} to {span.end_s:.1f} ({span.sureness:.2f}{again})"
