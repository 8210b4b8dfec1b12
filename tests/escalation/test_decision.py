"""Given what a ticket has been through, when this happens, then that follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tellings import BUDI, NOON, after, failed, inconclusive, missed, passed, uid, wish

from escalation.decision import (
    AlreadyAcknowledged,
    AlreadyResolved,
    CommandReused,
    Refusal,
    TicketOver,
    TicketUnknown,
    conclude,
    obey,
    summary_of,
    untestable,
)
from escalation.ticket import Ticket, project, requested_test_id_for, ticket_id_for
from shared.asks import AcknowledgeTicket, CancelTicket, CloseTicket, NoteTicket, ResolveTicket
from shared.events import TestFact, TicketFact
from shared.vocabulary import Cause, Leg, Origin, Severity, TicketState

TICKET = ticket_id_for("cc-inbound", failed().test_id)
CONFIRMING = requested_test_id_for(TICKET, 2)
RETEST = requested_test_id_for(TICKET, 4)


def given(*happenings: Any) -> Ticket:
    """The ticket after these tests and wishes, ten seconds apart, the first failure at noon."""
    ticket: Ticket | None = None
    for number, happening in enumerate((failed(), *happenings)):
        ticket = project(ticket, follow(ticket, happening, after(10 * number)))
    assert ticket is not None
    return ticket


def follow(ticket: Ticket | None, happening: Any, now: datetime) -> list[TicketFact]:
    if isinstance(happening, TestFact):
        return conclude(ticket, happening, now)
    assert ticket is not None
    return obey(ticket, happening, now)


def when(ticket: Ticket | None, happening: Any, now: datetime | None = None) -> list[TicketFact]:
    return follow(ticket, happening, now or after(1_000))


def kinds(facts: list[TicketFact]) -> list[str]:
    return [fact.type.removeprefix("Ticket") for fact in facts]


def acknowledged() -> Any:
    return wish(AcknowledgeTicket, TICKET)


def resolved() -> Any:
    return wish(ResolveTicket, TICKET)


def closed() -> Any:
    return wish(CloseTicket, TICKET, reason="tried by hand")


def cancelled() -> Any:
    return wish(CancelTicket, TICKET, reason="planned work")


def retest(kind: Any = failed, **more: Any) -> TestFact:
    return kind(RETEST, origin=Origin.RETEST, started_at=after(20), **more)


def test_the_first_failure_opens_an_unconfirmed_ticket_and_asks_for_a_confirming_test():
    opened, asked = when(None, failed(severity=Severity.WARNING, is_drill=True), NOON)

    assert (opened.ticket, opened.version, opened.at) == (TICKET, 1, NOON)
    assert opened.number == f"SB-261122-{TICKET.hex[:4].upper()}"
    assert opened.summary == "Agent leg failed: agent.no_answer — rang for 60 s"
    assert (opened.severity, opened.is_drill, opened.failed_at) == (Severity.WARNING, True, NOON)
    assert (asked.purpose, asked.test_id, asked.attempt) == (Origin.CONFIRMING, CONFIRMING, 1)
    assert asked.not_before == NOON + timedelta(seconds=5)
    assert not given().is_confirmed


def test_the_same_failure_makes_the_same_facts_whoever_decides():
    assert when(None, failed(), NOON) == when(None, failed(), NOON)


def test_a_number_counts_the_day_in_utc():
    far_east = NOON.astimezone(UTC).replace(hour=23) + timedelta(hours=2)

    assert when(None, failed(), far_east)[0].number.startswith("SB-261123-")


@pytest.mark.parametrize("test", [passed(), inconclusive(), missed(), failed(cause=Cause.PROBER_CRASHED)])
def test_what_is_no_failure_of_the_target_never_opens_a_ticket(test):
    assert when(None, test) == []


@pytest.mark.parametrize(
    ("history", "test", "expected"),
    [
        pytest.param([], failed("second"), ["FailureRepeated"], id="a further failure is appended"),
        pytest.param([], failed("first"), [], id="the failure it opened with does nothing again"),
        pytest.param([failed("second")], failed("second"), [], id="nor does one it was told of"),
        pytest.param([], passed(), ["PassNoted"], id="a pass is noted"),
        pytest.param([passed()], passed(), [], id="a pass told again is not"),
        pytest.param([], inconclusive(), [], id="our own breakage says nothing"),
        pytest.param([], missed(), [], id="nor does a slot nobody tested"),
        pytest.param([], inconclusive(CONFIRMING), ["TestRequested"], id="the confirming test is asked for again"),
        pytest.param([], missed(CONFIRMING), ["TestRequested"], id="also when nobody ran it"),
        pytest.param([failed("second")], inconclusive(CONFIRMING), [], id="a confirmed ticket needs none"),
        pytest.param([resolved()], inconclusive(CONFIRMING), [], id="a claim makes it idle"),
        pytest.param(
            [acknowledged()], failed("second"), ["FailureRepeated"], id="failures go on while it is worked on"
        ),
        pytest.param([acknowledged()], passed(), ["PassNoted"], id="so do passes"),
        pytest.param([resolved()], retest(passed), ["Closed"], id="the re-test passes: closed"),
        pytest.param([resolved()], retest(), ["Reopened"], id="the re-test fails: reopened"),
        pytest.param([resolved()], passed("other"), ["PassNoted"], id="another's pass does not close"),
        pytest.param([resolved()], passed(RETEST), ["PassNoted"], id="nor one that only bears its name"),
        pytest.param(
            [resolved()], failed("late", started_at=after(9)), ["FailureRepeated"], id="begun before the claim"
        ),
        pytest.param([resolved()], failed("later", started_at=after(11)), ["Reopened"], id="begun after the claim"),
        pytest.param([resolved()], retest(inconclusive), ["TestRequested"], id="the re-test could not judge"),
        pytest.param([resolved()], retest(missed), ["TestRequested"], id="nobody ran the re-test"),
        pytest.param([resolved(), retest()], retest(passed), [], id="the verdict of a re-test is final"),
        pytest.param([resolved(), retest()], failed("next"), ["FailureRepeated"], id="a reopened ticket is open"),
        pytest.param([closed()], failed("next"), [], id="over is over"),
    ],
)
def test_a_test_ends(history, test, expected):
    assert kinds(when(given(*history), test)) == expected


@pytest.mark.parametrize(
    ("history", "command", "expected"),
    [
        pytest.param([], acknowledged(), ["Acknowledged"], id="acknowledge"),
        pytest.param([], wish(NoteTicket, TICKET, note="on my way"), ["Noted"], id="note"),
        pytest.param([], resolved(), ["Resolved", "TestRequested"], id="resolve an unacknowledged one"),
        pytest.param([acknowledged()], resolved(), ["Resolved", "TestRequested"], id="resolve"),
        pytest.param([], closed(), ["Closed"], id="close by hand"),
        pytest.param([resolved()], closed(), ["Closed"], id="close while the re-test runs"),
        pytest.param([acknowledged()], cancelled(), ["Cancelled"], id="cancel"),
        pytest.param([resolved()], wish(NoteTicket, TICKET, note="new card"), ["Noted"], id="note while it is tested"),
        pytest.param([resolved(), retest()], acknowledged(), ["Acknowledged"], id="acknowledge anew"),
        pytest.param([resolved(), retest()], resolved(), ["Resolved", "TestRequested"], id="claim anew"),
    ],
)
def test_a_person_says(history, command, expected):
    facts = when(given(*history), command)

    assert kinds(facts) == expected
    assert (facts[0].actor, facts[0].command_id) == (BUDI, command.command_id)


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param([acknowledged()], acknowledged(), AlreadyAcknowledged, id="somebody works on it"),
        pytest.param([resolved()], acknowledged(), AlreadyResolved, id="it is being tested"),
        pytest.param([resolved()], resolved(), AlreadyResolved, id="claimed twice"),
        *(
            pytest.param([end()], command(), TicketOver, id=f"{end.__name__}, then {command.__name__}")
            for end in (closed, cancelled)
            for command in (acknowledged, resolved, closed, cancelled)
        ),
    ],
)
def test_a_rule_says_no(history, command, refusal):
    with pytest.raises(refusal) as refused:
        when(given(*history), command)

    answer = refused.value.answer
    assert answer.refused == refused.value.code
    assert answer.message
    assert answer.values


@pytest.mark.parametrize("command", [acknowledged(), resolved(), closed(), cancelled()])
def test_a_repeated_command_does_nothing_even_when_the_ticket_is_over(command):
    assert when(given(command), command) == []


def test_who_comes_second_is_told_who_came_first():
    with pytest.raises(AlreadyAcknowledged) as refused:
        when(given(acknowledged()), acknowledged())

    assert refused.value.answer.values == {"by": "budi", "at": str(after(10))}


def test_a_claim_asks_for_a_retest_at_once():
    _, asked = when(given(), resolved(), after(10))

    assert (asked.purpose, asked.attempt, asked.not_before) == (Origin.RETEST, 1, after(10))
    assert asked.test_id == RETEST


def test_a_claim_that_cannot_be_checked_does_not_stand():
    ticket, pauses = given(resolved()), []
    while ticket.state is TicketState.RESOLVED:
        (fact,) = when(ticket, inconclusive(ticket.retest, origin=Origin.RETEST), NOON)
        pauses.append((fact.not_before - NOON).total_seconds() if kinds([fact]) == ["TestRequested"] else fact.cause)
        ticket = project(ticket, [fact])

    assert pauses == [10, 20, 40, 80, Cause.PROBER_CRASHED]
    assert (ticket.state, ticket.is_confirmed, ticket.failures) == (TicketState.REOPENED, False, 1)


def test_a_claim_that_nobody_checks_does_not_stand_either():
    ticket = given(resolved())
    for _ in range(5):
        ticket = project(ticket, when(ticket, missed(ticket.retest, origin=Origin.RETEST)))

    assert ticket.state is TicketState.REOPENED


def test_a_confirming_test_is_tried_three_times_and_then_left():
    ticket, attempts = given(), []
    while facts := when(ticket, inconclusive(ticket.confirming)):
        attempts.append(facts[0].attempt)
        ticket = project(ticket, facts)

    assert attempts == [2, 3]
    assert ticket.state is TicketState.OPENED


def test_what_is_said_of_a_failure_fits_one_line():
    said = summary_of(failed(leg=Leg.ACCESSIBILITY, cause=Cause.TELCO_BUSY, detail="line one\n  line two " + "x" * 900))

    assert said.startswith("Accessibility leg failed: telco.busy — line one line two xxx")
    assert (len(said), said[-1]) == (500, "…")


def test_a_failure_without_detail_has_no_dash():
    assert summary_of(failed(detail="")) == "Agent leg failed: agent.no_answer"


def test_an_unknown_ticket_is_a_refusal_too():
    assert isinstance(TicketUnknown(uid("x")), Refusal)
    assert TicketUnknown(uid("x")).answer.values == {"ticket": str(uid("x"))}


def test_a_claim_whose_test_cannot_be_run_does_not_stand():
    ticket = given(resolved())
    (request,) = [fact for fact in obey(given(), resolved(), after(1)) if fact.type == "TicketTestRequested"]

    (fact,) = untestable(ticket, request, "no such target", after(9))

    assert (fact.type, fact.cause) == ("TicketReopened", Cause.PROBER_MISCONFIGURED)
    assert "no such target" in fact.summary
    assert untestable(ticket, request.model_copy(update={"test_id": uid("another")}), "no", after(9)) == []


def test_a_commands_id_names_one_command_for_ever():
    first = acknowledged()
    ticket = given(first)
    other = cancelled().model_copy(update={"command_id": next(iter(ticket.commands))})

    with pytest.raises(CommandReused) as refused:
        obey(ticket, other, after(5))

    assert refused.value.answer.values["fact"] == "TicketAcknowledged"
