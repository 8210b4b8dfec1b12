from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from targets import chat_target

from probe_runner.caps import HOUR, LARGEST_CAP, CapReached, NeverPossible, Use, possible_at, scheduled_per_hour
from probe_runner.target import Target
from shared.vocabulary import Slot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAST_HOUR = st.integers(1, 3_600).map(lambda ago: NOON - timedelta(seconds=ago))
USES = st.lists(st.builds(Use, LAST_HOUR, st.integers(0, 300).map(float)), max_size=20)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("interval_s", "slots"), [(10, 360), (60, 60), (1_000, 4), (1_800, 2), (3_600, 1), (86_400, 1)]
)
def test_a_schedule_takes_its_slots_of_every_hour(interval_s: int, slots: int) -> None:
    assert scheduled_per_hour(interval_s) == slots


@given(st.integers(10, 86_400), st.integers(0, 86_400))
def test_no_hour_holds_more_slots_than_that(interval_s: int, begin_s: int) -> None:
    begin = NOON + timedelta(seconds=begin_s)
    slot, starts = Slot.containing(begin, interval_s), 0
    while slot.start < begin + HOUR:
        starts += slot.start >= begin
        slot = slot.next
    assert starts <= scheduled_per_hour(interval_s)


@pytest.mark.parametrize(
    ("uses", "most", "at"),
    [
        ([], 1, None),
        ([Use(after(-50))], 2, None),
        ([Use(after(-50)), Use(after(-10))], 2, after(10)),
        ([Use(after(-10)), Use(after(-50)), Use(after(-5))], 2, after(50)),
        ([Use(after(-30), 40), Use(after(-20), 25)], 60, after(30)),
        ([Use(after(-30), 5), Use(after(-20), 60)], 60, after(40)),
    ],
)
def test_more_is_possible_when_enough_is_an_hour_old(uses: list[Use], most: float, at: datetime | None) -> None:
    assert possible_at(uses, most) == at


@given(USES, st.integers(1, 500))
def test_at_that_moment_and_not_before_the_hour_has_room(uses: list[Use], most: int) -> None:
    def used(moment: datetime) -> float:
        return sum(use.amount for use in uses if use.at > moment - HOUR)

    at = possible_at(uses, most)
    if at is None:
        assert used(NOON) < most
    else:
        assert used(at) < most <= used(at - timedelta(microseconds=1))


def test_what_leaves_nothing_is_never_possible() -> None:
    with pytest.raises(NeverPossible):
        possible_at([], 0)


def test_unless_the_plan_says_otherwise_six_are_possible_by_hand() -> None:
    assert chat_target(interval_s=60).most_by_hand == 6
    assert chat_target(interval_s=60, most_tests_per_hour=60).most_by_hand == 0
    assert chat_target(interval_s=1_800, most_tests_per_hour=10).most_by_hand == 8


@pytest.mark.parametrize("most", [59, 0, -1, LARGEST_CAP + 1, 10**30])
def test_a_cap_below_its_schedule_or_beyond_sense_is_refused_with_what_is_allowed(most: int) -> None:
    with pytest.raises(ValidationError, match=r"allowed: 60 \(its schedule alone, every 60 s\) to 1000"):
        chat_target(interval_s=60, most_tests_per_hour=most)


def test_caps_survive_the_plan_s_own_json() -> None:
    target = chat_target(interval_s=60, most_tests_per_hour=70, most_agent_seconds_per_hour=240)

    assert Target.model_validate_json(target.model_dump_json()) == target


def test_a_reached_cap_says_when_there_is_room_again() -> None:
    reached = CapReached("too_many_tests", "cc", 6, NOON)

    assert str(reached) == (
        "The plan allows cc 6 tests by hand or for tickets in an hour, and they are used up."
        " The next is possible at 2026-11-22T12:00:00+00:00."
    )
    assert reached.values == {"target": "cc", "most": "6", "possible_at": "2026-11-22T12:00:00+00:00"}
    assert CapReached("too_many_tests", "cc", 0, None).values == {"target": "cc", "most": "0"}
