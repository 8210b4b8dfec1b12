from __future__ import annotations

import pytest

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.ear.strip import Strip


def told(strip):
    return [(span.kind, round(span.start_s * 50), round(span.end_s * 50)) for span in strip.spans()]


def test_an_empty_strip_tells_nothing():
    assert Strip().spans() == []


def test_neighbours_of_one_kind_are_one_span_and_there_is_no_gap():
    strip = Strip()
    strip.paint(Kind.SILENCE, 0, 10)
    strip.paint(Kind.SPEECH, 10, 20)
    strip.paint(Kind.SPEECH, 20, 30)
    assert told(strip) == [(Kind.SILENCE, 0, 10), (Kind.SPEECH, 10, 30)]


def test_a_tone_covers_what_was_painted_and_can_be_renamed_and_taken_away():
    strip = Strip()
    strip.paint(Kind.SPEECH, 0, 30)
    strip.cover(Kind.TONE, 10, 20)
    assert told(strip) == [(Kind.SPEECH, 0, 10), (Kind.TONE, 10, 20), (Kind.SPEECH, 20, 30)]
    strip.cover(Kind.BUSY, 10, 20)
    assert told(strip)[1] == (Kind.BUSY, 10, 20)
    strip.cover(None, 10, 20)
    assert told(strip) == [(Kind.SPEECH, 0, 30)]


def test_a_span_is_split_where_a_repetition_begins_and_says_what_it_repeats():
    strip = Strip()
    strip.paint(Kind.SPEECH, 0, 500, 0.8)
    strip.repeat(200, 300, 400)
    spans = strip.spans()
    assert [span.repeats_s for span in spans] == [None, pytest.approx(2.0), None]
    assert [span.sureness for span in spans] == [0.8] * 3


def test_a_long_call_is_told_in_order_whatever_was_asked_in_between():
    asked, quiet = Strip(), Strip()
    for at in range(0, 10_000, 50):
        kind = Kind.SPEECH if at % 100 else Kind.SILENCE
        for strip in (asked, quiet):
            strip.paint(kind, at, at + 50)
        asked.spans()
    assert asked.spans() == quiet.spans()
    assert len(asked.spans()) == 200
