"""What a replica remembers of the log."""

from __future__ import annotations

from itertools import count

from tellings import after, failed, wish

from escalation import docket
from escalation.decision import conclude, obey
from escalation.ledger import KEPT, Ledger, docket_of
from escalation.ticket import project
from shared.asks import CloseTicket


def told(*tickets: tuple[str, bool]) -> Ledger:
    """A ledger that read of these targets' tickets, opened a second apart, and whether each is over."""
    ledger, places = Ledger(), count(1)
    for number, (target, is_over) in enumerate(tickets):
        facts = conclude(None, failed(number, target=target), after(number))
        ticket = project(None, facts)
        if is_over:
            facts += obey(ticket, wish(CloseTicket, ticket.id, reason="mended"), after(number))
        for fact in [*facts, *docket.enter(docket_of(ledger.dockets, target), facts)]:
            ledger.read(next(places), fact)
    return ledger


def test_the_newest_comes_first():
    ledger = told(("a", False), ("b", True), ("c", False))

    assert [ticket.target for ticket in ledger.latest(10, is_open_only=False)] == ["c", "b", "a"]
    assert [ticket.target for ticket in ledger.latest(10, is_open_only=True)] == ["c", "a"]
    assert [ticket.target for ticket in ledger.latest(1, is_open_only=True)] == ["c"]
    assert ledger.open == 2


def test_it_knows_the_one_open_ticket_of_a_target():
    ledger = told(("a", False), ("b", True))

    assert ledger.dockets["a"].ticket in ledger.tickets
    assert ledger.dockets["b"].ticket is None
    assert docket_of(ledger.dockets, "never-failed").last is None


def test_it_forgets_the_oldest_that_are_over_and_never_an_open_one():
    ledger = told(("open", False), *((f"over-{number}", True) for number in range(KEPT + 3)))

    remembered = [ticket.target for ticket in ledger.latest(KEPT + 10, is_open_only=False)]
    assert remembered == [*(f"over-{number}" for number in range(KEPT + 2, 2, -1)), "open"]
    assert ledger.open == 1
