"""Which leg passed, which failed, and whose fault it is. Knows no socket and no clock: same events, same verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from probe_runner.digital.dialogue import Event, Kind, Who
from probe_runner.digital.phrases import CLAIMS, WAITING, first_phrase
from probe_runner.digital.reading import Reading, State, asking_turn, closed_phrase, first, last, read
from shared.vocabulary import Cause, Finding, LegVerdict, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from probe_runner.target import Chat

MOST_FINDINGS = 50
PASSED = LegVerdict(result=Result.PASSED)
NOT_REACHED = LegVerdict(result=Result.NOT_REACHED)


@dataclass(frozen=True)
class Verdict:
    """Both legs, the state, and the findings for and against a connected agent."""

    state: State
    accessibility: LegVerdict
    agent: LegVerdict
    findings: tuple[Finding, ...]


def judge(events: Sequence[Event], chat: Chat) -> Verdict:
    """The verdict over all events of a chat that is over."""
    reading = read(events, chat)
    accessibility = _accessibility(events, reading, chat)
    agent = _agent(reading, chat) if accessibility.result is Result.PASSED else NOT_REACHED
    findings = (*_proofs(events, reading, chat), *_vetoes(events, reading, chat))
    return Verdict(reading.state, accessibility, agent, findings[:MOST_FINDINGS])


def _accessibility(events: Sequence[Event], reading: Reading, chat: Chat) -> LegVerdict:
    if ours := first(events, lambda event: event.kind is Kind.NO_TRANSPORT):
        return LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_NO_TRANSPORT, note=ours.text[:500])
    if refused := first(events, lambda event: event.kind is Kind.UNREACHABLE):
        return _failed(Cause.BOT_UNREACHABLE, refused.text)
    if reading.is_past_the_bot:
        return PASSED
    return _bot_fault(events, reading, chat) or PASSED


def _bot_fault(events: Sequence[Event], reading: Reading, chat: Chat) -> LegVerdict | None:
    if repeated := _repeated_menu(events):
        return _failed(Cause.BOT_MENU_IGNORED, f"the same menu again after the choice: {repeated.text}")
    if reading.over and reading.over.kind is Kind.FLOODED:
        return _failed(Cause.BOT_LOOPING, reading.over.text)
    if reading.unmet:
        return _unmet_fault(events, reading.unmet, reading.over, chat)
    if reading.requested is None:
        return _failed(Cause.BOT_NO_REPLY, f"the chat was over at once; {reading.over.text if reading.over else ''}")
    return None


def _unmet_fault(events: Sequence[Event], unmet: Event, over: Event | None, chat: Chat) -> LegVerdict:
    turn = [event for event in events if event.turn == unmet.turn]
    if reply := last(turn, lambda event: event.kind is Kind.HEARD):
        return _failed(Cause.BOT_WRONG_REPLY, f"{unmet.text}; heard: {reply.text}")
    if garbage := first(turn, lambda event: event.kind is Kind.GARBAGE):
        return _failed(Cause.BOT_WRONG_REPLY, f"{unmet.text}; not a frame of the protocol: {garbage.text}")
    if over and (unmet.turn or 0) >= asking_turn(chat):
        return _failed(Cause.BOT_HANDOVER_REFUSED, f"the chat ended when an agent was asked for; {over.text}")
    return _failed(Cause.BOT_NO_REPLY, unmet.text)


def _repeated_menu(events: Sequence[Event]) -> Event | None:
    """The menu that came again, with the same words or buttons, after something was chosen from it."""
    chosen = last(events, lambda event: event.kind is Kind.CHOSE)
    if chosen is None:
        return None
    before, after = events[: events.index(chosen)], events[events.index(chosen) :]
    menu = last(before, lambda event: event.kind is Kind.HEARD)
    if menu is None:
        return None
    return last(after, lambda event: event.kind is Kind.HEARD and _is_same_menu(event, menu))


def _is_same_menu(event: Event, menu: Event) -> bool:
    return _folded(event.text) == _folded(menu.text) or bool(menu.buttons and event.buttons == menu.buttons)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _agent(reading: Reading, chat: Chat) -> LegVerdict:
    if reading.is_proven:
        return PASSED
    if reading.human is None and reading.closed is not None:
        return _failed(Cause.QUEUE_CLOSED, reading.closed.text)
    if reading.joined is not None:
        return _joined_but(reading, reading.joined)
    if reading.spoke is not None:
        return _unsure("the platform calls the writer human, but nobody joined")
    return _nobody_joined(reading, f"nobody joined within {chat.agent_within_s:g} s")


def _joined_but(reading: Reading, joined: Event) -> LegVerdict:
    if reading.spoke is None:
        return _failed(Cause.AGENT_SILENT, f"joined at {joined.at_s:.1f} s and never wrote")
    if reading.human is None:
        return _unsure(f"a human joined but wrote only what a machine would: {reading.spoke.text}")
    return _unsure("a human joined and wrote, but did not answer the challenge as expected")


def _nobody_joined(reading: Reading, waited: str) -> LegVerdict:
    over = reading.over
    if over and over.kind is Kind.FLOODED:
        return _failed(Cause.BOT_LOOPING, over.text)
    ended = (over.text or "the chat was ended") if over else ""
    if reading.queued is not None:
        return _failed(Cause.QUEUE_TIMEOUT, f"still in the queue: {ended or waited}")
    if over:
        return _failed(Cause.BOT_HANDOVER_REFUSED, f"{ended}, before anybody joined")
    return _failed(Cause.AGENT_NO_ANSWER, f"no queue, and {waited}")


def _proofs(events: Sequence[Event], reading: Reading, chat: Chat) -> Iterator[Finding]:
    if reading.joined:
        yield _finding("actor.human_joined", reading.joined, reading.joined.name, is_for=True)
    if reading.human:
        yield _finding("actor.human_wrote", reading.human, reading.human.text, is_for=True)
    if not chat.challenge:
        return
    if reading.answered:
        yield _finding("challenge.answered", reading.answered, reading.answered.text, is_for=True)
    elif asked := first(events, lambda event: event.kind is Kind.CHALLENGED):
        yield _finding("challenge.unanswered", asked, asked.text, is_for=False)


def _vetoes(events: Sequence[Event], reading: Reading, chat: Chat) -> Iterator[Finding]:
    since = events[events.index(reading.requested) :] if reading.requested else ()
    for event in since:
        if event.kind is not Kind.HEARD:
            continue
        if phrase := closed_phrase(event.text, chat):
            yield _finding("veto.closed", event, f"{phrase!r} in: {event.text}", is_for=False)
        if phrase := first_phrase(WAITING, event.text):
            yield _finding("veto.queue", event, f"{phrase!r} in: {event.text}", is_for=False)
        if event.who is not Who.HUMAN and first_phrase(CLAIMS, event.text):
            yield _finding("claim.by_bot", event, f"no proof: {event.text}", is_for=False)


def _finding(name: str, event: Event, note: str, *, is_for: bool) -> Finding:
    return Finding(name=name, is_for=is_for, at_s=event.at_s, note=note[:500])


def _failed(cause: Cause, note: str) -> LegVerdict:
    return LegVerdict(result=Result.FAILED, cause=cause, note=note[:500])


def _unsure(note: str) -> LegVerdict:
    return LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_UNSURE, note=note[:500])
