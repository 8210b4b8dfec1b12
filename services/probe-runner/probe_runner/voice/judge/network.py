"""Whether the network brought the call through: final answers, tones, patience. Pure rules on a call's timeline."""

from __future__ import annotations

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.judge.judgement import Judgement, VoiceState, failed, settled
from probe_runner.voice.judge.reading import Reading, total
from probe_runner.voice.timeline import Call, SignName
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, LegVerdict

TONE_ENOUGH_S = 1.5
"""Sounding part of a busy or congestion tone, three beats of Indonesia's busy tone: told by then, and no accident."""
EARLY_SPEECH_S = 1.5

_BY_CODE = (
    (Cause.TELCO_NO_ROUTE, {404, 410, 416, 420, 484, 485, 604}),
    (Cause.TELCO_BUSY, {486, 600}),
    (Cause.TELCO_NO_ANSWER, {408, 480}),
    (Cause.TELCO_REJECTED, {401, 402, 403, 405, 407, 487, 488, 603, 606, 607, 608}),
    (Cause.TELCO_CONGESTION, {500, 502, 503, 504, 580}),
)
"""RFC 3261 section 21 (607: RFC 8197, 608: RFC 8688)."""
_BY_TONE = ((Kind.BUSY, Cause.TELCO_BUSY), (Kind.CONGESTION, Cause.TELCO_CONGESTION))


def cause_of_code(code: int) -> Cause:
    """Whose trouble a final answer other than 2xx is."""
    known = next((cause for cause, codes in _BY_CODE if code in codes), None)
    return known or (Cause.TELCO_CONGESTION if 500 <= code < 600 else Cause.TELCO_REJECTED)  # noqa: PLR2004  5xx


def unanswered(call: Call, voice: Voice) -> Judgement | None:
    """The network's part: a judgement while, or because, nobody answers; None once somebody has."""
    said = call.signalling
    if said.answered_s is not None:
        return None
    state = VoiceState.NOT_REACHED
    if (toned := tone_instead(Reading(call), 0.0)) is not None:
        return settled(state, toned)
    if said.ended_s is not None and not said.is_local:
        return settled(state, _refused(call))
    if said.ended_s is None and call.now_s < voice.answer_within_s:
        return Judgement(state)
    return settled(state, _never_answered(call))


def tone_instead(reading: Reading, after: float) -> LegVerdict | None:
    """A busy or congestion tone in place of whoever was called, whatever the signalling says (ITU-T E.180)."""
    for kind, cause in _BY_TONE:
        heard = reading.toned(kind, after)
        if heard >= TONE_ENOUGH_S:
            return failed(cause, f"{kind.value} tone, {heard:.1f} s of it, in place of an answer")
    return None


def _refused(call: Call) -> LegVerdict:
    """By the far end. A redirection to another host is never followed: who is there is not who was called."""
    said, moved = call.signalling, call.signs(SignName.REDIRECTED)
    if moved:
        return failed(Cause.TELCO_REJECTED, f"redirected to {moved[-1].note}, which is not followed")
    if said.code < 300:  # noqa: PLR2004  a BYE where an answer was due
        return failed(Cause.TELCO_REJECTED, "the other side ended the call before it had answered")
    return failed(cause_of_code(said.code), f"refused with {said.code} {said.reason}")


def _never_answered(call: Call) -> LegVerdict:
    said = call.signalling
    waited = min(call.now_s, said.ended_s or call.now_s)
    speech = total(Reading(call).unknown_speech(0.0))
    if speech >= EARLY_SPEECH_S:
        note = f"{speech:.1f} s of an announcement before any answer, and none within {waited:.1f} s"
        return failed(Cause.TELCO_NO_ROUTE if said.ringing_s is None else Cause.TELCO_NO_ANSWER, note)
    if said.ringing_s is not None:
        return failed(Cause.TELCO_NO_ANSWER, f"rang but not answered within {waited:.1f} s")
    return failed(Cause.TELCO_SETUP_TIMEOUT, f"no sign of the other side within {waited:.1f} s")
