"""Which ticket is open for a target: at most one, kept by facts of its own beside the ticket's.

It is saved in the same transaction as the ticket, so the store itself refuses a twin. Says nothing on the bus.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import Field

from shared.events import TicketCancelled, TicketClosed, TicketFact, TicketOpened
from shared.vocabulary import NAMESPACE, Slug, Value


class DocketFact(Value):
    """Something was entered. ``version`` counts the entries of a target from 1."""

    type: str
    docket: UUID
    version: Annotated[int, Field(ge=1)]
    target: Slug
    ticket: UUID
    is_drill: bool = False


class DocketOpened(DocketFact):
    """From here on ``ticket`` is the one open ticket of the target."""

    type: Literal["DocketOpened"] = "DocketOpened"


class DocketCleared(DocketFact):
    """``ticket`` is over; the target has no open one."""

    type: Literal["DocketCleared"] = "DocketCleared"


ENDINGS = (TicketClosed, TicketCancelled)

AnyDocketFact = Annotated[DocketOpened | DocketCleared, Field(discriminator="type")]


@dataclass(frozen=True)
class Docket:
    """The entries of one target: its open ``ticket``, and the ``last`` one whether open or over.

    Drills have a docket of their own: an exercise must not swallow an outage.
    """

    target: str
    version: int = 0
    ticket: UUID | None = None
    last: UUID | None = None
    is_drill: bool = False


def docket_key(target: str, *, is_drill: bool) -> str:
    """What tells the dockets apart; a target's id holds no slash."""
    return f"{target}/drill" if is_drill else target


def docket_id_for(target: str, *, is_drill: bool = False) -> UUID:
    """The id of a target's docket."""
    return uuid5(NAMESPACE, f"docket/{docket_key(target, is_drill=is_drill)}")


def enter(docket: Docket, facts: Iterable[TicketFact]) -> list[DocketFact]:
    """What to enter when these facts come to be. Raises ``Twin`` when a second ticket would be open."""
    entries: list[DocketFact] = []
    for fact in facts:
        if isinstance(fact, TicketOpened):
            if docket.ticket is not None:
                raise Twin(docket, fact)
            kind: type[DocketFact] = DocketOpened
        elif isinstance(fact, ENDINGS):
            kind = DocketCleared
        else:
            continue
        entry = kind(
            type=kind.__name__,
            docket=docket_id_for(docket.target, is_drill=docket.is_drill),
            is_drill=docket.is_drill,
            version=docket.version + 1,
            target=docket.target,
            ticket=fact.ticket,
        )
        entries.append(entry)
        docket = evolve(docket, entry)
    return entries


def evolve(docket: Docket, fact: DocketFact) -> Docket:
    """The docket after one more entry."""
    is_open = isinstance(fact, DocketOpened)
    ticket, last = (fact.ticket, fact.ticket) if is_open else (None, docket.last)
    return Docket(fact.target, fact.version, ticket, last, fact.is_drill)


def project(docket: Docket, facts: Iterable[DocketFact]) -> Docket:
    """The docket after these entries."""
    for fact in facts:
        docket = evolve(docket, fact)
    return docket


class Twin(ValueError):  # noqa: N818  says what it would be
    """A second ticket would be open for a target: a bug, not a refusal."""

    def __init__(self, docket: Docket, fact: TicketOpened) -> None:
        super().__init__(f"{docket.target} has ticket {docket.ticket} open; {fact.ticket} cannot be opened beside it")
