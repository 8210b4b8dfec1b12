"""Judges a call again that was kept: its recording heard anew, its signalling revealed as it happened. Pure.

No rule of its own: the verdict is asked at every tick, as it was while the call went on, and knows no more at each
of them than could be known then. The keys stay where they were pressed: what was recorded answers those.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.ear.sound import RATE, Samples
from probe_runner.voice.judge.judgement import Judgement, VoiceState
from probe_runner.voice.judge.verdict import explain, judge
from probe_runner.voice.memory.comparison import Verdict
from probe_runner.voice.memory.hindsight import call_heard, known_at, ticks
from probe_runner.voice.record import Record
from probe_runner.voice.timeline import Call
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, LegVerdict, Result

UNTOLD = {Cause.PROBER_OWN_LINE, Cause.PROBER_STARVED}
"""What was wrong with our own side, and is not in the recording."""


@dataclass(frozen=True)
class Rejudged:
    """Today's verdict. ``settled_s``: when it was reached, in seconds since dialling; None: the record ended before."""

    verdict: Verdict
    settled_s: float | None


def rejudge(record: Record, voice: Voice, ear: Ear, samples: Samples) -> Rejudged:
    """Hear the recording anew, and judge it tick by tick until that is settled or all has been heard."""
    call, judgement, given = Call(0.0), Judgement(VoiceState.NOT_REACHED), 0
    begin = record.signalling.recording_s
    for now_s in ticks(end_of(record, samples)):
        if begin is not None:
            until = max(given, min(len(samples), round((now_s - begin) * RATE)))
            ear.hear(samples[given:until])
            given = until
        call = call_heard(ear, known_at(record.signalling, now_s, record.now_s), now_s)
        judgement = judge(call, voice)
        if judgement.is_settled:
            return Rejudged(_verdict(judgement), round(now_s, 3))
    return Rejudged(_verdict(explain(judgement, call, voice)), None)


def end_of(record: Record, samples: Samples) -> float:
    """The last second that anything is known of."""
    begin = record.signalling.recording_s
    return record.now_s if begin is None else max(record.now_s, begin + len(samples) / RATE)


def _verdict(judgement: Judgement) -> Verdict:
    return Verdict(judgement.state.value, judgement.accessibility, judgement.agent, judgement.findings)


def as_far_as_kept(was: Verdict, again: Rejudged) -> Verdict:
    """Today's verdict, where our own trouble of then stays as it was unless the recording disproves it.

    A call that our side broke off cannot be settled by hearing what there is of it; and that our own line did not
    work, or that we were starved, is nothing a recording tells.
    """
    is_settled = again.settled_s is not None
    accessibility = _still_ours(was.accessibility, again.verdict.accessibility, is_settled=is_settled)
    agent = _still_ours(was.agent, again.verdict.agent, is_settled=is_settled)
    return replace(again.verdict, accessibility=accessibility, agent=agent)


def _still_ours(then: LegVerdict, now: LegVerdict, *, is_settled: bool) -> LegVerdict:
    if then.result is not Result.INCONCLUSIVE or then.cause is None or not then.cause.is_ours:
        return now
    is_open = now.result in {Result.INCONCLUSIVE, Result.NOT_REACHED}
    is_untold = then.cause in UNTOLD and now.result is not Result.PASSED
    return then if is_untold or (is_open and not is_settled) else now
