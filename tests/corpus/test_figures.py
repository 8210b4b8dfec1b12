from __future__ import annotations

import math

import pytest
from corpus.figures import Rate, fits, percentile


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 100, 0.0, 0.0370), (1, 200, 0.0009, 0.0278), (50, 100, 0.4038, 0.5962), (10, 10, 0.7225, 1.0)],
)
def test_the_interval_is_wilsons(count, of, low, high):
    assert Rate(count, of).interval == pytest.approx((low, high), abs=1e-4)


def test_of_nothing_nothing_is_known():
    assert Rate(0, 0).interval == (0.0, 1.0)
    assert str(Rate(0, 0)) == "none"
    assert math.isnan(percentile([], 0.5))


def test_a_percentile_lies_between_its_neighbours():
    assert percentile([4, 1, 3, 2], 0.5) == 2.5
    assert percentile([1, 2, 3], 1.0) == 3


def test_precision_and_recall_count_seconds():
    table = {"music": {"music": 8.0, "speech": 2.0}, "speech": {"speech": 6.0}}
    music, speech = fits(table)
    assert (music.precision, music.recall) == (1.0, 0.8)
    assert (speech.precision, speech.recall, speech.seconds) == (0.75, 1.0, 6.0)
