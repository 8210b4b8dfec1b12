from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import PIC, at, failed, happened, opened, passed, test_of, uid

from escalation import ticket as owner
from reporting.projection import RECENT, columns, evolve, latest_row, outcome, row_of, stamp, ticket_row
from shared.events import TicketFact
from shared.vocabulary import Finding, Step, TicketState


def fold(*facts: TicketFact):
    view = None
    for fact in facts:
        view = evolve(view, fact)
    return view


@pytest.mark.parametrize("kind", ["Passed", "Failed", "Inconclusive", "Missed"])
def test_a_test_leaves_one_row_with_the_fact_as_it_was_said(kind):
    fact = test_of(kind, ticket=uid("one"))
    row = columns(row_of(fact))
    assert row == {
        "test_id": str(fact.test_id),
        "target": "cc-inbound",
        "started_at": "2026-11-22T13:29:31.000000+00:00",
        "at": "2026-11-22T13:30:01.000000+00:00",
        "type": f"Test{kind}",
        "origin": "scheduled",
        "ticket": str(uid("one")),
        "body": fact.model_dump_json(),
    }
    assert outcome(fact) == kind.lower()


def test_a_ticket_fact_leaves_one_row_of_its_timeline():
    fact = happened("Noted", 3)
    assert columns(row_of(fact)) == {
        "event": str(fact.id),
        "ticket": str(uid("one")),
        "version": 3,
        "at": stamp(fact.at),
        "type": "TicketNoted",
        "body": fact.model_dump_json(),
    }


def test_stamps_sort_as_time_does():
    moments = [at(seconds) for seconds in (0, 0.000001, 0.5, 1, 59, 86_400, 86_400 * 400)]
    assert sorted(map(stamp, reversed(moments))) == [stamp(moment) for moment in moments]


def test_an_opened_ticket_is_open_and_unconfirmed():
    view = fold(opened())
    assert (view.state, view.is_confirmed, view.failures, view.passes) == (TicketState.OPENED, False, 1, 0)
    assert (view.opened_at, view.number, view.version) == (at(0), "SB-one", 1)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("FailureRepeated", {"failures": 2, "is_confirmed": True}),
        ("PassNoted", {"passes": 1}),
        ("TestRequested", {"retest": uid(2)}),
        ("Acknowledged", {"state": TicketState.ACKNOWLEDGED, "acknowledged_at": at(2), "acknowledged_by": PIC}),
        ("Noted", {}),
        ("Resolved", {"state": TicketState.RESOLVED, "resolved_at": at(2)}),
        ("Reopened", {"state": TicketState.REOPENED, "reopenings": 1, "failures": 2, "is_confirmed": True}),
        ("Closed", {"state": TicketState.CLOSED, "ended_at": at(2)}),
        ("Cancelled", {"state": TicketState.CANCELLED, "ended_at": at(2)}),
    ],
)
def test_each_fact_changes_what_it_says_and_nothing_else(kind, changes):
    before = fold(opened())
    assert fold(opened(), happened(kind, 2)) == before.model_copy(update={**changes, "version": 2})


def test_a_confirming_test_is_no_retest():
    assert fold(opened(), happened("TestRequested", 2, purpose="confirming")).retest is None


def test_a_claim_that_did_not_hold_leaves_the_ticket_open_as_at_the_beginning():
    facts = [opened(), happened("Acknowledged", 2), happened("Resolved", 3), happened("TestRequested", 4)]
    claimed = fold(*facts)
    assert (claimed.resolved_at, claimed.retest, claimed.acknowledged_by) == (at(3), uid(4), PIC)
    again = evolve(claimed, happened("Reopened", 5))
    assert (again.resolved_at, again.retest, again.acknowledged_by) == (None,) * 3
    assert again.acknowledged_at == at(2)
    assert again.state is TicketState.REOPENED


def test_a_claim_that_could_not_be_checked_is_no_further_failure():
    view = fold(opened(), happened("Resolved", 2), happened("Reopened", 3, cause="prober.crashed"))
    assert (view.state, view.failures, view.is_confirmed) == (TicketState.REOPENED, 1, False)


LATER = st.sampled_from(
    ["FailureRepeated", "PassNoted", "TestRequested", "Acknowledged", "Noted", "Resolved", "Reopened", "Closed"]
)


@given(st.lists(LATER, max_size=12))
def test_the_record_and_the_owner_of_a_ticket_see_it_alike(kinds):
    facts = [opened(), *(happened(kind, version) for version, kind in enumerate(kinds, 2))]
    assert fold(*facts) == owner.project(None, facts).view()


def test_a_fact_heard_again_changes_nothing():
    facts = [opened(), happened("FailureRepeated", 2), happened("Acknowledged", 3)]
    view = fold(*facts)
    assert fold(*facts, *facts) == view


def test_a_ticket_whose_opening_is_not_known_has_no_view():
    assert fold(happened("Acknowledged", 2), happened("Resolved", 3)) is None


def test_a_ticket_row_can_be_read_back():
    view = fold(opened(), happened("Acknowledged", 2))
    row = ticket_row(view)
    assert (row.ticket, row.target, row.state) == (str(uid("one")), "cc-inbound", "acknowledged")
    assert type(view).model_validate_json(row.view) == view


def test_the_newest_test_leads_whatever_the_order_they_come_in():
    facts = [passed(1), failed(2), passed(3)]
    rows = set()
    for order in itertools.permutations(facts):
        row = None
        for fact in order:
            row = latest_row(row, fact)
        rows.add(row)
    assert len(rows) == 1
    (row,) = rows
    assert row.at == stamp(at(3))
    assert [word for _, _, word in json.loads(row.recent)] == ["passed", "failed", "passed"]


def test_the_board_remembers_the_last_few_outcomes_only():
    row = None
    for number in range(1, 31):
        row = latest_row(row, failed(number) if number == 30 else passed(number))
    recent = json.loads(row.recent)
    assert len(recent) == RECENT
    assert recent[-1][2] == "failed"
    assert recent[0][0] == stamp(at(30 - RECENT + 1))


def test_the_board_does_without_steps_and_findings():
    fact = passed(1, steps=(Step(name="dial", at_s=0),), findings=(Finding(name="greeting", is_for=True, at_s=1),))
    assert latest_row(None, fact).body == passed(1).model_dump_json()
