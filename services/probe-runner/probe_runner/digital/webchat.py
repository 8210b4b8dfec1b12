"""Write to a web chat over WebSocket as a customer would. Sees and says; what it proves is the verdict's business."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from websockets.exceptions import ConnectionClosed

from probe_runner.digital.connection import NoTransport, Unreachable, open_chat
from probe_runner.digital.dialogue import Event, Kind, Who, as_record, choose, read_frame
from probe_runner.digital.measures import measures
from probe_runner.digital.reading import State, read
from probe_runner.digital.verdict import judge
from probe_runner.pattern import is_found
from probe_runner.probe import Exhibit, Outcome
from shared.vocabulary import Cause, EvidenceKind, LegVerdict, Result, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

    from probe_runner.probe import OnStep, Probe
    from probe_runner.target import Chat, Target, Turn

MOST_EVENTS = 500
MOST_FRAMES = 5_000
"""More than events, because the same place in a queue is one event however often it is told."""
BAD = frozenset({Kind.UNREACHABLE, Kind.NO_TRANSPORT, Kind.GONE, Kind.GARBAGE, Kind.FLOODED, Kind.UNMET, Kind.WAITED})


def make_webchat_probe() -> Probe:
    """The probe of every ``webchat`` target."""

    async def probe(target: Target, references: Path, on_step: OnStep) -> Outcome:  # noqa: ARG001  a chat plays no sounds
        if target.chat is None:
            return _broken(Cause.PROBER_MISCONFIGURED, "the target has no chat part")
        conversation = Conversation(target.chat, on_step)
        began_at = datetime.now(UTC)
        try:
            async with asyncio.timeout(target.deadline_s):
                await conversation.hold(target.address)
        except TimeoutError:
            outcome = _broken(Cause.PROBER_DEADLINE, f"not over after {target.deadline_s:g} s")
            return replace(outcome, exhibits=(conversation.transcript(target, began_at),))
        return conversation.outcome(target, began_at)

    return probe


class Conversation:
    """One chat, from the connection to the farewell. What happens goes into ``events``, in order."""

    def __init__(self, chat: Chat, on_step: OnStep) -> None:
        self.events: list[Event] = []
        self._chat, self._on_step = chat, on_step
        self._began = asyncio.get_running_loop().time()
        self._steps: list[Step] = []
        self._turn = 0
        self._said = 0
        self._matched = 0
        self._frames = 0
        self._is_over = False
        self._socket: ClientConnection | None = None

    async def hold(self, address: str) -> None:
        """Go through the dialogue, wait for the human, take leave."""
        await self._connect(address)
        if self._socket is None:
            return
        try:
            if await self._go_through_dialogue():
                await self._wait_for_agent()
            if any(event.kind is Kind.JOINED and event.who is Who.HUMAN for event in self.events):
                await self._send({"type": "message", "text": self._chat.farewell})
                self._add(Kind.SAID, self._chat.farewell)
        finally:
            await self._socket.close()

    async def _connect(self, address: str) -> None:
        try:
            self._socket = await open_chat(address, self._chat.connect_within_s)
        except NoTransport as trouble:
            self._add(Kind.NO_TRANSPORT, str(trouble))
        except Unreachable as trouble:
            self._add(Kind.UNREACHABLE, str(trouble))
        else:
            self._add(Kind.CONNECTED, address)

    async def _go_through_dialogue(self) -> bool:
        for number, turn in enumerate(self._chat.dialogue):
            self._turn = number
            end = self._now() + turn.within_s
            if turn.choose and not self._replies(self._said):
                await self._hear_until(end, lambda: bool(self._replies(self._said)))
            await self._speak(turn)
            is_last = number == len(self._chat.dialogue) - 1
            if not await self._is_answered(turn, end=self._now() + turn.within_s, is_last=is_last):
                wanted = f"a message like {turn.expect!r}" if turn.expect else "any reply"
                self._add(Kind.UNMET, f"expected {wanted} within {turn.within_s:g} s", turn=number)
                return False
        return not self._is_over

    async def _speak(self, turn: Turn) -> None:
        if turn.say:
            await self._send({"type": "message", "text": turn.say})
            self._add(Kind.SAID, turn.say, turn=self._turn)
        elif turn.choose:
            choice = choose(turn.choose, self._replies(self._said))
            await self._send(choice.frame)
            self._add(Kind.CHOSE, turn.choose, name=choice.note, turn=self._turn)
        if turn.say or turn.choose:
            self._said = self._matched = len(self.events)

    async def _is_answered(self, turn: Turn, *, end: float, is_last: bool) -> bool:
        if turn.expect is None:
            return is_last or await self._hear_until(end, lambda: bool(self._replies(self._said)))
        pattern = turn.expect
        met = ""

        def is_met() -> bool:
            nonlocal met
            for number, event in enumerate(self.events[self._matched :], self._matched):
                if event.kind is Kind.HEARD and event.who is not Who.HUMAN and is_found(pattern, event.text):
                    self._matched, met = number + 1, event.text
                    return True
                if is_last and (event.kind is Kind.QUEUED or (event.kind is Kind.JOINED and event.who is Who.HUMAN)):
                    met = "the hand-over itself came instead of the words"
                    return True
            return False

        if not await self._hear_until(end, is_met):
            return False
        self._add(Kind.MET, met, turn=self._turn)
        return True

    async def _wait_for_agent(self) -> None:
        end = self._now() + self._chat.agent_within_s
        while (reading := read(self.events, self._chat)).joined is None:
            if reading.closed is not None:
                end = min(end, self._began + reading.closed.at_s + self._chat.agent_speaks_within_s)
            if not await self._hear(end):
                self._add(Kind.WAITED, "nobody joined")
                return
        if self._chat.challenge:
            await self._send({"type": "message", "text": self._chat.challenge})
            self._add(Kind.CHALLENGED, self._chat.challenge)
        end = self._now() + self._chat.agent_speaks_within_s
        is_extended = False
        while not (reading := read(self.events, self._chat)).is_proven:
            if reading.human is not None and not is_extended:
                end, is_extended = self._now() + self._chat.agent_speaks_within_s, True
            if not await self._hear(end):
                self._add(Kind.WAITED, "no (further) word from the human")
                return

    async def _hear_until(self, end: float, is_enough: Callable[[], bool]) -> bool:
        while not is_enough():
            if not await self._hear(end):
                return False
        return True

    async def _hear(self, end: float) -> bool:
        """Take in the next frame. False: the time or the chat is over."""
        if self._is_over or self._socket is None:
            return False
        if len(self.events) >= MOST_EVENTS or self._frames >= MOST_FRAMES:
            self._is_over = True
            self._add(Kind.FLOODED, f"{self._frames} frames in one chat: the other side does not stop")
            return False
        try:
            async with asyncio.timeout_at(end):
                data = await self._socket.recv()
        except TimeoutError:
            return False
        except ConnectionClosed as error:
            self._lose(error)
            return False
        self._frames += 1
        event = replace(read_frame(data, self._now() - self._began), turn=self._turn)
        if not _is_repeated(event, self.events):
            self._note(event)
        self._is_over = event.kind is Kind.ENDED
        return True

    async def _send(self, frame: dict[str, str]) -> None:
        if self._is_over or self._socket is None:
            return
        try:
            await self._socket.send(json.dumps(frame, ensure_ascii=False))
        except ConnectionClosed as error:
            self._lose(error)

    def _lose(self, error: ConnectionClosed) -> None:
        self._is_over = True
        self._add(Kind.GONE, f"the connection ended: {error}")

    def _replies(self, since: int) -> list[Event]:
        return [event for event in self.events[since:] if event.kind is Kind.HEARD]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _add(self, kind: Kind, text: str, *, name: str = "", turn: int | None = None) -> None:
        self._note(Event(kind, self._now() - self._began, text, name=name, turn=turn))

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if event.kind is Kind.TYPING:
            return
        step = Step(
            name=f"{event.kind.value}.{event.who.value}" if event.who else event.kind.value,
            at_s=round(event.at_s, 3),
            is_ok=event.kind not in BAD,
            note=_step_note(event)[:500],
        )
        self._steps.append(step)
        self._on_step(step)

    def transcript(self, target: Target, began_at: datetime) -> Exhibit:
        """Everything that was said and seen, for a person to read and a machine to judge again."""
        record = {
            "target": target.id,
            "address": target.address,
            "began_at": began_at.isoformat(),
            "events": [as_record(event) for event in self.events],
        }
        data = json.dumps(record, ensure_ascii=False, indent=1).encode()
        return Exhibit(EvidenceKind.TRANSCRIPT, "transcript.json", "application/json", data)

    def outcome(self, target: Target, began_at: datetime) -> Outcome:
        """What the chat proves."""
        verdict = judge(self.events, self._chat)
        return Outcome(
            state=verdict.state.value,
            accessibility=verdict.accessibility,
            agent=verdict.agent,
            detail=verdict.accessibility.note or verdict.agent.note,
            steps=tuple(self._steps),
            findings=verdict.findings,
            measures=measures(self.events, read(self.events, self._chat)),
            exhibits=(self.transcript(target, began_at),),
        )


def _is_repeated(event: Event, before: Sequence[Event]) -> bool:
    if event.kind is Kind.TYPING:
        return bool(before) and before[-1].kind is Kind.TYPING
    if event.kind is not Kind.QUEUED:
        return False
    queued = next((old for old in reversed(before) if old.kind is Kind.QUEUED), None)
    return queued is not None and queued.position == event.position


def _step_note(event: Event) -> str:
    if event.kind is Kind.CHOSE:
        return f"{event.text} (by {event.name})"
    if event.kind is Kind.QUEUED:
        return f"position {event.position}" if event.position is not None else ""
    return event.text or event.name


def _broken(cause: Cause, note: str) -> Outcome:
    broken = LegVerdict(result=Result.INCONCLUSIVE, cause=cause, note=note)
    return Outcome(State.NOT_REACHED.value, broken, LegVerdict(result=Result.NOT_REACHED), detail=note)
