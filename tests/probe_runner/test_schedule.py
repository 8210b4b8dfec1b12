from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from targets import chat_target

from probe_runner.schedule import due, is_missed, jitter, job_for
from shared import vocabulary
from shared.vocabulary import Slot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  made aware
INTERVALS = st.integers(10, 86_400)
NAMES = st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True)


@given(NAMES, INTERVALS)
def test_the_jitter_stays_within_its_share_of_the_interval(name: str, interval: int) -> None:
    seconds = jitter(chat_target(id=name, interval_s=interval)).total_seconds()

    assert 0 <= seconds <= min(interval / 4, 60)
    assert interval > 120 or seconds <= 5


@given(NAMES, INTERVALS, MOMENTS)
def test_a_target_is_due_once_in_every_slot(name: str, interval: int, moment: datetime) -> None:
    target = chat_target(id=name, interval_s=interval)
    slot = Slot.containing(moment, interval)

    assert due([target], slot.start + jitter(target)) == [(target, slot)]
    assert due([target], slot.end - timedelta(microseconds=1)) == [(target, slot)]
    assert (target, slot) not in due([target], slot.end)


def test_targets_of_the_same_interval_are_spread() -> None:
    moments = {jitter(chat_target(id=f"t{number}", interval_s=1_800)) for number in range(50)}

    assert len(moments) == 50
    assert max(moments) - min(moments) > timedelta(seconds=40)


def test_before_its_jitter_is_over_a_target_is_not_due() -> None:
    target = chat_target(id="webchat", interval_s=1_800)

    assert jitter(target) > timedelta(0)
    assert due([target], NOON) == []


def test_every_replica_makes_the_same_test_of_a_slot() -> None:
    target, slot = chat_target(), Slot.containing(NOON, 60)

    first, second = job_for(target, slot, NOON), job_for(target, slot, NOON + timedelta(seconds=3))

    assert first.test_id == second.test_id == vocabulary.test_id_for(target.id, slot)
    assert first.target == target.card


def test_a_job_is_missed_one_slot_length_after_its_slot() -> None:
    job = job_for(chat_target(), Slot.containing(NOON, 60), NOON)

    assert not is_missed(job, NOON + timedelta(seconds=120))
    assert is_missed(job, NOON + timedelta(seconds=121))


def test_a_job_that_somebody_asked_for_is_never_missed() -> None:
    job = job_for(chat_target(), Slot.containing(NOON, 60), NOON).model_copy(update={"slot": None})

    assert not is_missed(job, NOON + timedelta(days=1))
