from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import moments
from dashboard.wording import words_in

ID, EN = words_in("id"), words_in("en")
NOW = datetime(2026, 11, 22, 7, 32, 7, tzinfo=UTC)


def test_the_clock_is_seven_hours_ahead_of_utc() -> None:
    assert (moments.clock(NOW), moments.hour(NOW), moments.utc_clock(NOW)) == ("14:32:07", "14:32", "07:32:07")


def test_the_date_is_the_one_in_wib() -> None:
    evening = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert moments.date(evening, ID) == "Jumat, 1 Januari 2027"
    assert moments.date(evening, EN) == "Friday, 1 January 2027"


def test_another_day_is_named() -> None:
    assert moments.stamp(NOW, NOW, ID) == "14:32:07"
    assert moments.stamp(NOW - timedelta(days=1), NOW, ID) == "21 Nov 14:32:07"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 dtk"),
        (0.9, "0 dtk"),
        (59.9, "59 dtk"),
        (60, "1 mnt"),
        (3_599, "59 mnt"),
        (3_600, "1 jam"),
        (3_960, "1 jam 6 mnt"),
        (86_399, "23 jam 59 mnt"),
        (86_400, "1 hari"),
        (100_800, "1 hari 4 jam"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert moments.length(seconds, ID) == said


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (65, "1:05"), (3_599, "59:59"), (7_200, "2 h")])
def test_a_countdown_shows_seconds_below_an_hour(seconds: float, said: str) -> None:
    assert moments.countdown(seconds, EN) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(-4, "baru saja"), (2, "baru saja"), (3, "3 dtk lalu"), (125, "2 mnt lalu")]
)
def test_the_past_is_so_long_ago(seconds: float, said: str) -> None:
    assert moments.ago(NOW - timedelta(seconds=seconds), NOW, ID) == said


def test_a_number_has_the_comma_of_its_language() -> None:
    assert (moments.exact(17.44, ID), moments.exact(17.44, EN)) == ("17,4 dtk", "17.4 s")
