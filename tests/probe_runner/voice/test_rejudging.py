from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from voice.calls import voice
from voice.sounds import companded, prompt, references, silence

from probe_runner.voice.ear.hearing import Ear, reference_of
from probe_runner.voice.ear.sound import RATE, Samples
from probe_runner.voice.judge.judgement import VoiceState
from probe_runner.voice.memory.comparison import Verdict
from probe_runner.voice.memory.rejudging import Rejudged, as_far_as_kept, rejudge
from probe_runner.voice.record import Record
from probe_runner.voice.timeline import Signalling
from shared.vocabulary import Cause, LegVerdict, Result

ROLES = {"greeting": "greeting", "transfer": "transfer", "hold_music": "hold", "agent_greeting": "agent"}
KEY = 4.0
OURS = LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_CRASHED)
LINE = LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_OWN_LINE)
SILENT = LegVerdict(result=Result.FAILED, cause=Cause.MEDIA_DEAD_AIR)
PASSED = LegVerdict(result=Result.PASSED)
UNSURE = LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_UNSURE)
NOT_REACHED = LegVerdict(result=Result.NOT_REACHED)


def ear() -> Ear:
    return Ear([reference_of(role, prompt(name), role == "hold_music") for role, name in ROLES.items()])


def healthy() -> Samples:
    """A call as it was recorded: the key is pressed at second 4 of it."""
    parts = (prompt("greeting")[: int(KEY * RATE)], prompt("transfer"), prompt("hold"), prompt("agent"), silence(2))
    return companded(np.concatenate(parts))


def record(samples: Samples, **said: object) -> Record:
    """What was signalled around it: answered at once, with media at second 1."""
    packets = len(samples) // 160
    end_s = 1.0 + len(samples) / RATE
    given = {"ringing_s": 0.2, "answered_s": 1.0, "recording_s": 1.0, "packets": packets, "keys_s": (1.0 + KEY,)}
    signalling = Signalling(**{**given, **said})
    return Record(now_s=end_s, recording_s=signalling.recording_s, signalling=signalling, voice=voice())


def test_a_healthy_call_passes_again() -> None:
    samples = healthy()
    again = rejudge(record(samples), voice(), ear(), samples)
    assert (again.verdict.state, again.verdict.outcome) == (VoiceState.AGENT_CONFIRMED, "passed")
    assert again.settled_s is not None


def test_it_is_settled_before_what_came_later_was_known() -> None:
    samples = healthy()
    early = rejudge(record(samples), voice(), ear(), samples)
    hung_up = rejudge(record(samples, ended_s=1.0 + len(samples) / RATE), voice(), ear(), samples)
    assert (hung_up.verdict, hung_up.settled_s) == (early.verdict, early.settled_s)


def test_other_expectations_make_another_verdict() -> None:
    samples = np.concatenate([prompt("greeting"), silence(8)])
    wrong = Ear([reference_of("greeting", prompt("wrong-prompt"), is_loop=False)])
    again = rejudge(record(samples, keys_s=()), voice(), wrong, samples)
    assert again.verdict.accessibility.cause is Cause.IVR_WRONG_PROMPT


def test_a_call_that_nobody_answered_is_judged_without_a_recording() -> None:
    none = silence(0)
    said = {"answered_s": None, "recording_s": None, "packets": 0, "keys_s": (), "ended_s": 0.9, "code": 486}
    again = rejudge(record(none, **said), voice(), ear(), none)
    assert (again.verdict.accessibility.cause, again.verdict.state) == (Cause.TELCO_BUSY, "not_reached")
    assert again.settled_s == pytest.approx(1.0)


def test_a_call_that_was_broken_off_is_not_settled() -> None:
    samples = healthy()[: 6 * RATE]
    again = rejudge(record(samples), voice(), ear(), samples)
    assert again.settled_s is None
    assert again.verdict.agent.result is not Result.FAILED


def test_the_recording_of_a_stranger_is_no_pass() -> None:
    samples = np.concatenate([silence(1), prompt("wrong-prompt"), silence(8)])
    again = rejudge(record(samples, keys_s=()), voice(), ear(), samples)
    assert again.verdict.outcome == "failed"


@pytest.mark.parametrize(
    ("then", "now", "settled_s", "kept"),
    [
        ((OURS, OURS), (PASSED, UNSURE), None, (PASSED, OURS)),
        ((OURS, OURS), (UNSURE, NOT_REACHED), None, (OURS, OURS)),
        ((PASSED, PASSED), (PASSED, UNSURE), None, (PASSED, UNSURE)),
        ((OURS, OURS), (PASSED, PASSED), 9.0, (PASSED, PASSED)),
        ((LINE, LINE), (SILENT, NOT_REACHED), 9.0, (LINE, LINE)),
        ((LINE, LINE), (PASSED, PASSED), 9.0, (PASSED, PASSED)),
    ],
)
def test_our_own_trouble_of_then_stays_unless_the_recording_disproves_it(then, now, settled_s, kept) -> None:
    was, again = Verdict("queued", *then), Rejudged(Verdict("queued", *now), settled_s)
    assert as_far_as_kept(was, again) == replace(again.verdict, accessibility=kept[0], agent=kept[1])


def test_references_may_serve_many_ears() -> None:
    known, samples = references("greeting"), prompt("greeting")
    first, second = Ear(known), Ear(known)
    first.hear(samples)
    second.hear(samples)
    assert first.matches == second.matches
