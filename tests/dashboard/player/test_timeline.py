from __future__ import annotations

import json
from typing import Any

import pytest
from telephone import BEGIN_S, samples, timeline

from dashboard.player.timeline import LARGEST, LONGEST_NOTE, MOST, Peaks, Timeline, Unreadable, timeline_of
from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.record import timeline_of as written_by_the_probe
from probe_runner.voice.timeline import Call, Match, Sign, Signalling, SignName, Span
from probe_runner.voice_target import Voice


def read(**changes: Any) -> Timeline:
    return timeline_of(json.dumps(timeline(**changes)).encode())


def test_what_the_voice_probe_writes_is_read() -> None:
    said = Signalling(
        ringing_s=0.3,
        answered_s=1.0,
        ended_s=9.0,
        recording_s=BEGIN_S,
        keys_s=(3.0,),
        signs=(Sign(SignName.IDENTITY_CHANGED, 4.0, "queue"),),
        gaps=((5.0, 6.0),),
    )
    spans = (Span(Kind.NO_RTP, 5.0, 6.0, 0.9, 2.0),)
    matches = (Match("greeting", 1.5, 3.0, 0.0, 1.5, 3.0, 1.0, "a.wav"),)
    call = Call(21.0, said, spans, matches, 20.0)
    made = timeline_of(written_by_the_probe(call, Voice(press="9"), [("dialled", 0.0)], samples()))
    assert (made.begin_s, made.end_s, made.voice.press) == (BEGIN_S, BEGIN_S + 20, "9")
    assert (made.spans[0].kind, made.spans[0].repeats_s, made.matches[0].file) == ("no_rtp", 2.0, "a.wav")
    assert (made.signalling.signs[0].name, made.signalling.gaps) == ("identity_changed", ((5.0, 6.0),))
    assert (max(made.peaks.values), len(made.peaks.values)) == (60, 500)


def test_the_axis_ends_with_the_call_or_the_recording() -> None:
    assert read(now_s=30).end_s == 30
    assert read(now_s=3).end_s == BEGIN_S + 20
    assert read(recording_s=None, peaks={"values": []}, now_s=0).end_s == 1


def test_what_a_later_version_adds_is_ignored_and_what_is_left_out_is_nothing() -> None:
    assert read(new={"a": [1]}).spans
    assert timeline_of(b'{"version": 1, "now_s": 3}').peaks.values == ()


SPAN = {"kind": "speech", "start_s": 1, "end_s": 2}
MATCH = {"name": "menu", "start_s": 1, "end_s": 2}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"version": 2}, "version"),
        ({"now_s": -1}, "now_s"),
        ({"now_s": 1e9}, "now_s"),
        ({"now_s": "12; drop"}, "now_s"),
        ({"recording_s": "soon"}, "recording_s"),
        ({"peaks": [1, 2]}, "peaks"),
        ({"peaks": {"per_s": 0, "values": []}}, "peaks.per_s"),
        ({"peaks": {"per_s": 25, "values": [50, 101]}}, "peaks.values.1"),
        ({"peaks": {"per_s": 25, "values": [0.5]}}, "peaks.values.0"),
        ({"spans": [SPAN, SPAN | {"kind": '"><script>'}]}, "spans.1.kind"),
        ({"spans": [SPAN | {"end_s": None}]}, "spans.0.end_s"),
        ({"spans": [SPAN | {"sureness": 7}]}, "spans.0.sureness"),
        ({"spans": [SPAN] * (MOST + 1)}, "spans"),
        ({"matches": [MATCH | {"score": -2}]}, "matches.0.score"),
        ({"matches": [MATCH | {"name": "__proto__"}]}, "matches.0.name"),
        ({"signalling": {"signs": [{"name": "held"}]}}, "signalling.signs.0.at_s"),
        ({"signalling": {"gaps": [[1, 2, 3]]}}, "signalling.gaps.0"),
        ({"signalling": {"keys_s": [1] * (MOST + 1)}}, "signalling.keys_s"),
        ({"milestones": [["dialled"]]}, "milestones.0"),
        ({"milestones": [["Dialled!", 0]]}, "milestones.0.0"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(**changes)
    assert refused.value.place.startswith(place)
    assert len(refused.value.place) < 300


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b'{"version": 1, "now_s": NaN}',
        b'{"version": 1, "now_s": Infinity}',
        b'{"version": 1, "now_s": 1, "spans": {"length": 1}}',
        b'{"version": 1, "now_s": 1, "milestones": [["\\ud800", 1]]}',
        b" " * (LARGEST + 1),
    ],
)
def test_what_is_no_timeline_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        timeline_of(data)


def test_a_long_note_is_cut_and_loses_nothing_else() -> None:
    made = read(signalling={"signs": [{"name": "held", "at_s": 1, "note": "x" * 100_000}], "ended_s": 3})
    assert (len(made.signalling.signs[0].note), made.signalling.ended_s) == (LONGEST_NOTE, 3)


@pytest.mark.parametrize(
    ("values", "most", "kept", "per_s"),
    [
        ((), 3, (), 25),
        ((1, 2, 3), 3, (1, 2, 3), 25),
        ((1, 9, 3, 4), 2, (9, 4), 12.5),
        ((1, 2, 3, 4, 50), 2, (3, 50), 25 / 3),
    ],
)
def test_thinned_peaks_keep_the_highest(
    values: tuple[int, ...], most: int, kept: tuple[int, ...], per_s: float
) -> None:
    thinned = Peaks(values=values).thinned(most)
    assert (thinned.values, thinned.per_s) == (kept, per_s)
