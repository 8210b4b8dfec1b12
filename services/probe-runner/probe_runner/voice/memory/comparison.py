"""Two verdicts on one call, that of then and that of today: what is another. Knows no call and no rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from shared.events import TestFact
from shared.vocabulary import Finding, LegVerdict, Result

OF_OURSELVES = {"own_line_proven", "agent_events_missing"}
"""Findings about our own side, which no recording can tell again."""


@dataclass(frozen=True)
class Verdict:
    """What was said of a call, as far as two of them are compared."""

    state: str
    accessibility: LegVerdict
    agent: LegVerdict
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> str:
        """How the test ends with it: passed, failed or inconclusive."""
        results = (self.accessibility.result, self.agent.result)
        if all(result is Result.PASSED for result in results):
            return "passed"
        return "failed" if Result.FAILED in results else "inconclusive"

    @property
    def in_short(self) -> str:
        """How it ends, and by what cause."""
        causes = {leg.cause.value: None for leg in (self.accessibility, self.agent) if leg.cause}
        return f"{self.outcome} ({', '.join(causes)})" if causes else self.outcome


@dataclass(frozen=True)
class Difference:
    """One thing that two verdicts do not agree on; an empty word: it is not there."""

    what: str
    was: str
    now: str


class Word(StrEnum):
    """What comparing came to. ``UNDECIDED``: today's rules would have listened on when the record ended.

    ``UNCOMPARED``: what was said then is not known.
    """

    SAME = "same"
    CHANGED = "changed"
    UNDECIDED = "undecided"
    UNCOMPARED = "uncompared"


@dataclass(frozen=True)
class Comparison:
    """``findings``: evidence that is new or gone, which alone is no change of the verdict."""

    word: Word
    was: Verdict | None
    now: Verdict
    settled_s: float | None
    differences: tuple[Difference, ...] = ()
    findings: tuple[Difference, ...] = ()

    @property
    def rows(self) -> tuple[Difference, ...]:
        """Everything that is compared, whether it differs or not."""
        return _pairs(self.was or self.now, self.now)


def compare(was: Verdict | None, now: Verdict, settled_s: float | None) -> Comparison:
    """``settled_s``: when today's verdict was reached; None: the record ended before."""
    if was is None:
        return Comparison(Word.UNCOMPARED, was, now, settled_s)
    found = differences(was, now)
    word = Word.SAME if not found else Word.UNDECIDED if settled_s is None else Word.CHANGED
    return Comparison(word, was, now, settled_s, found, other_findings(was, now))


def verdict_of(fact: TestFact) -> Verdict:
    """What a test on the record had said."""
    return Verdict(fact.state, fact.accessibility, fact.agent, fact.findings)


def differences(was: Verdict, now: Verdict) -> tuple[Difference, ...]:
    """What of the verdict is another: how the test ends, how far the call came, each leg and its cause."""
    return tuple(pair for pair in _pairs(was, now) if pair.was != pair.now)


def _pairs(was: Verdict, now: Verdict) -> tuple[Difference, ...]:
    return (
        Difference("outcome", was.outcome, now.outcome),
        Difference("state", was.state, now.state),
        Difference("accessibility", _word(was.accessibility), _word(now.accessibility)),
        Difference("agent", _word(was.agent), _word(now.agent)),
    )


def other_findings(was: Verdict, now: Verdict) -> tuple[Difference, ...]:
    """Which evidence is new or gone. Seconds and notes may differ a little: the recording was made small."""
    before, after = _heard(was), _heard(now)
    gone = (Difference("finding", name, "") for name in sorted((before - after).elements()))
    new = (Difference("finding", "", name) for name in sorted((after - before).elements()))
    return (*gone, *new)


def _word(leg: LegVerdict) -> str:
    return f"{leg.result.value} ({leg.cause.value})" if leg.cause else leg.result.value


def _heard(verdict: Verdict) -> Counter[str]:
    return Counter(_name(finding) for finding in verdict.findings if finding.name not in OF_OURSELVES)


def _name(finding: Finding) -> str:
    return f"{'for' if finding.is_for else 'against'} {finding.name}"
