from __future__ import annotations

import pytest
from samples import at, failed, happened, opened, passed, uid

from reporting.cursor import Cursor
from reporting.periods import Period
from reporting.projection import stamp
from reporting.records import LONGEST_TIMELINE, Records
from reporting.store import Store
from shared.inbox import Move
from shared.vocabulary import Step


@pytest.fixture
def records(database):
    return Records(database)


def keep(database, *facts) -> None:
    Store(database).take(facts, Move(f"X@{facts[0].id}", 0, 1))


def pages(read) -> list[list]:
    found, before = [], None
    while True:
        page = read(before)
        found.append(page.items)
        if page.next is None:
            return found
        before = page.next


def test_pages_follow_each_other_without_a_hole_or_a_double(database, records):
    same_moment = [passed(number).model_copy(update={"at": at(1_000)}) for number in range(1, 8)]
    facts = [*same_moment, *(passed(number) for number in range(100, 110))]
    keep(database, *facts)
    found = pages(lambda before: records.tests(before, 5))
    assert [len(page) for page in found] == [5, 5, 5, 2]
    expected = sorted(facts, key=lambda fact: (fact.at, str(fact.test_id)), reverse=True)
    assert [fact for page in found for fact in page] == expected


def test_a_page_that_holds_exactly_all_is_the_last(database, records):
    keep(database, *(passed(number) for number in range(1, 6)))
    assert records.tests(None, 5).next is None
    assert records.tests(None, 4).next == Cursor(stamp(at(2)), str(passed(2).test_id))


def test_an_empty_record_has_one_empty_page(records):
    page = records.tests(None, 5)
    assert (page.items, page.next) == ([], None)


def test_tests_are_found_by_target_and_by_ticket(database, records):
    mine = failed(3, "wa-bot", ticket=uid("one"))
    keep(database, passed(1), passed(2, "wa-bot"), mine, failed(4, ticket=uid("one")))
    assert records.tests(None, 10, target="wa-bot").items == [mine, passed(2, "wa-bot")]
    assert records.tests(None, 10, ticket=uid("one")).items == [failed(4, ticket=uid("one")), mine]
    assert records.tests(None, 10, target="wa-bot", ticket=uid("one")).items == [mine]
    assert records.tests(None, 10, target="nobody").items == []


def test_a_page_ends_before_it_outgrows_a_message(database, records):
    steps = tuple(Step(name="heard", at_s=0, note="x" * 500) for _ in range(400))
    facts = [passed(number, steps=steps) for number in range(1, 9)]
    keep(database, *facts)
    found = pages(lambda before: records.tests(before, 100))
    assert [len(page) for page in found] == [3, 3, 2]
    assert [fact for page in found for fact in page] == facts[::-1]


def test_one_test_is_read_with_all_its_steps(database, records):
    fact = passed(1, steps=(Step(name="dial", at_s=0),), measures={"mos": 4.2})
    keep(database, fact)
    assert records.test(fact.test_id) == fact
    assert records.test(uid("nobody")) is None


def test_tickets_are_paged_by_when_they_were_opened(database, records):
    keep(database, *(opened(str(number), "ab"[number % 2], seconds=number // 2) for number in range(7)))
    found = pages(lambda before: records.tickets(before, 3))
    assert [len(page) for page in found] == [3, 3, 1]
    assert sorted(view.number for page in found for view in page) == [f"SB-{number}" for number in range(7)]
    moments = [view.opened_at for page in found for view in page]
    assert moments == sorted(moments, reverse=True)
    assert [view.number for view in records.tickets(None, 9, target="b").items] == ["SB-5", "SB-3", "SB-1"]


def test_open_tickets_are_those_not_over(database, records):
    facts = [opened(name, seconds=index) for index, name in enumerate(("open", "closed", "cancelled", "claimed"))]
    later = [happened(kind, 2, name) for name, kind in (("closed", "Closed"), ("cancelled", "Cancelled"))]
    keep(database, *facts, *later, happened("Resolved", 2, "claimed"))
    assert [view.number for view in records.open_tickets()] == ["SB-claimed", "SB-open"]


def test_of_a_very_long_timeline_the_opening_and_the_newest_are_read(database, records):
    last = LONGEST_TIMELINE + 50
    keep(database, opened(), *(happened("FailureRepeated", version) for version in range(2, last + 1)))
    read = [fact.version for fact in records.timeline(records.ticket(uid("one")))]
    assert read[0] == 1
    assert read[1:] == list(range(read[1], last + 1))
    assert 900 < len(read) <= LONGEST_TIMELINE + 1


def test_the_board_is_read_for_the_targets_asked_for(database, records):
    keep(database, passed(1), passed(2, "wa-bot"), failed(3, "gone"))
    assert set(records.latest(["cc-inbound", "wa-bot", "never"])) == {"cc-inbound", "wa-bot"}
    assert records.latest([]) == {}


def kept_s(seconds, number, target="cc-inbound", **more):
    return passed(number, target, measures={"agent_time_s": seconds}, **more)


def test_the_time_of_agents_is_summed_by_target_over_a_period(database, records):
    tests = [kept_s(3.5, 10), failed(11, measures={"agent_time_s": 4.25}), kept_s(1, 12, "wa-bot"), passed(13)]
    keep(database, *tests, kept_s(100, 9), kept_s(100, 20))
    assert records.agent_time(Period(at(10), at(20))) == {"cc-inbound": 7.75, "wa-bot": 1.0}
    assert records.agent_time(Period(at(20), at(21))) == {"cc-inbound": 100.0}
    assert records.agent_time(Period(at(21), at(99))) == {}


def test_a_drill_and_what_is_no_time_do_not_count(database, records):
    odd = [kept_s(seconds, number) for number, seconds in enumerate((-1.0, 0.0, float("nan"), float("inf"), 86_401.0))]
    keep(database, *odd, kept_s(5, 10, is_drill=True), kept_s(2, 11))
    assert records.agent_time(Period(at(0), at(99))) == {"cc-inbound": 2.0}


def test_a_test_said_twice_kept_its_agent_once(database, records):
    store = Store(database)
    store.take([kept_s(2, 1), kept_s(2, 1)], Move("X", 0, 1))
    store.take([kept_s(2, 1), kept_s(3, 2)], Move("X", 1, 2))
    assert records.agent_time(Period(at(0), at(99))) == {"cc-inbound": 5.0}


def test_a_sum_is_exact_whatever_the_order(database, records):
    keep(database, *(kept_s(0.1, number) for number in range(1, 11)))
    assert records.agent_time(Period(at(0), at(99))) == {"cc-inbound": 1.0}
