from __future__ import annotations

import json

import pytest
from hostile import HOSTILE
from telephone import FINDINGS, timeline

from dashboard.player import component
from dashboard.player.timeline import timeline_of
from dashboard.player.view import MOST_COLUMNS, SPOKEN, view_of
from dashboard.wording import LANGUAGES, words_in

EN = words_in("en")


def test_the_view_is_plain_json_and_says_everything_in_the_language_asked_for() -> None:
    made = timeline_of(json.dumps(timeline()).encode())
    said = {language: view_of(made, FINDINGS, "/media/x", words_in(language)) for language in LANGUAGES}
    assert json.loads(json.dumps(said["id"]))["lanes"][1]["title"] == "Terdengar"
    assert (said["id"]["words"]["decimal"], said["en"]["words"]["begins"]) == (
        ",",
        "The recording begins at second 1.2.",
    )
    assert said["en"]["words"]["at"] == "Play from second {n}"
    assert (said["en"]["sound"], said["en"]["begin"], said["en"]["end"]) == ("/media/x", 1.2, 21.3)


def test_the_legend_names_each_look_once_by_lane() -> None:
    legend = view_of(timeline_of(json.dumps(timeline()).encode()), FINDINGS, "", EN)["legend"]
    assert [each["title"] for each in legend] == ["Findings", "Heard", "Recognised", "Signalled"]
    heard = [key["text"] for key in legend[1]["keys"]]
    assert heard == [
        "Ringback",
        "Silence",
        "Speech",
        "Music",
        "No RTP",
        "Busy tone",
        "Other sound",
        "↻ repeats exactly",
    ]


def test_an_hour_is_as_light_as_a_minute() -> None:
    long = timeline(now_s=3_600, peaks={"per_s": 25, "values": [3] * 90_000})
    peaks = view_of(timeline_of(json.dumps(long).encode()), (), "", EN)["peaks"]
    assert len(peaks["values"]) <= MOST_COLUMNS
    assert len(peaks["values"]) / peaks["per_s"] == pytest.approx(3_600, rel=0.01)


def test_hostile_notes_go_to_the_browser_as_they_are_to_be_shown_as_text() -> None:
    said = timeline(signalling={"signs": [{"name": "held", "at_s": 1, "note": HOSTILE}]})
    lanes = view_of(timeline_of(json.dumps(said).encode()), (), "", EN)["lanes"]
    assert lanes[3]["marks"][0]["more"] == (HOSTILE,)


def scripts() -> str:
    return "\n".join((component.HERE / name).read_text(encoding="utf-8") for name in component.SCRIPTS)


def test_the_scripts_make_no_html_of_anything_and_fetch_nothing() -> None:
    for unwanted in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "http:",
        "https:",
    ):
        assert unwanted not in scripts().replace("http://www.w3.org/2000/svg", ""), unwanted


def test_the_scripts_say_only_words_they_are_given() -> None:
    made = view_of(timeline_of(json.dumps(timeline()).encode()), (), "", EN)
    used = {part.split("[")[0] for part in _after("words.", scripts())}
    assert used - {""} <= made["words"].keys()
    assert set(SPOKEN) - used == set()


def _after(start: str, text: str) -> list[str]:
    parts = text.split(start)[1:]
    return [
        "".join(letter if letter.isalnum() or letter == "_" else " " for letter in part).split(" ")[0] for part in parts
    ]
