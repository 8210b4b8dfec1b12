from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from day import busy_day
from hostile import HOSTILE, seen
from pretend import World

from dashboard import conversation, figures, one_test
from dashboard.look import COLOURS
from dashboard.status import Light
from dashboard.wording import words_in
from shared.vocabulary import Cause, Finding, LegVerdict, Result, Step

ID, EN = words_in("id"), words_in("en")
NOW = datetime(2026, 11, 22, 7, 32, 7, tzinfo=UTC)


def full() -> object:
    return next(test for test in busy_day(NOW).tests if test.target == "ivr-gangguan")


def test_the_headline_says_how_both_legs_did_and_why() -> None:
    text = seen(one_test.headline(full(), NOW, ID)).text
    for said in ("Gagal", "Berfungsi", "Tidak terhubung", "Antrean: tidak ada Agent sampai batas waktu"):
        assert said in text


def test_findings_are_in_the_order_of_their_seconds() -> None:
    html = one_test.findings(full(), ID)
    assert html.index("13,40") < html.index("13,90") < html.index("14,20")
    assert seen(html).text.count("Membantah") == 2


def test_each_step_lasts_until_the_next_and_the_last_until_the_end() -> None:
    rows = figures.step_rows(full(), ID)
    assert [(row["from"], row["to"]) for row in rows[:2]] == [(0.0, 0.31), (0.31, 0.62)]
    assert rows[-1]["to"] == pytest.approx(17.4)
    assert rows[0]["step"] == "Menelepon"
    assert [row["colour"] for row in rows].count(COLOURS[Light.BAD]) == 1


def test_the_chart_is_as_high_as_it_has_lanes() -> None:
    twice = full().model_copy(update={"steps": (Step(name="said", at_s=0), Step(name="said", at_s=2))})
    assert figures.steps_chart(twice, ID).to_dict()["height"] == figures.LANE + figures.AXIS


def test_hostile_notes_stay_text() -> None:
    said = LegVerdict(result=Result.FAILED, cause=Cause.AGENT_SILENT, note=HOSTILE)
    test = World(NOW).test(
        "ivr-pusat",
        NOW - timedelta(minutes=1),
        Cause.AGENT_SILENT,
        agent=said,
        detail=HOSTILE,
        steps=(Step(name="dialled", at_s=0, note=HOSTILE),),
        findings=(Finding(name="x", is_for=True, at_s=0, note=HOSTILE),),
    )
    for html in (one_test.headline(test, NOW, ID), one_test.steps_table(test, ID), one_test.findings(test, ID)):
        assert seen(html).is_harmless
        assert HOSTILE in seen(html).text


def test_a_chat_is_shown_as_a_conversation() -> None:
    events = [
        {"at_s": 0.1, "kind": "heard", "who": "bot", "text": "Selamat datang"},
        {"at_s": 1.25, "kind": "said", "text": "agen"},
        {"at_s": 4, "kind": "joined", "who": "human", "name": HOSTILE},
    ]
    lines = conversation.lines_of(json.dumps({"events": events}).encode())
    assert lines
    assert [line.who for line in lines] == ["bot", "us", "human"]
    page = seen(conversation.shown(lines, ID))
    assert "Bot membalas" in page.text
    assert HOSTILE in page.text
    assert "script" not in page.tags


@pytest.mark.parametrize(
    "data", [b"", b"00:01 IVR: halo", b"[]", b'{"events": 1}', b'{"events": [1]}', b"[" * 100_000, b"\xff\x00"]
)
def test_what_is_no_chat_is_left_as_it_is(data: bytes) -> None:
    assert conversation.lines_of(data) is None
