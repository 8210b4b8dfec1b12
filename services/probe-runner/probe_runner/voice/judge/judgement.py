"""The shape of a verdict on a voice test: how far the call came, both legs, and why. Knows no rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from probe_runner.voice.timeline import Match
from shared.vocabulary import Cause, Finding, LegVerdict, Result

MATCHED_SHARE = 0.6


class VoiceState(StrEnum):
    """How far the call came."""

    NOT_REACHED = "not_reached"
    ANSWERED = "answered"
    IVR_HEARD = "ivr_heard"
    MENU_CHOSEN = "menu_chosen"
    QUEUED = "queued"
    RINGING_AGENT = "ringing_agent"
    AGENT_PROBABLE = "agent_probable"
    AGENT_CONFIRMED = "agent_confirmed"


PASSED = LegVerdict(result=Result.PASSED)
NOT_REACHED = LegVerdict(result=Result.NOT_REACHED)
NOT_YET = LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_UNSURE, note="the test ended before this was known")


@dataclass(frozen=True)
class Judgement:
    """``is_settled``: nothing more is to be learned from this call. ``is_key_wanted``: press the key now.

    ``is_announcement_wanted``: say who we are now, if that has not been said, and go on listening.
    """

    state: VoiceState
    accessibility: LegVerdict = NOT_YET
    agent: LegVerdict = NOT_REACHED
    is_settled: bool = False
    is_key_wanted: bool = False
    is_announcement_wanted: bool = False
    findings: tuple[Finding, ...] = ()
    milestones: tuple[tuple[str, float], ...] = ()


def failed(cause: Cause, note: str) -> LegVerdict:
    """The customer would have met this."""
    return LegVerdict(result=Result.FAILED, cause=cause, note=note[:500])


def unsure(note: str) -> LegVerdict:
    """We could not tell: ours, not the customer's."""
    return LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_UNSURE, note=note[:500])


def settled(state: VoiceState, accessibility: LegVerdict, agent: LegVerdict = NOT_REACHED) -> Judgement:
    """Nothing more is to be learned."""
    return Judgement(state, accessibility, agent, is_settled=True)


def is_enough(match: Match | None, seconds: float) -> bool:
    """Whether this much of a recording was recognised, or most of a short one."""
    return match is not None and match.heard_s >= min(seconds, MATCHED_SHARE * match.length_s)
