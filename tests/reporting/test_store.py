from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from samples import at, failed, happened, opened, passed, uid
from sqlalchemy import func, select

from reporting import tables
from reporting.database import Database
from reporting.records import Records
from reporting.settings import database_url
from reporting.store import Store
from shared.inbox import Move, StalePosition
from shared.vocabulary import TicketState

NAME = "TESTS@20261122T133000.000000"


@pytest.fixture
def store(database):
    return Store(database)


@pytest.fixture
def records(database):
    return Records(database)


def count(database: Database, table) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def all_tests(records: Records) -> list:
    return records.tests(None, 100).items


def test_nothing_was_taken_of_a_stream_never_read(store):
    assert store.position(NAME) == 0


def test_rows_and_position_move_together(store, records):
    store.take([passed(1), failed(2)], Move(NAME, 0, 5))
    store.take([passed(3)], Move(NAME, 5, 6))
    assert store.position(NAME) == 6
    assert all_tests(records) == [passed(3), failed(2), passed(1)]


def test_a_batch_of_nothing_moves_the_position(store):
    store.take([], Move(NAME, 0, 7))
    assert store.position(NAME) == 7


def test_each_stream_has_a_position_of_its_own(store):
    store.take([passed(1)], Move(NAME, 0, 5))
    store.take([opened()], Move("TICKETS@1", 0, 2))
    assert (store.position(NAME), store.position("TICKETS@1")) == (5, 2)


@pytest.mark.parametrize("previous", [0, 4, 6])
def test_who_does_not_follow_on_the_position_is_stale_and_changes_nothing(store, records, previous):
    store.take([passed(1)], Move(NAME, 0, 5))
    with pytest.raises(StalePosition):
        store.take([passed(2)], Move(NAME, previous, 7))
    assert (store.position(NAME), all_tests(records)) == (5, [passed(1)])


def test_of_many_replicas_with_the_same_batch_one_wins(url):
    def take(number: int) -> str:
        database = Database(database_url(url))  # tables too are made by all at once
        try:
            Store(database).take([passed(number)], Move(NAME, 0, 1))
        except StalePosition:
            return "stale"
        else:
            return "taken"
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(take, range(8)))
    assert said == ["stale"] * 7 + ["taken"]
    database = Database(database_url(url))
    assert count(database, tables.tests) == 1
    database.close()


def test_an_accident_half_way_leaves_neither_rows_nor_position(store, records, monkeypatch):
    monkeypatch.setattr("reporting.store.latest_row", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.take([passed(1)], Move(NAME, 0, 5))
    assert (store.position(NAME), all_tests(records)) == (0, [])


def test_a_test_concluded_twice_is_kept_once_the_first(store, records):
    first, second = passed(1), passed(1).model_copy(update={"id": uid("other"), "at": at(9)})
    assert first.test_id == second.test_id
    store.take([first, second], Move(NAME, 0, 2))
    store.take([second, first], Move(NAME, 2, 4))
    assert all_tests(records) == [first]
    assert "passed" in records.latest(["cc-inbound"])["cc-inbound"].recent
    assert records.latest(["cc-inbound"])["cc-inbound"].recent.count("passed") == 1


def test_a_ticket_is_folded_over_batches(store, records):
    store.take([opened(), happened("FailureRepeated", 2)], Move(NAME, 0, 2))
    store.take([happened("Acknowledged", 3), opened("two", "wa-bot", seconds=1)], Move(NAME, 2, 4))
    view = records.ticket(uid("one"))
    assert (view.state, view.failures, view.version) == (TicketState.ACKNOWLEDGED, 2, 3)
    assert [ticket.number for ticket in records.open_tickets()] == ["SB-two", "SB-one"]
    assert [fact.version for fact in records.timeline(view)] == [1, 2, 3]


def test_a_ticket_fact_that_comes_twice_counts_once(store, records, database):
    store.take([opened(), happened("FailureRepeated", 2), happened("FailureRepeated", 2)], Move(NAME, 0, 3))
    store.take([happened("FailureRepeated", 2), happened("PassNoted", 3)], Move(NAME, 3, 5))
    view = records.ticket(uid("one"))
    assert (view.failures, view.passes) == (2, 1)
    assert count(database, tables.ticket_facts) == 3


def test_facts_of_a_ticket_whose_opening_is_lost_are_kept_without_a_view(store, records, database):
    store.take([happened("Noted", 4)], Move(NAME, 0, 1))
    assert records.ticket(uid("one")) is None
    assert count(database, tables.ticket_facts) == 1


def test_a_wipe_forgets_everything_and_says_where_it_was(store, database):
    facts = [passed(1, measures={"agent_time_s": 3}), opened()]
    store.take(facts, Move(NAME, 0, 5))
    assert store.wipe() == {NAME: 5}
    assert store.position(NAME) == 0
    assert [count(database, table) for table in tables.metadata.sorted_tables] == [0] * 6
    with pytest.raises(StalePosition):
        store.take([passed(2)], Move(NAME, 5, 6))
    store.take(facts, Move(NAME, 0, 5))
    assert [count(database, table) for table in tables.metadata.sorted_tables] == [1] * 6


def test_a_wipe_while_batches_are_taken_leaves_nothing_half(store, records, url):
    """Whoever is in between: rows are there exactly for what the position says was read."""
    other = Database(database_url(url))
    taker = Store(other)

    def take_all() -> None:
        last = taker.position(NAME)
        while last < 60:
            try:
                taker.take([passed(last + 1)], Move(NAME, last, last + 1))
                last += 1
            except StalePosition:
                last = taker.position(NAME)

    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(take_all)
        for _ in range(5):
            store.wipe()
        taking.result(60)
    take_all()  # the last wipe may have come after the last batch
    other.close()
    assert store.position(NAME) == 60
    assert [fact.at for fact in all_tests(records)] == [at(number) for number in range(60, 0, -1)]


def test_a_row_the_database_refuses_is_no_accident_of_the_database(store, database):
    from sqlalchemy.exc import IntegrityError  # noqa: PLC0415  only here

    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(tables.position.insert(), [{"name": "x", "last": 1}, {"name": "x", "last": 2}])
    assert store.position("x") == 0
