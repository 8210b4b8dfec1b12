"""The use cases on a real store: the same suite on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError
from tellings import NOON, after, failed, passed, uid, wish

from escalation.application import Tickets
from escalation.decision import AlreadyAcknowledged, TicketUnknown
from escalation.docket import docket_id_for
from escalation.settings import event_store
from shared.asks import AcknowledgeTicket, CancelTicket, CloseTicket, NoteTicket, ResolveTicket
from shared.inbox import Move, StalePosition, StoreAway
from shared.vocabulary import Origin, TicketState

STREAM = "TESTS@20261122T000000"


def take(tickets: Tickets, *tests: Any, now: datetime = NOON) -> None:
    """Take a batch that follows what was taken before."""
    here = tickets.position(STREAM)
    tickets.take(tests, Move(STREAM, here, here + len(tests)), now)


def told(tickets: Tickets) -> list[str]:
    return [fact.type for _, fact in tickets.facts_after(0, 1_000)]


def the_open(tickets: Tickets) -> Any:
    (one,) = tickets.latest(10, is_open_only=True).tickets
    return one


def test_many_tests_of_one_target_in_one_batch_make_one_ticket(tickets):
    take(tickets, failed(1), failed(2), passed(3), failed(1), failed(1, target="cc-bot"))

    assert told(tickets) == [
        *("TicketOpened", "TicketTestRequested", "TicketFailureRepeated", "TicketPassNoted"),
        *("TicketOpened", "TicketTestRequested"),
    ]
    assert {one.target for one in tickets.latest(10, is_open_only=True).tickets} == {"cc-inbound", "cc-bot"}


def test_effects_and_position_are_one(tickets):
    take(tickets, failed(1), failed(2))

    assert tickets.position(STREAM) == 2
    with pytest.raises(StalePosition):
        tickets.take([failed(3)], Move(STREAM, 1, 3), NOON)
    assert (tickets.position(STREAM), len(told(tickets))) == (2, 3)


@pytest.mark.parametrize(("previous", "last"), [(0, 9), (1, 9), (3, 9), (9, 10)])
def test_only_the_very_next_batch_is_taken(tickets, previous, last):
    tickets.take([], Move(STREAM, 0, 2), NOON)

    with pytest.raises(StalePosition):
        tickets.take([], Move(STREAM, previous, last), NOON)
    with pytest.raises(StalePosition):
        tickets.take([failed()], Move(STREAM, previous, last), NOON)

    assert (tickets.position(STREAM), told(tickets)) == (2, [])


def test_a_batch_without_effect_moves_the_position(tickets):
    take(tickets, passed(1), passed(2))

    assert (tickets.position(STREAM), told(tickets)) == (2, [])


def test_a_person_is_obeyed_once(tickets):
    take(tickets, failed())
    command = wish(AcknowledgeTicket, the_open(tickets).ticket)

    first = tickets.obey(command, after(1))
    again = tickets.obey(command, after(2))

    assert first == again == tickets.view(command.ticket)
    assert first.acknowledged_at == after(1)
    with pytest.raises(AlreadyAcknowledged):
        tickets.obey(wish(AcknowledgeTicket, command.ticket), after(3))


def test_the_timeline_tells_everything_in_order(tickets):
    take(tickets, failed(1), failed(2))
    ticket = the_open(tickets).ticket
    tickets.obey(wish(NoteTicket, ticket, note="on my way"), after(1))

    read = tickets.timeline(ticket)

    assert [fact.version for fact in read.timeline] == [1, 2, 3, 4]
    assert [fact.type for fact in read.timeline][2:] == ["TicketFailureRepeated", "TicketNoted"]
    assert read.view == tickets.view(ticket)


@pytest.mark.parametrize("stranger", [uid("never was"), docket_id_for("cc-inbound")])
def test_what_is_no_ticket_is_unknown(tickets, stranger):
    take(tickets, failed())

    for use in (tickets.view, tickets.timeline, lambda one: tickets.obey(wish(AcknowledgeTicket, one), NOON)):
        with pytest.raises(TicketUnknown):
            use(stranger)


def test_a_drill_does_not_swallow_an_outage(tickets):
    take(tickets, failed(1, is_drill=True), failed(2))

    drill, outage = sorted(tickets.latest(10, is_open_only=True).tickets, key=lambda one: not one.is_drill)
    assert (drill.is_drill, outage.is_drill) == (True, False)
    tickets.obey(wish(CancelTicket, drill.ticket, reason="the drill is over"), after(1))

    assert [one.ticket for one in tickets.latest(10, is_open_only=True).tickets] == [outage.ticket]


def test_a_claim_whose_test_cannot_be_run_is_off(tickets):
    take(tickets, failed())
    ticket = the_open(tickets).ticket
    tickets.obey(wish(ResolveTicket, ticket), after(1))
    request = tickets.timeline(ticket).timeline[-1]

    view = tickets.give_up(request, "no such target", after(2))

    assert (view.state.value, view.reopenings) == ("reopened", 1)


def test_after_the_end_the_next_failure_opens_another_ticket(tickets):
    take(tickets, failed(1))
    first = the_open(tickets).ticket
    tickets.obey(wish(CloseTicket, first, reason="mended"), after(1))
    assert tickets.latest(10, is_open_only=True).tickets == ()

    take(tickets, failed(2))

    assert the_open(tickets).ticket != first
    assert [one.ticket for one in tickets.latest(10, is_open_only=False).tickets] == [the_open(tickets).ticket, first]
    assert tickets.count_open() == 1


@pytest.mark.parametrize("old", [failed(1), failed(2)])
def test_an_old_failure_told_again_after_the_end_opens_nothing(tickets, old):
    take(tickets, failed(1), failed(2))
    tickets.obey(wish(CloseTicket, the_open(tickets).ticket, reason="mended"), after(1))

    take(tickets, old)

    assert tickets.count_open() == 0


def test_a_claim_is_closed_by_its_retest(tickets):
    take(tickets, failed())
    claimed = tickets.obey(wish(ResolveTicket, the_open(tickets).ticket), after(1))

    take(tickets, passed(claimed.retest, origin=Origin.RETEST, started_at=after(2)))

    assert tickets.view(claimed.ticket).state is TicketState.CLOSED
    assert told(tickets)[-1] == "TicketClosed"


def test_everything_is_there_again_after_a_restart(tickets, database_url):
    take(tickets, failed())
    before = the_open(tickets)
    tickets.close()

    again = Tickets(event_store(database_url))

    assert the_open(again) == before
    assert again.position(STREAM) == 1
    again.close()


def test_two_replicas_see_what_the_other_wrote(tickets, database_url):
    other = Tickets(event_store(database_url))
    take(tickets, failed(1))
    ticket = the_open(other).ticket

    other.obey(wish(CloseTicket, ticket, reason="mended"), after(1))
    take(tickets, failed(2))

    assert the_open(other) == the_open(tickets)
    assert the_open(other).ticket != ticket
    other.close()


def test_of_two_replicas_with_the_same_batch_one_stands_back(tickets, database_url):
    other = Tickets(event_store(database_url))
    gate = threading.Barrier(2)

    def race(replica: Tickets) -> str:
        gate.wait()
        try:
            replica.take([failed(1), failed(2)], Move(STREAM, 0, 2), NOON)
        except StalePosition:
            return "stood back"
        return "took it"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(race, [tickets, other])) == ["stood back", "took it"]

    assert told(tickets) == ["TicketOpened", "TicketTestRequested", "TicketFailureRepeated"]
    other.close()


def test_a_person_who_comes_between_is_not_overrun(tickets, monkeypatch):
    take(tickets, failed(1))
    ticket = the_open(tickets).ticket
    put, interruptions = tickets._put, [wish(CloseTicket, ticket, reason="mended")]

    def interrupted(facts: Any, step: Any = None) -> None:
        if step is not None and interruptions:
            tickets.obey(interruptions.pop(), after(1))
        put(facts, step)

    monkeypatch.setattr(tickets, "_put", interrupted)
    take(tickets, failed(2))

    assert told(tickets) == [
        "TicketOpened",
        "TicketTestRequested",
        "TicketClosed",
        "TicketOpened",
        "TicketTestRequested",
    ]
    assert tickets.position(STREAM) == 2


def test_a_person_who_comes_second_sees_what_the_first_did(tickets, monkeypatch):
    take(tickets, failed(1))
    ticket = the_open(tickets).ticket
    put, first = tickets._put, [wish(AcknowledgeTicket, ticket)]

    def interrupted(facts: Any, step: Any = None) -> None:
        if first:
            tickets.obey(first.pop(), after(1))
        put(facts, step)

    monkeypatch.setattr(tickets, "_put", interrupted)

    with pytest.raises(AlreadyAcknowledged):
        tickets.obey(wish(AcknowledgeTicket, ticket), after(2))


def test_a_conflict_that_never_ends_is_an_accident(tickets, monkeypatch):
    take(tickets, failed())

    def refuse(*_: Any) -> None:
        raise IntegrityError("always")

    monkeypatch.setattr(tickets, "_put", refuse)

    with pytest.raises(IntegrityError):
        take(tickets, failed(2))
    with pytest.raises(IntegrityError):
        tickets.obey(wish(AcknowledgeTicket, the_open(tickets).ticket), NOON)


def test_who_waits_for_news_is_told_after_they_are_saved(tickets):
    seen: list[int] = []
    tickets.on_saved = lambda: seen.append(len(told(tickets)))

    take(tickets, failed())
    take(tickets, passed(target="cc-bot"))
    tickets.obey(wish(NoteTicket, the_open(tickets).ticket, note="on my way"), after(1))

    assert seen == [2, 3]


def test_the_log_gives_tickets_facts_and_keeps_the_dockets_to_itself(tickets):
    take(tickets, failed(1), failed(1, target="cc-bot"))
    places = [place for place, _ in tickets.facts_after(0, 10)]

    assert len(places) == 4
    assert [fact.target for _, fact in tickets.facts_after(places[1], 10)] == ["cc-bot", "cc-bot"]
    assert len(tickets.facts_after(0, 1)) == 1
    assert tickets.last_place() > places[-1]


def test_the_floor_only_rises(tickets):
    assert tickets.floor() == 0

    tickets.raise_floor(7)
    tickets.raise_floor(5)

    assert tickets.floor() == 7


def test_stored_names_are_short_and_do_not_tell_where_the_code_lives(tickets):
    take(tickets, failed())

    topics = [entry.topic for entry in tickets.recorder.select_notifications(None, 10)]

    assert topics == ["TicketOpened", "TicketTestRequested", "DocketOpened"]


def test_several_replicas_may_make_the_tables_at_once(database_url):
    store = event_store(database_url)

    def open_at_last(_: int) -> Tickets:
        while True:
            try:
                return Tickets(store)
            except StoreAway:
                continue

    with ThreadPoolExecutor(4) as replicas:
        opened = list(replicas.map(open_at_last, range(4)))

    take(opened[0], failed())
    assert [the_open(replica).target for replica in opened] == ["cc-inbound"] * 4
    for replica in opened:
        replica.close()


@pytest.mark.parametrize("url", ["sqlite:////proc/no/such/place.db", "postgresql://nobody:x@127.0.0.1:1/nothing"])
def test_a_store_that_is_not_there_is_away(url):
    with pytest.raises(StoreAway):
        Tickets(event_store(url))
