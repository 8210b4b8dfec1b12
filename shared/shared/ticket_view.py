"""How a ticket's facts add up to its view: part of the contract, so that its owner and every reader agree."""

from __future__ import annotations

from typing import Any, Protocol

from shared.events import (
    TicketAcknowledged,
    TicketCancelled,
    TicketClosed,
    TicketFact,
    TicketFailureRepeated,
    TicketPassNoted,
    TicketReopened,
    TicketResolved,
    TicketTestRequested,
)
from shared.vocabulary import Moment, Origin, TicketState


class Standing(Protocol):
    """What of a ticket, or of its view, the next fact builds on."""

    @property
    def is_confirmed(self) -> bool:
        """Whether a second test has failed."""

    @property
    def acknowledged_at(self) -> Moment | None:
        """The first time."""

    @property
    def failures(self) -> int:
        """Failed tests."""

    @property
    def passes(self) -> int:
        """Passed tests that were only noted."""

    @property
    def reopenings(self) -> int:
        """Claims that did not hold."""


def changes_by(before: Standing, fact: TicketFact) -> dict[str, Any]:
    """The fields of a ``TicketView`` that a fact after the opening changes, with their new values."""
    changes: dict[str, Any] = {}  # a note, or what a later program will say: it changes nothing here
    match fact:
        case TicketFailureRepeated():
            changes = {"failures": before.failures + 1, "is_confirmed": True}
        case TicketPassNoted():
            changes = {"passes": before.passes + 1}
        case TicketTestRequested(purpose=Origin.RETEST):
            changes = {"retest": fact.test_id}
        case TicketAcknowledged():
            since = before.acknowledged_at or fact.at  # the first counts: MTTA is what the customer waited
            changes = {"state": TicketState.ACKNOWLEDGED, "acknowledged_at": since, "acknowledged_by": fact.actor}
        case TicketResolved():
            changes = {"state": TicketState.RESOLVED, "resolved_at": fact.at}
        case TicketReopened():
            changes = _reopening(before, fact)
        case TicketClosed():
            changes = {"state": TicketState.CLOSED, "ended_at": fact.at}
        case TicketCancelled():
            changes = {"state": TicketState.CANCELLED, "ended_at": fact.at}
    return changes


def _reopening(before: Standing, fact: TicketReopened) -> dict[str, Any]:
    """Open as at the beginning: the claim is off, and whoever works on it now has to say so again."""
    is_failure = not fact.cause.is_ours
    return {
        "state": TicketState.REOPENED,
        "is_confirmed": before.is_confirmed or is_failure,
        "failures": before.failures + is_failure,
        "reopenings": before.reopenings + 1,
        "acknowledged_by": None,
        "resolved_at": None,
        "retest": None,
    }
