"""What our own trouble does to an outcome: what was proven stays, the rest is not known. Pure."""

from __future__ import annotations

from dataclasses import replace

from probe_runner.probe import Outcome
from probe_runner.voice.call.starvation import Lateness
from probe_runner.voice.judge.judgement import Judgement, VoiceState
from probe_runner.voice.timeline import Signalling
from shared.vocabulary import Cause, LegVerdict, Result

IN_DOUBT = {Cause.TELCO_SETUP_TIMEOUT, Cause.MEDIA_NO_RTP}
"""What a broken line of ours looks like from here."""


def ours(cause: Cause, note: str, judgement: Judgement | None = None) -> Outcome:
    """An outcome that our own trouble ended: what was proven before stays, the rest is not known."""
    judged = judgement or Judgement(VoiceState.NOT_REACHED)
    unproven = LegVerdict(result=Result.INCONCLUSIVE, cause=cause, note=note[:500])
    proven = {Result.PASSED, Result.FAILED}
    legs = [leg if leg.result in proven else unproven for leg in (judged.accessibility, judged.agent)]
    return Outcome(judged.state, legs[0], legs[1], detail=note, findings=judged.findings)


def unknown(outcome: Outcome, cause: Cause, note: str) -> Outcome:
    """The outcome with nothing known: what was heard, or not, was our own doing."""
    leg = LegVerdict(result=Result.INCONCLUSIVE, cause=cause, note=note[:500])
    return replace(outcome, accessibility=leg, agent=leg, detail=note)


def starved(outcome: Outcome, lateness: Lateness, said: Signalling) -> Outcome:
    """The outcome with no failure that our own lack of time may have made. A pass has its proof, and stays.

    So does a refusal: the other side's final answer is heard in full, however late.
    """
    is_refused = said.answered_s is None and said.ended_s is not None and not said.is_local
    if not lateness.is_starved or is_refused:
        return outcome
    leg = LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_STARVED, note=lateness.note[:500])
    legs = (outcome.accessibility, outcome.agent)
    if all(given.result is not Result.FAILED for given in legs):
        return outcome
    accessibility, agent = (leg if given.result is Result.FAILED else given for given in legs)
    return replace(outcome, accessibility=accessibility, agent=agent, detail=lateness.note)


def is_line_in_doubt(outcome: Outcome, said: Signalling) -> bool:
    """Whether this failure might as well be a broken line of ours: nothing at all came back."""
    return outcome.accessibility.cause in IN_DOUBT and said.packets == 0
