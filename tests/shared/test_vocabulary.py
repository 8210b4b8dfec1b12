from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.vocabulary import (
    Actor,
    Cause,
    Evidence,
    EvidenceKind,
    LegVerdict,
    Moment,
    Slot,
    Slug,
    TicketState,
    test_id_for,
)

test_id_for.__test__ = False

MOMENTS = st.datetimes(datetime(2000, 1, 3), datetime(2199, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis's way
LENGTHS = st.sampled_from([10, 60, 300, 900, 1_800, 3_600, 7_200, 86_400])


@given(MOMENTS, LENGTHS)
def test_every_moment_is_inside_its_slot_and_in_no_other(moment, length_s):
    slot = Slot.containing(moment, length_s)
    assert slot.start <= moment < slot.end
    assert slot.end - slot.start == timedelta(seconds=length_s)
    assert slot.next.start == slot.end
    assert Slot.containing(slot.end, length_s) == slot.next
    assert Slot.containing(slot.end - timedelta(microseconds=1), length_s) == slot


@given(MOMENTS, LENGTHS, st.integers(-14 * 60, 14 * 60))
def test_the_clock_of_the_one_who_asks_does_not_matter(moment, length_s, minutes):
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    slot = Slot.containing(elsewhere, length_s)
    assert slot == Slot.containing(moment, length_s)
    assert slot.token == Slot.containing(moment, length_s).token


@given(MOMENTS, LENGTHS)
def test_a_slot_that_divides_the_day_begins_at_midnight_utc(moment, length_s):
    start = Slot.containing(moment, length_s).start
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (start - midnight) % timedelta(seconds=length_s) == timedelta(0)


def test_slots_follow_each_other_over_midnight():
    slot = Slot.containing(datetime(2026, 11, 22, 23, 45, tzinfo=UTC), 1_800)
    assert slot.token == "20261122T233000Z"
    assert slot.next.token == "20261123T000000Z"
    assert slot.next.next.start == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


@given(MOMENTS, MOMENTS, LENGTHS)
def test_two_slots_have_the_same_token_only_if_they_are_the_same(one, other, length_s):
    first, second = Slot.containing(one, length_s), Slot.containing(other, length_s)
    assert (first.token == second.token) == (first == second)
    assert re.fullmatch(r"\d{8}T\d{6}Z", first.token)


@pytest.mark.parametrize("length_s", [0, 9, 86_401, -60])
def test_a_slot_is_between_ten_seconds_and_a_day(length_s):
    with pytest.raises(ValidationError):
        Slot(start=datetime(2026, 11, 22, tzinfo=UTC), length_s=length_s)


def test_a_slot_needs_a_time_zone():
    with pytest.raises(ValidationError, match="timezone"):
        Slot(start=datetime(2026, 11, 22), length_s=60)  # noqa: DTZ001  that is the point


def test_every_scheduler_computes_the_same_test_id():
    slot = Slot.containing(datetime(2026, 11, 22, 13, 37, tzinfo=UTC), 1_800)
    assert str(test_id_for("cc-inbound", slot)) == "3401aed9-15a9-5436-a213-cb433e7c56f5"
    assert test_id_for("cc-inbound", slot) != test_id_for("cc-inbound", slot.next)
    assert test_id_for("cc-inbound", slot) != test_id_for("cc-outbound", slot)


@pytest.mark.parametrize("slug", ["a", "7", "cc-inbound", "a" * 64, "1500-123", "a--b"])
def test_a_slug_is_one_token_of_a_subject(slug):
    assert TypeAdapter(Slug).validate_python(slug) == slug


@pytest.mark.parametrize(
    "slug", ["", "A", "-a", "a-", "a.b", "a*", ">", "a b", "a\n", "\n", "é", "a_b", "a" * 65, "a/b", "\uff11"]
)
def test_anything_else_is_no_slug(slug):
    with pytest.raises(ValidationError):
        TypeAdapter(Slug).validate_python(slug)


@given(st.text(max_size=70))
def test_no_slug_can_break_out_of_its_token(text):
    try:
        slug = TypeAdapter(Slug).validate_python(text)
    except ValidationError:
        return
    assert not set(slug) & set(".*> \t\r\n")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", ".hidden", "a b", "x" * 201])
def test_evidence_has_a_name_that_is_no_path_out(name):
    with pytest.raises(ValidationError):
        Evidence(kind=EvidenceKind.RECORDING, name=name, media_type="audio/ogg", size=1, sha256="0" * 64)


@pytest.mark.parametrize("who", ["", "a b", "-a", "a\n", "x" * 101, "<script>"])
def test_an_actor_is_named_by_an_id(who):
    with pytest.raises(ValidationError):
        Actor(id=who)


def test_the_first_word_of_a_cause_names_its_owner():
    assert {cause.layer for cause in Cause} == {"telco", "media", "ivr", "bot", "queue", "agent", "prober"}
    assert {cause for cause in Cause if cause.is_ours} == {cause for cause in Cause if cause.value[:7] == "prober."}


def test_two_states_of_a_ticket_are_the_end():
    assert {state for state in TicketState if state.is_over} == {TicketState.CLOSED, TicketState.CANCELLED}


def test_values_cannot_be_changed():
    verdict = LegVerdict(result="passed")
    with pytest.raises(ValidationError, match="frozen"):
        verdict.result = "failed"


def test_a_line_is_bounded():
    with pytest.raises(ValidationError, match="500"):
        LegVerdict(result="passed", note="x" * 501)


@pytest.mark.parametrize("moment", ["1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
def test_a_date_out_of_all_reason_is_no_moment(moment):
    with pytest.raises(ValidationError, match="between the years 2000 and 2199"):
        TypeAdapter(Moment).validate_python(moment)
