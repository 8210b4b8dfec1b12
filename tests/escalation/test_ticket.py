"""How facts add up to a ticket, and what no order of things can do to one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tellings import BUDI, NOON, after, failed, inconclusive, missed, passed, uid, wish

from escalation import docket
from escalation.decision import Refusal, conclude, obey
from escalation.docket import Docket
from escalation.ticket import HoleInHistory, Ticket, evolve, project
from shared.asks import AcknowledgeTicket, CancelTicket, CloseTicket, NoteTicket, ResolveTicket
from shared.events import TestFact, TicketFact
from shared.vocabulary import Origin, TicketState

TARGETS = ["cc-inbound", "cc-bot"]


def a_ticket(*wishes: Any) -> Ticket:
    ticket = project(None, conclude(None, failed(), NOON))
    assert ticket is not None
    for number, said in enumerate(wishes):
        ticket = project(ticket, obey(ticket, said, after(number + 1)))
        assert ticket is not None
    return ticket


def test_a_new_ticket_shows_what_opened_it():
    view = a_ticket().view()

    assert (view.state, view.is_confirmed, view.failures, view.passes) == (TicketState.OPENED, False, 1, 0)
    assert (view.opened_at, view.target_name, view.version) == (NOON, "Target cc-inbound", 2)


def test_the_view_tells_who_works_on_it_and_since_when():
    ticket = a_ticket()
    view = a_ticket(wish(AcknowledgeTicket, ticket.id), wish(ResolveTicket, ticket.id)).view()

    assert (view.acknowledged_by, view.acknowledged_at, view.resolved_at) == (BUDI, after(1), after(2))
    assert view.retest is not None


def test_a_reopened_ticket_waits_for_somebody_again():
    ticket = a_ticket(wish(AcknowledgeTicket, a_ticket().id), wish(ResolveTicket, a_ticket().id))
    failure = failed(ticket.retest, origin=Origin.RETEST)
    view = project(ticket, conclude(ticket, failure, after(9))).view()

    assert (view.state, view.reopenings, view.failures) == (TicketState.REOPENED, 1, 2)
    assert view.is_confirmed
    assert (view.acknowledged_by, view.resolved_at, view.retest) == (None, None, None)
    assert view.acknowledged_at == after(1)


@pytest.mark.parametrize(("known", "told"), [(0, 2), (1, 1), (1, 3), (2, 1), (2, 2)])
def test_a_hole_in_a_tickets_history_is_no_ticket(known, told):
    opened, asked = conclude(None, failed(), NOON)
    ticket = project(None, [opened, asked][:known])

    with pytest.raises(HoleInHistory, match=f"{told} cannot follow version {known}"):
        evolve(ticket, asked.model_copy(update={"version": told}))


class Incidents(RuleBasedStateMachine):
    """Anything may end and anybody may say anything at any time, twice too."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.tickets: dict[Any, Ticket] = {}
        self.dockets = {target: Docket(target) for target in TARGETS}
        self.history: list[TicketFact] = []
        self.said: list[Any] = []
        self.ended: list[TestFact] = []

    def accept(self, target: str, ticket: Ticket | None, facts: list[TicketFact]) -> None:
        for entry in docket.enter(self.dockets[target], facts):
            self.dockets[target] = docket.evolve(self.dockets[target], entry)
        for fact in facts:
            ticket = evolve(ticket, fact)
            self.tickets[ticket.id] = ticket
        self.history += facts

    def open_ticket(self, target: str) -> Ticket | None:
        ticket = self.dockets[target].ticket
        return self.tickets[ticket] if ticket else None

    def hear(self, test: TestFact) -> None:
        self.now += 1
        self.ended.append(test)
        ticket = self.open_ticket(test.target)
        known = self.dockets[test.target].last
        facts = conclude(ticket, test, after(self.now))
        if ticket is not None or known is None or test.test_id not in self.tickets[known].tests:
            self.accept(test.target, ticket, facts)

    @rule(
        kind=st.sampled_from([failed, passed, inconclusive, missed]),
        of=st.sampled_from(TARGETS),
        earlier=st.floats(0, 5),
    )
    def some_test_ends(self, kind: Any, of: str, earlier: float) -> None:
        self.hear(kind(uid(len(self.ended)), of, started_at=after(self.now - earlier)))

    @rule(kind=st.sampled_from([failed, passed, inconclusive, missed]), of=st.sampled_from(TARGETS))
    def an_awaited_test_ends(self, kind: Any, of: str) -> None:
        ticket = self.open_ticket(of)
        if ticket and ticket.state is TicketState.RESOLVED:
            self.hear(kind(ticket.retest, of, origin=Origin.RETEST, started_at=after(self.now)))
        elif ticket and ticket.confirming:
            self.hear(kind(ticket.confirming, of, origin=Origin.CONFIRMING, started_at=after(self.now)))

    @rule(data=st.data())
    def a_test_is_told_again(self, data: Any) -> None:
        latest = {test.target: test for test in self.ended if test.test_id in self.known(test.target)}
        if latest:
            before = len(self.history)
            self.hear(data.draw(st.sampled_from(list(latest.values()))))
            assert len(self.history) == before

    def known(self, target: str) -> frozenset[Any]:
        last = self.dockets[target].last
        return self.tickets[last].tests if last else frozenset()

    @rule(
        data=st.data(), kind=st.sampled_from([AcknowledgeTicket, NoteTicket, ResolveTicket, CloseTicket, CancelTicket])
    )
    def somebody_says(self, data: Any, kind: Any) -> None:
        if self.tickets:
            words = {"note": "so it is"} if kind is NoteTicket else {}
            words = {"reason": "because"} if kind in {CloseTicket, CancelTicket} else words
            ticket = data.draw(st.sampled_from(sorted(self.tickets)))
            self.say(wish(kind, ticket, **words, command_id=uid(f"command {len(self.said)}")))

    @rule(data=st.data())
    def somebody_says_it_again(self, data: Any) -> None:
        if self.said:
            before = len(self.history)
            self.say(data.draw(st.sampled_from(self.said)))
            assert len(self.history) == before

    def say(self, said: Any) -> None:
        self.now += 1
        ticket = self.tickets[said.ticket]
        was_over = ticket.is_over
        try:
            facts = obey(ticket, said, after(self.now))
        except Refusal:
            return
        assert not (was_over and facts)
        self.said.append(said)
        self.accept(ticket.target, ticket, facts)

    @invariant()
    def one_ticket_is_open_per_target(self) -> None:
        still_open = Counter(ticket.target for ticket in self.tickets.values() if not ticket.is_over)
        assert all(count == 1 for count in still_open.values())
        assert {t: d.ticket for t, d in self.dockets.items() if d.ticket} == {
            ticket.target: ticket.id for ticket in self.tickets.values() if not ticket.is_over
        }

    @invariant()
    def versions_have_no_gap_and_ids_are_told_once(self) -> None:
        for ticket in self.tickets.values():
            versions = [fact.version for fact in self.history if fact.ticket == ticket.id]
            assert versions == list(range(1, ticket.version + 1))
        assert len({fact.id for fact in self.history}) == len(self.history)

    @invariant()
    def history_tells_the_same_ticket_again(self) -> None:
        for ticket in self.tickets.values():
            assert project(None, [fact for fact in self.history if fact.ticket == ticket.id]) == ticket

    @invariant()
    def nothing_closes_without_a_pass_or_a_reason(self) -> None:
        for fact in self.history:
            if fact.type == "TicketClosed":
                assert fact.reason or any(
                    isinstance(t, type(passed())) for t in self.ended if t.test_id == fact.test_id
                )


Incidents.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_no_order_of_things_breaks_a_ticket():
    Incidents.TestCase("runTest").runTest()
