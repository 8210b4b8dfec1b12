"""What a chat's events show so far: how far a customer came, and by which event. Blames nobody.

A bot's sentence is never proof. Proof is a human who joined and wrote, and the answered challenge where the
plan has one; a sentence about queues or office hours proves nothing, whoever is said to have written it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from probe_runner.digital.dialogue import Event, Kind, Who
from probe_runner.digital.phrases import CLOSED, WAITING, first_phrase
from probe_runner.pattern import is_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from probe_runner.target import Chat


class State(StrEnum):
    """How far a customer came."""

    NOT_REACHED = "not_reached"
    BOT_ANSWERED = "bot_answered"
    MENU_CHOSEN = "menu_chosen"
    HANDOVER_REQUESTED = "handover_requested"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    AGENT_PROBABLE = "agent_probable"
    AGENT_CONFIRMED = "agent_confirmed"


@dataclass(frozen=True)
class Reading:
    """By which event each thing was shown, None for what was not.

    ``requested``: an agent was asked for; all below it counts only after that. ``human``: the first word of a
    human that is no veto, ``answered``: the one that settles it, ``spoke``: the first of any kind. ``closed``: the
    last word that nobody will come. ``over``: the chat was ended, lost or flooded.
    """

    heard: Event | None
    chosen: Event | None
    unmet: Event | None
    over: Event | None
    requested: Event | None
    queued: Event | None
    joined: Event | None
    spoke: Event | None
    human: Event | None
    answered: Event | None
    closed: Event | None

    @property
    def is_proven(self) -> bool:
        """A human joined, wrote, and answered the challenge if there was one."""
        return self.joined is not None and self.human is not None and self.answered is not None

    @property
    def is_past_the_bot(self) -> bool:
        """The request for an agent had an effect, good or bad: the bot has done its part."""
        return any((self.queued, self.joined, self.spoke, self.closed))

    @property
    def state(self) -> State:
        """How far a customer came."""
        if self.is_proven:
            return State.AGENT_CONFIRMED
        reached = (
            (self.human, State.AGENT_PROBABLE),
            (self.joined, State.ASSIGNED),
            (self.queued, State.QUEUED),
            (self.requested, State.HANDOVER_REQUESTED),
            (self.chosen, State.MENU_CHOSEN),
            (self.heard, State.BOT_ANSWERED),
        )
        return next((state for event, state in reached if event is not None), State.NOT_REACHED)


def read(events: Sequence[Event], chat: Chat) -> Reading:
    """What the events show so far."""
    asking = asking_turn(chat)
    requested = first(events, lambda event: event.kind in {Kind.SAID, Kind.CHOSE, Kind.MET} and event.turn == asking)
    since = events[events.index(requested) :] if requested else ()
    closed = last(since, lambda event: event.kind is Kind.HEARD and bool(closed_phrase(event.text, chat)))
    # What comes before a veto proves nothing any more; what follows it may.
    proving = since[since.index(closed) + 1 :] if closed else since
    humans = [event for event in proving if _is_written_by_human(event)]
    proofs = [event for event in humans if first_phrase(WAITING, event.text) is None]
    return Reading(
        heard=first(events, lambda event: event.kind is Kind.HEARD),
        chosen=first(events, lambda event: event.kind is Kind.CHOSE),
        unmet=first(events, lambda event: event.kind is Kind.UNMET),
        over=first(events, lambda event: event.kind in {Kind.ENDED, Kind.GONE, Kind.FLOODED}),
        requested=requested,
        queued=first(since, lambda event: event.kind is Kind.QUEUED),
        joined=first(since, lambda event: event.kind is Kind.JOINED and event.who is Who.HUMAN),
        spoke=first(since, _is_written_by_human),
        human=proofs[0] if proofs else None,
        answered=_answered(events, proofs, chat),
        closed=closed,
    )


def asking_turn(chat: Chat) -> int:
    """The line of the dialogue that asks for an agent: the last in which the customer speaks."""
    speaking = [number for number, turn in enumerate(chat.dialogue) if turn.say or turn.choose]
    return speaking[-1] if speaking else len(chat.dialogue) - 1


def closed_phrase(text: str, chat: Chat) -> str | None:
    """The phrase by which the text says that nobody will come."""
    return first_phrase((*CLOSED, *chat.closed_phrases), text)


def first(events: Sequence[Event], is_it: Callable[[Event], bool]) -> Event | None:
    """The first event that is it."""
    return next((event for event in events if is_it(event)), None)


def last(events: Sequence[Event], is_it: Callable[[Event], bool]) -> Event | None:
    """The last event that is it."""
    return next((event for event in reversed(events) if is_it(event)), None)


def _answered(events: Sequence[Event], proofs: Sequence[Event], chat: Chat) -> Event | None:
    """The human's word that settles it: the answer to the challenge, or any where none is asked for."""
    if chat.challenge_answer is None:
        return proofs[0] if proofs else None
    asked = first(events, lambda event: event.kind is Kind.CHALLENGED)
    if asked is None:
        return None
    wanted = chat.challenge_answer
    return first(proofs, lambda event: event.at_s >= asked.at_s and is_found(wanted, event.text))


def _is_written_by_human(event: Event) -> bool:
    return event.kind is Kind.HEARD and event.who is Who.HUMAN and bool(event.text.strip())
