"""Conducts one call: dials, listens, presses, says who we are, lets the agent go. When to do what the rule says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from probe_runner.target import Target
from probe_runner.voice.call.announcement import Announcement
from probe_runner.voice.call.dialling import trouble_with_us
from probe_runner.voice.call.line import Event, Line, heard_from, seconds
from probe_runner.voice.call.starvation import Lateness
from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.ear.listener import Listener
from probe_runner.voice.journal import Journal
from probe_runner.voice.judge.judgement import Judgement, VoiceState
from probe_runner.voice.memory.hindsight import call_heard
from probe_runner.voice.timeline import Call, Sign, Signalling, SignName
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause

Rule = Callable[[Call, Voice], Judgement]

TICK_S = 0.3
"""A tick comes with each word of the call's process, which speaks every 0.25 s, or at the latest after this."""
LAST_WORDS_S = 2.0
START_S = 20.0
STALLED_S = 5.0
"""The call's process speaks four times a second and records all the time: when it does not, we know nothing."""
RELEASE_S = 2.5
"""After the proof the agent is let go within 3 s, and an announcement that is longer is cut."""
MOST_SIGNS = 200
AGENT_STATES = {VoiceState.AGENT_PROBABLE, VoiceState.AGENT_CONFIRMED}


@dataclass(frozen=True)
class Order:
    """What call to make. ``way``: as ``dialling`` gives it; ``ends_at``: monotonic seconds."""

    target: Target
    voice: Voice
    announcement: Announcement
    way: Mapping[str, object]
    ends_at: float


