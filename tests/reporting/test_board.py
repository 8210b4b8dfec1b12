from __future__ import annotations

from samples import at, card, failed, happened, opened, passed

from reporting.board import AgentTime, make_rows, notices
from reporting.projection import evolve, latest_row
from shared.vocabulary import Slot


def test_rows_stand_in_the_order_of_the_targets():
    latest = {"b": latest_row(latest_row(None, passed(1, "b")), failed(2, "b"))}
    ticket = evolve(None, opened(target="b"))
    first, second = make_rows([card("a"), card("b", interval_s=1_800)], latest, [ticket], AgentTime(), at(61))
    assert (first.target.id, first.last, first.recent, first.ticket) == ("a", None, (), None)
    assert first.next_slot == Slot(start=at(120), length_s=60)
    assert (second.last, second.recent, second.ticket) == (failed(2, "b"), ("passed", "failed"), ticket)
    assert second.next_slot == Slot(start=at(1_800), length_s=1_800)


def test_of_two_open_tickets_the_newest_is_shown():
    newest, older = (evolve(None, opened(name, seconds=seconds)) for name, seconds in (("new", 5), ("old", 0)))
    (row,) = make_rows([card()], {}, [newest, older], AgentTime(), at(10))
    assert row.ticket == newest


def test_a_row_says_how_long_its_agents_were_kept_today_and_in_the_last_hour():
    spent = AgentTime(day={"a": 72.5, "gone": 9.0}, hour={"a": 12.25})
    first, second = make_rows([card("a"), card("b")], {}, [], spent, at(0))
    assert (first.agent_time_day_s, first.agent_time_hour_s) == (72.5, 12.25)
    assert (second.agent_time_day_s, second.agent_time_hour_s) == (0.0, 0.0)


def test_an_open_ticket_of_a_target_that_left_the_plan_is_noticed():
    view = evolve(evolve(None, opened(target="gone")), happened("Acknowledged", 2, target="gone"))
    here = evolve(None, opened("two"))
    assert notices([card()], [view, here]) == ("ticket SB-one is acknowledged, but the plan has no target gone",)
