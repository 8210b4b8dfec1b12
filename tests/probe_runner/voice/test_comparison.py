from __future__ import annotations

from typing import Any

import pytest

from probe_runner.voice.memory.comparison import Difference, Verdict, Word, compare
from shared.vocabulary import Cause, Finding, LegVerdict, Result

PASSED = LegVerdict(result=Result.PASSED)
NOT_REACHED = LegVerdict(result=Result.NOT_REACHED)
SILENT = LegVerdict(result=Result.FAILED, cause=Cause.AGENT_SILENT, note="8 s of silence")
UNSURE = LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_UNSURE)
WRONG = LegVerdict(result=Result.FAILED, cause=Cause.IVR_WRONG_PROMPT)


def verdict(accessibility: LegVerdict, agent: LegVerdict, state: str = "queued", *names: str) -> Verdict:
    return Verdict(state, accessibility, agent, tuple(Finding(name=name, is_for=True, at_s=1) for name in names))


GOOD = verdict(PASSED, PASSED, "agent_confirmed", "greeting_matched")


@pytest.mark.parametrize(
    ("said", "outcome", "in_short"),
    [
        (GOOD, "passed", "passed"),
        (verdict(PASSED, SILENT), "failed", "failed (agent.silent)"),
        (verdict(WRONG, NOT_REACHED), "failed", "failed (ivr.wrong_prompt)"),
        (verdict(PASSED, UNSURE), "inconclusive", "inconclusive (prober.unsure)"),
        (verdict(UNSURE, UNSURE), "inconclusive", "inconclusive (prober.unsure)"),
    ],
)
def test_a_verdict_ends_its_test(said: Verdict, outcome: str, in_short: str) -> None:
    assert (said.outcome, said.in_short) == (outcome, in_short)


def test_the_same_verdict_in_other_words_is_the_same() -> None:
    reworded = verdict(PASSED, SILENT.model_copy(update={"note": "8.2 s of silence"}))
    assert compare(verdict(PASSED, SILENT), reworded, 20.0).word is Word.SAME


def test_other_evidence_alone_is_told_but_is_no_change() -> None:
    made = compare(GOOD, verdict(PASSED, PASSED, "agent_confirmed", "agent_tone_heard"), 20.0)
    assert made.word is Word.SAME
    assert made.findings == (
        Difference("finding", "for greeting_matched", ""),
        Difference("finding", "", "for agent_tone_heard"),
    )


def test_what_was_found_of_ourselves_is_not_missed() -> None:
    assert compare(verdict(PASSED, SILENT, "queued", "own_line_proven"), verdict(PASSED, SILENT), 9.0).findings == ()


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (verdict(PASSED, SILENT, "agent_confirmed"), ["outcome", "agent"]),
        (verdict(WRONG, NOT_REACHED, "answered"), ["outcome", "state", "accessibility", "agent"]),
        (verdict(PASSED, PASSED, "agent_probable"), ["state"]),
    ],
)
def test_what_is_another_is_named(now: Verdict, what: list[str]) -> None:
    made = compare(GOOD, now, 20.0)
    assert (made.word, [difference.what for difference in made.differences]) == (Word.CHANGED, what)


def test_another_cause_is_a_change() -> None:
    other = SILENT.model_copy(update={"cause": Cause.AGENT_NO_ANSWER})
    (difference,) = compare(verdict(PASSED, SILENT), verdict(PASSED, other), 9.0).differences
    assert difference == Difference("agent", "failed (agent.silent)", "failed (agent.no_answer)")


def test_a_record_that_ended_too_early_decides_nothing() -> None:
    assert compare(GOOD, verdict(PASSED, UNSURE), None).word is Word.UNDECIDED
    assert compare(GOOD, GOOD, None).word is Word.SAME


def test_without_a_verdict_of_then_there_is_nothing_to_compare() -> None:
    made: Any = compare(None, GOOD, 20.0)
    assert (made.word, made.differences) == (Word.UNCOMPARED, ())
    assert [row.now for row in made.rows] == ["passed", "agent_confirmed", "passed", "passed"]
