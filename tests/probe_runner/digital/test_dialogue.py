from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_runner.digital.dialogue import Button, Event, Kind, Who, as_record, choose, read_frame

BUTTONS = (Button("p1", "Informasi"), Button("p9", "Bicara dengan petugas"))


def heard(text: str, *buttons: Button) -> Event:
    return Event(Kind.HEARD, 1.0, text, Who.BOT, buttons=buttons)


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        (
            {"type": "message", "actor": "human", "text": "Hai", "name": "Rina"},
            Event(Kind.HEARD, 2, "Hai", Who.HUMAN, "Rina"),
        ),
        ({"type": "message", "text": "Hai"}, Event(Kind.HEARD, 2, "Hai", Who.UNKNOWN)),
        ({"type": "message", "actor": "Human", "text": "Hai"}, Event(Kind.HEARD, 2, "Hai", Who.UNKNOWN)),
        ({"type": "typing"}, Event(Kind.TYPING, 2)),
        ({"type": "queue", "position": 3}, Event(Kind.QUEUED, 2, position=3)),
        ({"type": "queue", "position": "soon"}, Event(Kind.QUEUED, 2)),
        ({"type": "queue", "position": True}, Event(Kind.QUEUED, 2)),
        ({"type": "joined", "actor": "human", "name": "Rina"}, Event(Kind.JOINED, 2, who=Who.HUMAN, name="Rina")),
        ({"type": "ended"}, Event(Kind.ENDED, 2)),
    ],
)
def test_each_frame_of_the_protocol_is_an_event(frame: dict[str, object], event: Event) -> None:
    assert read_frame(json.dumps(frame), 2) == event


@pytest.mark.parametrize(
    "data",
    [
        "",
        "not json",
        "[]",
        "1",
        "null",
        '{"type": "message", "text": 1}',
        '{"type": ["message"]}',
        b"\xff\xfe",
        "[" * 9_000,
    ],
)
def test_what_is_no_frame_is_garbage_and_evidence(data: str | bytes) -> None:
    event = read_frame(data, 2)

    assert event.kind is Kind.GARBAGE
    assert len(event.text) <= 500


def test_a_lone_surrogate_does_not_break_the_transcript() -> None:
    event = read_frame('{"type": "message", "actor": "bot", "text": "\\ud800 halo"}', 2)

    assert json.dumps(as_record(event), ensure_ascii=False).encode() is not None
    assert event.text == "? halo"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda kids: (
            st.lists(kids)
            | st.dictionaries(
                st.sampled_from(["type", "text", "buttons", "position", "actor", "payload", "title"]), kids
            )
        ),
    )
)
def test_no_frame_whatever_raises(value: object) -> None:
    assert read_frame(json.dumps(value), 0).kind in Kind
    frame = {"type": "message", "text": "x", "buttons": value, "actor": value}
    assert json.dumps(as_record(read_frame(json.dumps(frame), 0)))


@pytest.mark.parametrize("wanted", ["p9", "bicara dengan petugas", "Petugas"])
def test_a_button_is_chosen_by_payload_or_title(wanted: str) -> None:
    choice = choose(wanted, [heard("Silakan pilih:", *BUTTONS)])

    assert choice.frame == {"type": "choice", "payload": "p9"}
    assert (choice.via, choice.note) == ("button", "button 'Bicara dengan petugas'")


@pytest.mark.parametrize(
    ("wanted", "menu", "number"),
    [
        ("petugas", "Menu:\n1. Informasi\n9. Petugas", "9"),
        ("Petugas", "[1] Informasi\n[9] Hubungi petugas kami", "9"),
        ("petugas", "Ketik 1 untuk Informasi, atau 9 untuk Bicara dengan petugas.", "9"),
        ("agent", "Press 2 for billing, press 0 for an agent", "0"),
        ("9", "1) Informasi\n9) Petugas", "9"),
    ],
)
def test_without_buttons_the_number_in_the_menu_is_chosen(wanted: str, menu: str, number: str) -> None:
    choice = choose(wanted, [heard(menu)])

    assert (choice.via, choice.frame) == ("number", {"type": "message", "text": number})


def test_what_the_menu_does_not_offer_is_said_in_words() -> None:
    choice = choose("petugas", [heard("Nomor antrean Anda 42. Ada yang bisa dibantu?")])

    assert (choice.via, choice.frame) == ("text", {"type": "message", "text": "petugas"})
    assert "in words" in choice.note


def test_the_latest_menu_is_the_one_that_counts() -> None:
    old, new = heard("?", Button("old", "Petugas")), heard("?", Button("new", "Petugas"))

    assert choose("petugas", [old, new]).frame["payload"] == "new"
