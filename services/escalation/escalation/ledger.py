"""All open tickets and the latest of those that are over, as the event store's log tells them. Touches no store.

A replica reads the log on before it answers or decides, so what another replica wrote is in here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from escalation.docket import Docket, DocketFact, docket_key
from escalation.docket import evolve as enter
from escalation.ticket import Ticket, evolve
from shared.events import TicketFact

KEPT = 200
"""How many tickets that are over stay here; older ones are only in the event store."""


class Ledger:
    """``position`` in the log, ``tickets`` by id in the order of their opening, ``dockets`` by their key."""

    def __init__(self) -> None:
        self.position = 0
        self.tickets: dict[UUID, Ticket] = {}
        self.dockets: dict[str, Docket] = {}
        self._over = 0

    @property
    def open(self) -> int:
        """How many tickets are open."""
        return len(self.tickets) - self._over

    def read(self, position: int, fact: TicketFact | DocketFact) -> None:
        """Take in the log's entry number ``position``."""
        if isinstance(fact, DocketFact):
            key = docket_key(fact.target, is_drill=fact.is_drill)
            self.dockets[key] = enter(docket_of(self.dockets, fact.target, is_drill=fact.is_drill), fact)
        else:
            ticket = self.tickets[fact.ticket] = evolve(self.tickets.get(fact.ticket), fact)
            if ticket.is_over:
                self._forget_the_oldest()
        self.position = position

    def latest(self, limit: int, *, is_open_only: bool) -> list[Ticket]:
        """At most ``limit`` tickets, newest first."""
        newest_first = reversed(self.tickets.values())
        chosen = [ticket for ticket in newest_first if not (is_open_only and ticket.is_over)]
        return chosen[:limit]

    def _forget_the_oldest(self) -> None:
        self._over += 1
        if self._over > KEPT:
            oldest = next(ticket for ticket in self.tickets.values() if ticket.is_over)
            del self.tickets[oldest.id]
            self._over -= 1


def docket_of(dockets: Mapping[str, Docket], target: str, *, is_drill: bool = False) -> Docket:
    """The target's docket, an empty one if there was never a ticket."""
    return dockets.get(docket_key(target, is_drill=is_drill)) or Docket(target, is_drill=is_drill)
