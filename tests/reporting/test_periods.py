from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.periods import WIB, day_of, hour_before


@pytest.mark.parametrize(
    ("moment", "start"),
    [
        (datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC), datetime(2026, 11, 21, 17, tzinfo=UTC)),
        (datetime(2026, 11, 22, 17, tzinfo=UTC), datetime(2026, 11, 22, 17, tzinfo=UTC)),
        (datetime(2026, 11, 22, 0, 30, tzinfo=WIB), datetime(2026, 11, 22, tzinfo=WIB)),
    ],
)
def test_a_day_begins_at_midnight_in_jakarta(moment, start):
    day = day_of(moment)
    assert day.start == start
    assert day.end - day.start == timedelta(days=1)


@given(st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001  the zone follows
def test_every_moment_falls_in_its_day_and_ends_its_hour(moment):
    day, hour = day_of(moment), hour_before(moment)
    assert day.start <= moment < day.end
    assert (hour.start, hour.end) == (moment - timedelta(hours=1), moment)
