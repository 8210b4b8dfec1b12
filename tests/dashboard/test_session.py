from __future__ import annotations

import pytest
from hostile import HOSTILE, seen

from dashboard import session
from dashboard.client import NoAnswer, Why
from dashboard.wording import words_in
from shared.asks import BoardRead, Refused

ID, EN = words_in("id"), words_in("en")


@pytest.mark.parametrize(
    ("name", "actor"),
    [
        ("budi", "budi"),
        ("  Budi   Santoso ", "Budi.Santoso"),
        ("ioc@pusat", "ioc@pusat"),
        ("", None),
        ("<b>", None),
        (".budi", None),
        ("x" * 101, None),
    ],
)
def test_a_name_becomes_an_actor_or_nobody(name: str, actor: str | None) -> None:
    found = session.actor_named(name)
    assert (found.id if found else None) == actor


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (NoAnswer("escalation", Why.SILENT), "The service Escalation (escalation) does not answer."),
        (NoAnswer("reporting", Why.UNREADABLE), "The answer of Reporting (reporting) cannot be read."),
        (NoAnswer("nats", Why.BUS_AWAY), "cut off from the message bus"),
        (Refused(refused="ticket_over", message="", values={"state": "closed"}), "has ended (state: closed)"),
        (Refused(refused="brand_new", message="No, because."), "Refused: No, because."),
        (Refused(refused="brand_new", message=""), "Refused: brand_new"),
    ],
)
def test_trouble_is_said_in_words(said: NoAnswer | Refused, words: str) -> None:
    assert words in seen(session.trouble(said, EN)).text


def test_what_is_shown_in_trouble_says_how_old_it_is() -> None:
    assert "pukul 14:32:07 WIB" in session.trouble(NoAnswer("reporting", Why.SILENT), ID, since="14:32:07")


def test_an_answer_is_no_trouble() -> None:
    assert seen(session.trouble(BoardRead(at="2026-11-22T07:00:00Z", rows=()), ID)).text == ""


def test_a_hostile_refusal_stays_text() -> None:
    html = session.trouble(Refused(refused=HOSTILE, message=HOSTILE, values={HOSTILE: HOSTILE}), ID)
    assert seen(html).is_harmless
    assert HOSTILE in seen(html).text
