from __future__ import annotations

import json
from typing import Any

import pytest
from telephone import BEGIN_S, FINDINGS, timeline

from dashboard.player.lanes import HEARD, MOST_DRAWN, ROLES, Lane, lanes_of
from dashboard.player.timeline import timeline_of
from dashboard.wording import words_in
from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.timeline import Role
from shared.vocabulary import Finding

ID, EN = words_in("id"), words_in("en")


def lanes(findings: tuple[Finding, ...] = FINDINGS, **changes: Any) -> dict[str, Lane]:
    made = timeline_of(json.dumps(timeline(**changes)).encode())
    return {lane.name: lane for lane in lanes_of(made, findings, EN)}


def test_every_kind_and_role_of_the_probe_has_a_look() -> None:
    assert {*HEARD, "other"} == set(Kind)
    assert set(ROLES) == set(Role)


def test_a_finding_counts_the_recordings_seconds_and_a_lane_those_since_dialling() -> None:
    marks = lanes()["findings"].marks
    assert [(mark.look, mark.at_s) for mark in marks[:2]] == [("for", BEGIN_S + 1.0), ("for", BEGIN_S + 7.8)]
    assert [mark.look for mark in marks] == ["for", "for", "for", "against", "against", "against"]
    assert marks[4].text == "The same words again, exactly: a recording"
    assert marks[4].more == ("the same as at second 6.2 (weight -5)",)


def test_what_was_heard_has_a_kind_a_sureness_and_what_it_repeats() -> None:
    again = lanes()["heard"].pieces[8]
    assert (again.look, again.text, again.is_again) == ("heard-speech", "Speech", True)
    said = ("Second 15.2 to 17.2", "80 % sure", "The same as at second 6.2: a recording, not a person")
    assert again.more == said


def test_what_was_recognised_says_which_part_of_which_file() -> None:
    music = lanes()["recognised"].pieces[2]
    assert (music.look, music.text) == ("role-hold_music", "Hold music")
    assert music.more == ("Second 9.2 to 14.1", "Part 12.0 to 16.9 of 60.0 s", "Score 0.88", "hold.wav")


def test_what_was_signalled_is_phases_and_marks() -> None:
    lane = lanes()["signalled"]
    phases = [(piece.look, piece.start_s, piece.end_s) for piece in lane.pieces]
    assert phases == [("phase-ringing", 0.3, 1.1), ("phase-connected", 1.1, 21.2), ("phase-gap", 14.2, 15.2)]
    said = [(mark.look, mark.text) for mark in lane.marks]
    assert ("key", "Key 9") in said
    assert said[-1] == ("end", "Ended")
    assert lane.marks[-1].more == ("200 OK",)


@pytest.mark.parametrize(
    ("signalling", "phases"),
    [
        ({}, []),
        ({"ringing_s": 1}, [("phase-ringing", 1, 21.3)]),
        ({"ringing_s": 1, "ended_s": 9, "code": 486}, [("phase-ringing", 1, 9)]),
        ({"answered_s": 2}, [("phase-connected", 2, 21.3)]),
    ],
)
def test_a_phase_lasts_until_the_next_or_the_end(signalling: dict[str, Any], phases: list[Any]) -> None:
    pieces = lanes(signalling=signalling)["signalled"].pieces
    assert [(piece.look, piece.start_s, piece.end_s) for piece in pieces] == phases


def test_steps_before_dialling_stand_at_its_begin_in_their_order() -> None:
    steps = lanes(milestones=[["dialled", 0], ["own_line_tested", -4.5], ["registered", -2]])["steps"].marks
    assert [(mark.text, mark.at_s) for mark in steps] == [
        ("Tested our own line", 0),
        ("Registered with the carrier", 0),
        ("Dialled", 0),
    ]


def test_what_lies_outside_the_axis_is_brought_inside() -> None:
    spans = [{"kind": "music", "start_s": 80_000, "end_s": 86_000}, {"kind": "tone", "start_s": 9, "end_s": 2}]
    late = Finding(name="x", is_for=True, at_s=86_400)
    made = lanes(findings=(late,), spans=spans)
    stretches = [(piece.start_s, piece.end_s) for piece in made["heard"].pieces]
    assert stretches == [(9, 9), (21.3, 21.3)]
    assert made["findings"].marks[0].at_s == 21.3


def test_a_name_nobody_has_words_for_is_shown_as_it_is_with_the_look_of_others() -> None:
    spans = [{"kind": "whale_song", "start_s": 1, "end_s": 2}]
    matches = [{"name": "farewell", "start_s": 1, "end_s": 2}]
    made = lanes(spans=spans, matches=matches, signalling={"signs": [{"name": "brand.new", "at_s": 1}]})
    assert (made["heard"].pieces[0].look, made["heard"].pieces[0].text) == ("heard-other", "whale song")
    assert (made["recognised"].pieces[0].look, made["recognised"].pieces[0].text) == ("role-other", "farewell")
    assert made["signalled"].marks[0].text == "brand · new"


def test_more_than_can_be_drawn_is_counted() -> None:
    signs = [{"name": "reinvited", "at_s": at / 1_000} for at in range(MOST_DRAWN + 7)]
    lane = lanes(signalling={"signs": signs})["signalled"]
    assert (len(lane.marks), lane.left_out) == (MOST_DRAWN, 7)