class Conductor:
    """One call: what is known of it so far, and what has been done."""

    def __init__(self, order: Order, ear: Ear, journal: Journal, rule: Rule) -> None:
        self._order, self._ear, self._journal, self._rule = order, ear, journal, rule
        self._dialled = self._last_word = seconds()
        self._last_error = ""
        self._pressed = 0
        self._is_announced = False
        self.said = Signalling()
        self.judgement = Judgement(VoiceState.NOT_REACHED)
        self.trouble: tuple[Cause, str] | None = None
        """Our own, and what there is to say about it."""
        self.lateness = Lateness()
        self.local, self.transport = "", "udp"
        """The address of ours that was called from, and over what; empty until then."""
        self.hung_up_s: float | None = None
        """When we began to hang up, in seconds since dialling."""

    @property
    def dialled(self) -> float:
        """When, in monotonic seconds."""
        return self._dialled

    async def run(self, line: Line) -> None:
        """Make the call; afterwards everything about it is known, and the line may be ended."""
        order, listener = self._order, Listener(line.wav, self._ear)
        await line.dial(order.target.address, order.target.caller_id, order.ends_at + 1 - seconds(), **order.way)
        while not await self._is_over(line, listener):
            pass
        await self._let_go(line)
        self.hung_up_s = seconds() - self._dialled
        self._journal.step("hung_up", seconds(), "by the far end" if self.said.ended_s else "")

    def agent_came(self, at: float, note: str) -> None:
        """The contact centre's own word for it, at that monotonic second."""
        self._sign(Sign(SignName.AGENT_CONNECTED, max(0.0, at - self._dialled), note[:200]))

    def key_pressed_at(self) -> float:
        """When the first key was pressed, in monotonic seconds; later than any moment while none was."""
        return self._dialled + self.said.keys_s[0] if self.said.keys_s else float("inf")

    def call(self) -> Call:
        """The call so far, the recording's seconds brought to the call's."""
        return call_heard(self._ear, self.said, self._last_word - self._dialled)

    async def _is_over(self, line: Line, listener: Listener) -> bool:
        """One tick: hear, judge, act."""
        due = seconds() + TICK_S
        events = await line.stirred(TICK_S)
        self.lateness.ticked(seconds() - (events[0].at if events else due))
        self._take(events)
        if self.said.ended_s is not None and not line.is_gone:
            await self._last_words(line)
        listener.take()
        ours = trouble_with_us(self.said, self._order.target, self.local)
        self.trouble = self.trouble or ours or self._stalled()
        if "dialled" in self._journal and self.trouble is None:
            self.judgement = self._rule(self.call(), self._order.voice)
            self._tell_milestones()
        if self.judgement.is_settled:
            return True
        self.trouble = self.trouble or await self._ended_early(line)
        if self.trouble is None:
            await self._act(line)
        return self.trouble is not None

    async def _act(self, line: Line) -> None:
        if self.judgement.is_key_wanted and self._pressed == len(self.said.keys_s):
            self._pressed += 1
            await line.press(self._order.voice.press)
        if self.judgement.is_announcement_wanted:
            await self._announce(line, self._order.announcement.seconds)

    async def _announce(self, line: Line, at_most_s: float) -> None:
        if not self._is_announced:
            self._is_announced = True
            await line.say(self._order.announcement.wav, min(at_most_s, self._order.announcement.seconds))

    async def _let_go(self, line: Line) -> None:
        """Say who we are, if that has not been said, and hang up: an agent is no toy."""
        is_agent = self.judgement.state in AGENT_STATES and self.judgement.is_settled
        if not is_agent or self._is_announced or self.said.ended_s is not None:
            return
        until = seconds() + RELEASE_S
        await self._announce(line, RELEASE_S)
        while seconds() < until and not line.is_gone and self.said.ended_s is None:
            self._take(await line.stirred(max(0.0, min(TICK_S, until - seconds()))))
            if any(sign.name is SignName.ANNOUNCEMENT_ENDED for sign in self.said.signs):
                return

    async def _ended_early(self, line: Line) -> tuple[Cause, str] | None:
        if line.is_gone:
            how = await line.how_it_ended()
            return Cause.PROBER_CRASHED, f"the call's process ended {how}. {self._last_error}".strip()
        if seconds() >= self._order.ends_at:
            return Cause.PROBER_DEADLINE, f"not settled in {self._order.target.deadline_s:.0f} s"
        return None

    def _stalled(self) -> tuple[Cause, str] | None:
        """Our own side stands still: what the customer would hear is then not known."""
        since, said = seconds() - self._last_word, self.said
        if "dialled" not in self._journal:
            return (Cause.PROBER_NO_TRANSPORT, f"no call placed within {START_S:g} s") if since > START_S else None
        if since > STALLED_S and self.lateness.is_starved:  # it may have spoken, and we had no time to hear it
            return Cause.PROBER_STARVED, self.lateness.note
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
            self._journal.note(event)
            self._take_own(event)
            self.said = heard_from(self.said, event, self._dialled)
        for name, at_s in (("ringing", self.said.ringing_s), ("answered", self.said.answered_s)):
            if at_s is not None:
                self._journal.step(name, self._dialled + at_s)
        for name, at_s in zip(("key_pressed", "key_pressed_again"), self.said.keys_s, strict=False):
            self._journal.step(name, self._dialled + at_s, self._order.voice.press)

    def _take_own(self, event: Event) -> None:
        """What the call's process says of itself."""
        what = str(event.body.get("what", ""))
        if event.name == "dialled":
            self._dialled = event.at
            self.local, self.transport = str(event.body.get("local", "")), str(event.body.get("transport", "udp"))
            self._journal.step("dialled", event.at)
        if event.name == "no_transport":
            self.trouble = (Cause.PROBER_NO_TRANSPORT, what)
        if event.name == "not_let_in":
            self.trouble = (Cause.PROBER_MISCONFIGURED, what)
        if event.name == "not_pressed":
            self.trouble = (Cause.PROBER_MISCONFIGURED, f"the key could not be pressed: {what}")
        self._last_error = what if event.name == "error" else self._last_error
        self.lateness.told(event.body)

    def _sign(self, sign: Sign) -> None:
        if len(self.said.signs) < MOST_SIGNS:
            self.said = replace(self.said, signs=(*self.said.signs, sign))

    def _tell_milestones(self) -> None:
        for name, at_s in self.judgement.milestones:
            self._journal.step(name, self._dialled + at_s)
        if self.judgement.state not in {VoiceState.NOT_REACHED, VoiceState.ANSWERED}:
            self._journal.step("greeting_heard", seconds())
        if self.judgement.state in AGENT_STATES:
            self._journal.step("agent_heard", seconds())
