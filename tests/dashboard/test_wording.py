"""Every word a person reads exists, in both languages."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest

import dashboard
from dashboard import card, client, conversation, history, status, ticket_page, wording
from dashboard.player.view import SIDES, SPOKEN
from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.timeline import Role, SignName
from probe_runner.voice_target import THRESHOLDS
from shared.vocabulary import Cause, Channel, EvidenceKind, Grade, Leg, Origin, Result, TicketState

FOLDER = Path(dashboard.__file__).parent

COMPUTED = {
    "cause": list(Cause),
    "channel": list(Channel),
    "leg": list(Leg),
    "origin": list(Origin),
    "state": list(TicketState),
    "evidence.kind": list(EvidenceKind),
    "evidence": ["too_large", "cut_short", "changed"],
    "result": [Result.INCONCLUSIVE, Result.NOT_REACHED]
    + [f"{leg}.{result}" for leg in Leg for result in (Result.PASSED, Result.FAILED)],
    "outcome": [*card.RECENT, "unknown"],
    "light": ["good", "bad", "unknown", "stale", "untested"],
    "figure": ["good", "failing", "unknown", "tickets"],
    "life": list(status.Life),
    "service": [*status.EXPECTED, "nats"],
    "no_answer": list(client.Why),
    "act": [f"{name}.{part}" for name in ticket_page.FORMS for part in ("label", "hint", "button")],
    "clock": ["acknowledged", "resolved", "ended"],
    "nav": ["board", "target", "ticket"],
    "length": ["hours", "days"],
    "tickets": ["no_open", "no_ended"],
    "weekday": range(7),
    "month": range(1, 13),
    "grade": list(Grade),
    "finding": SIDES,
    "player": SPOKEN,
    "lane": ["findings", "heard", "recognised", "signalled", "steps"],
    "phase": ["ringing", "connected", "gap"],
    "speaker": ["us", "bot", "human", "system", "unknown"],
}
"""Keys that the code puts together, by prefix: every value that can come."""

OPEN = ("did.", "found.", "measured.", "reached.", "refused.", "service.", "heard.", "role.", "sign.")
"""Prefixes of words for names that other services choose; a new name shows as it is."""


def sentences(language: str) -> dict[str, str]:
    return wording.words_in(language)._sentences


def literal_keys() -> set[str]:
    """Every string in the code that is given to ``words`` as it stands."""
    found = set()
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_words(node.func):
                found |= set(_strings(node.args[0]))
    return found | {"figure.failing", "figure.unknown"}


def _is_words(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr == "either"
    is_session = isinstance(function, ast.Call) and isinstance(function.func, ast.Attribute)
    return (isinstance(function, ast.Name) and function.id == "words") or (
        is_session and function.func.attr == "speaking"
    )


def _strings(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    return []


def computed_keys() -> set[str]:
    return {f"{prefix}.{value}" for prefix, values in COMPUTED.items() for value in values}


def test_both_languages_have_the_same_keys() -> None:
    assert sentences("id").keys() == sentences("en").keys()


def test_both_languages_fill_in_the_same_values() -> None:
    def holes(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    english = sentences("en")
    assert {key for key, said in sentences("id").items() if holes(said) != holes(english[key])} == set()


def test_every_key_in_the_code_has_words() -> None:
    keys = literal_keys()
    assert len(keys) > 80
    assert keys - sentences("id").keys() == set()


def test_every_cause_state_and_other_computed_key_has_words() -> None:
    assert computed_keys() - sentences("id").keys() == set()


def test_everything_the_voice_probe_can_name_has_words() -> None:
    drifts = {f"measured.{role}_drift" for role in Role if role not in {Role.CLOSED, Role.FULL}}
    names = (
        {f"heard.{kind}" for kind in Kind} | {f"role.{role}" for role in Role} | {f"sign.{name}" for name in SignName}
    )
    matched = {f"found.{role}_matched" for role in Role}
    measured = {f"measured.{name}" for name in THRESHOLDS}
    assert (names | drifts | matched | measured) - sentences("id").keys() == set()


def test_no_words_are_left_over() -> None:
    known = literal_keys() | computed_keys()
    assert {key for key in sentences("id") if key not in known and not key.startswith(OPEN)} == set()


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_no_sentence_is_empty_or_looks_like_a_key(language: str) -> None:
    assert {key for key, said in sentences(language).items() if not said.strip() or said == key} == set()


def test_a_missing_key_shows_the_key() -> None:
    assert wording.words_in("id")("no.such.key") == "no.such.key"


def test_a_missing_value_shows_the_sentence_rather_than_failing() -> None:
    assert wording.words_in("en")("life.restarts").startswith("restarted {n}")


def test_a_value_is_never_read_as_a_template() -> None:
    assert wording.words_in("en")("notice", service="x", text="{0.__class__}") == "x: {0.__class__}"


def test_a_language_we_do_not_speak_is_answered_in_indonesian() -> None:
    assert wording.words_in("xx").language == "id"


def test_speakers_and_facts_have_symbols_and_words() -> None:
    assert set(history.LIGHTS) == set(TicketState)
    assert {key.removeprefix("did.") for key in sentences("id") if key.startswith("did.")} >= conversation.OURS
