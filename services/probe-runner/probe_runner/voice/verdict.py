"""How far a call came, whether that settles the test, and what speaks for and against it. Pure: a call in, a verdict out.

It is asked again and again while the call goes on, so it is also what decides when to press the key and when to let
the agent go. Nothing passes without proof, and what we could not make out is ours, not the customer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.vocabulary import Cause, Finding, LegVerdict, Result

from probe_runner.target import Voice
from probe_runner.voice.reading import Reading
from probe_runner.voice.reasons import findings_of, milestones_of
from probe_runner.voice.timeline import Call, Match

MATCHED_ENOUGH_S = 2.0
MATCHED_SHARE = 0.6
"""A registered recording counts once this much of it was recognised (or this share of a short one)."""
AGENT_MATCHED_S = 2.0
SPEECH_ENOUGH_S = 1.5
WRONG_AFTER_S = 3.0
GRACE_S = 4.0
"""How much longer than agreed we listen for a greeting, to tell a late one from none."""
LAG_S = 3.0
"""How long after its beginning a sound is recognised at the latest."""
STILL_PLAYING_S = 0.8
BARGE_IN_S = 2.5
LONGEST_GREETING_S = 15.0
AGENT_SPEECH_S = 1.2
LISTENING_S = 2.0
"""An agent who spoke waits for the answer; an announcement in the queue is followed by music again."""
MONOLOGUE_S = 6.0
SILENT_AGENT_S = 8.0
POOR_LOSS_PERCENT = 15.0


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
    """``is_settled``: nothing more is to be learned from this call. ``is_key_wanted``: press the key now."""

    state: VoiceState
    accessibility: LegVerdict = NOT_YET
    agent: LegVerdict = NOT_REACHED
    is_settled: bool = False
    is_key_wanted: bool = False
    findings: tuple[Finding, ...] = ()
    milestones: tuple[tuple[str, float], ...] = ()


def judge(call: Call, voice: Voice) -> Judgement:
    """Say how far the call has come by now."""
    reading = Reading(call)
    verdict = _unanswered(call, voice) or _ungreeted(reading, voice) or _unmoved(reading, voice)
    verdict = verdict or _agentless(reading, voice)
    return Judgement(
        verdict.state,
        verdict.accessibility,
        verdict.agent,
        verdict.is_settled,
        verdict.is_key_wanted,
        findings_of(reading, voice),
        milestones_of(reading),
    )


def _failed(cause: Cause, note: str) -> LegVerdict:
    return LegVerdict(result=Result.FAILED, cause=cause, note=note[:500])


def _unsure(note: str) -> LegVerdict:
    return LegVerdict(result=Result.INCONCLUSIVE, cause=Cause.PROBER_UNSURE, note=note)


# --- the network ---------------------------------------------------------------------------------------------------

_BY_CODE = (
    (Cause.TELCO_NO_ROUTE, {404, 410, 416, 420, 484, 485, 604}),
    (Cause.TELCO_BUSY, {486, 600}),
    (Cause.TELCO_NO_ANSWER, {408, 480, 487}),
    (Cause.TELCO_REJECTED, {401, 402, 403, 405, 407, 488, 603, 606, 607, 608}),
    (Cause.TELCO_CONGESTION, {500, 502, 503, 504, 580}),
)
"""RFC 3261 section 21 (607: RFC 8197, 608: RFC 8688)."""


def cause_of_code(code: int) -> Cause:
    """Whose trouble a final answer other than 2xx is."""
    known = next((cause for cause, codes in _BY_CODE if code in codes), None)
    return known or (Cause.TELCO_CONGESTION if 500 <= code < 600 else Cause.TELCO_REJECTED)  # noqa: PLR2004  5xx


def _unanswered(call: Call, voice: Voice) -> Judgement | None:
    said = call.signalling
    if said.answered_s is not None:
        return None
    if said.ended_s is not None and not said.is_local:
        cause = cause_of_code(said.code)
        return _settled(VoiceState.NOT_REACHED, _failed(cause, f"refused with {said.code} {said.reason}"))
    if said.ended_s is None and call.now_s < voice.answer_within_s:
        return Judgement(VoiceState.NOT_REACHED)
    waited = min(call.now_s, said.ended_s or call.now_s)
    if said.ringing_s is not None:
        verdict = _failed(Cause.TELCO_NO_ANSWER, f"rang but not answered within {waited:.1f} s")
    else:
        verdict = _failed(Cause.TELCO_SETUP_TIMEOUT, f"no sign of the other side within {waited:.1f} s")
    return _settled(VoiceState.NOT_REACHED, verdict)


def _settled(state: VoiceState, accessibility: LegVerdict, agent: LegVerdict = NOT_REACHED) -> Judgement:
    return Judgement(state, accessibility, agent, is_settled=True)


# --- the greeting --------------------------------------------------------------------------------------------------


def _is_enough(match: Match | None, seconds: float) -> bool:
    return match is not None and match.heard_s >= min(seconds, MATCHED_SHARE * match.length_s)


def greeted_at(reading: Reading, voice: Voice) -> float | None:
    """When the greeting began; None until enough of it has been heard."""
    if voice.greeting is not None:
        match = reading.greeting
        return max(match.start_s, reading.answered) if match and _is_enough(match, MATCHED_ENOUGH_S) else None
    speech = reading.unknown_speech(reading.answered)
    is_enough = sum(span.length_s for span in speech) >= SPEECH_ENOUGH_S
    return speech[0].start_s if is_enough else None


def _ungreeted(reading: Reading, voice: Voice) -> Judgement | None:
    if greeted_at(reading, voice) is not None:
        return None
    said, state = reading.call.signalling, VoiceState.ANSWERED
    if said.ended_s is not None:
        after = said.ended_s - reading.answered
        return _settled(state, _failed(Cause.IVR_DROPPED, f"hung up {after:.1f} s after answering, in the greeting"))
    waited = reading.now - reading.answered
    if waited < voice.greeting_within_s or _is_being_recognised(reading):
        return Judgement(state)
    voiced = reading.voiced(reading.answered)
    if voiced < WRONG_AFTER_S and waited < voice.greeting_within_s + GRACE_S:
        return Judgement(state)
    return _settled(state, _no_greeting(reading, voice, voiced))


def _is_being_recognised(reading: Reading) -> bool:
    match = reading.greeting
    return match is not None and reading.call.heard_until_s - match.end_s < STILL_PLAYING_S


def _no_greeting(reading: Reading, voice: Voice, voiced: float) -> LegVerdict:
    said = reading.call.signalling
    if said.packets == 0:
        return _failed(Cause.MEDIA_NO_RTP, "answered, but no RTP packet came")
    if voiced < NOTHING_S:
        return _failed(Cause.MEDIA_DEAD_AIR, f"answered, {said.packets} RTP packets, but nothing to hear")
    if said.loss_percent > POOR_LOSS_PERCENT:
        return _failed(Cause.MEDIA_POOR_AUDIO, f"{said.loss_percent:.0f} % of the packets were lost")
    if voice.greeting is None:
        return _unsure("answered with sound that is not clearly speech, and no greeting is registered")
    return _failed(Cause.IVR_WRONG_PROMPT, f"{voiced:.1f} s of sound, but not the registered greeting")


NOTHING_S = 0.3


# --- the menu ------------------------------------------------------------------------------------------------------


def moved_at(reading: Reading, voice: Voice) -> float | None:
    """When the IVR first did something that only the key explains; None while it has not."""
    if not reading.keys:
        return None
    moves = [start for start, _ in reading.waits()]
    if reading.agent is not None:
        moves.append(reading.agent.start_s)
    if reading.greeting is not None:
        moves += _broken_off(reading, reading.greeting)
        if voice.transfer is None and voice.hold_music is None:
            moves += _changed(reading, reading.greeting)
    return min(moves, default=None)


def _broken_off(reading: Reading, greeting: Match) -> list[float]:
    """The greeting was playing when the key was pressed, stopped before its end, and something else is said."""
    was_playing = greeting.end_s >= reading.first_key - STILL_PLAYING_S
    stopped = greeting.end_s <= reading.first_key + BARGE_IN_S and greeting.to_s < greeting.length_s - STILL_PLAYING_S
    said = reading.unknown_speech(greeting.end_s) if was_playing and stopped else []
    return [said[0].start_s] if sum(span.length_s for span in said) >= SPEECH_ENOUGH_S else []


def _changed(reading: Reading, greeting: Match) -> list[float]:
    """After the greeting something else is said, and nothing is registered that would tell what it must be."""
    said = reading.unknown_speech(max(greeting.end_s, reading.first_key))
    return [said[0].start_s] if sum(span.length_s for span in said) >= SPEECH_ENOUGH_S else []


def _unmoved(reading: Reading, voice: Voice) -> Judgement | None:
    if moved_at(reading, voice) is not None:
        return None
    said, state = reading.call.signalling, VoiceState.IVR_HEARD
    if said.ended_s is not None:
        return _settled(state, _failed(Cause.IVR_DROPPED, "hung up before it had reacted to the key"))
    if not reading.keys:
        return Judgement(state, is_key_wanted=True)
    is_playing = _is_greeting_on(reading)
    if len(reading.keys) == 1 and not is_playing and _was_key_too_early(reading):
        return Judgement(state, is_key_wanted=True)
    is_waiting = is_playing and len(reading.keys) == 1 and reading.now < reading.first_key + LONGEST_GREETING_S
    if is_waiting or reading.now < reading.last_key + voice.menu_within_s + LAG_S:
        return Judgement(state)
    if voice.greeting is None and reading.unknown_speech(reading.last_key + LAG_S):
        return _settled(state, _unsure("speech went on after the key, and no greeting is registered to compare it with"))
    note = f"nothing changed within {voice.menu_within_s:g} s of the key, pressed {len(reading.keys)} times"
    return _settled(state, _failed(Cause.IVR_MENU_IGNORED, note))


def _is_greeting_on(reading: Reading) -> bool:
    greetings = reading.named("greeting", reading.first_key)
    return bool(greetings) and reading.call.heard_until_s - greetings[-1].end_s < STILL_PLAYING_S


def _was_key_too_early(reading: Reading) -> bool:
    """The greeting went on as if nothing had been pressed: some IVRs hear keys only after it."""
    return any(match.end_s > reading.first_key + BARGE_IN_S for match in reading.named("greeting", reading.first_key))


# --- the agent -----------------------------------------------------------------------------------------------------


def _agentless(reading: Reading, voice: Voice) -> Judgement:
    accessibility = _accessibility(reading, voice)
    if _is_enough(reading.agent, AGENT_MATCHED_S):
        return _settled(VoiceState.AGENT_CONFIRMED, accessibility, PASSED)
    waits = reading.waits()
    waited_until = max((end for _, end in waits), default=None)
    said = reading.unknown_speech(waited_until) if waited_until is not None else []
    spoken = sum(span.length_s for span in said)
    has_ended = reading.call.signalling.ended_s is not None
    if waited_until is not None and spoken >= AGENT_SPEECH_S:
        silent_s = reading.call.heard_until_s - said[-1].end_s
        if has_ended or silent_s >= LISTENING_S or spoken >= MONOLOGUE_S:
            return _settled(VoiceState.AGENT_PROBABLE, accessibility, _probable(voice))
    elif has_ended:
        return _settled(_waiting_state(reading), accessibility, _failed(Cause.IVR_DROPPED, "hung up before an agent"))
    elif _is_agent_silent(reading, spoken):
        note = f"the hold music stopped, then {SILENT_AGENT_S:g} s of silence"
        return _settled(VoiceState.RINGING_AGENT, accessibility, _failed(Cause.AGENT_SILENT, note))
    if reading.now >= reading.last_key + voice.agent_within_s + _extra_patience(reading, spoken, waited_until):
        return _settled(_waiting_state(reading), accessibility, _never_came(reading, voice))
    return Judgement(_waiting_state(reading), accessibility, NOT_YET)


def _extra_patience(reading: Reading, spoken: float, waited_until: float | None) -> float:
    """What began in time may be heard to its end: words, or the silence after the waiting sounds."""
    if spoken:
        return MONOLOGUE_S
    has_stopped = waited_until is not None and reading.call.heard_until_s - waited_until > STILL_PLAYING_S
    return SILENT_AGENT_S + LAG_S if has_stopped and reading.has_music else LAG_S


def _accessibility(reading: Reading, voice: Voice) -> LegVerdict:
    delay = (greeted_at(reading, voice) or 0.0) - reading.answered
    if delay > voice.greeting_within_s:
        return _failed(Cause.IVR_LATE_GREETING, f"the greeting began {delay:.1f} s after the answer")
    return PASSED


def _probable(voice: Voice) -> LegVerdict:
    note = "someone spoke after the hold music, in words that are not registered"
    return LegVerdict(result=Result.PASSED, note=note) if voice.is_probable_enough else _unsure(note)


def _waiting_state(reading: Reading) -> VoiceState:
    waits = reading.waits()
    if not waits:
        return VoiceState.MENU_CHOSEN
    has_stopped = reading.call.heard_until_s - max(end for _, end in waits) > LAG_S
    return VoiceState.RINGING_AGENT if has_stopped and reading.has_music else VoiceState.QUEUED


def _is_agent_silent(reading: Reading, spoken: float) -> bool:
    since = max((end for _, end in reading.waits()), default=None)
    is_silent = since is not None and reading.call.heard_until_s - since > SILENT_AGENT_S
    return is_silent and reading.has_music and spoken < AGENT_SPEECH_S


def _never_came(reading: Reading, voice: Voice) -> LegVerdict:
    waits = reading.waits()
    within = f"within {voice.agent_within_s:g} s of the key"
    if not waits:
        return _unsure(f"the menu changed, but neither hold music nor an agent could be told {within}")
    if sum(span.length_s for span in reading.unknown_speech(waits[0][1])) >= AGENT_SPEECH_S:
        return _failed(Cause.QUEUE_TIMEOUT, f"announcements and waiting, but no agent {within}")
    return _failed(Cause.AGENT_NO_ANSWER, f"waiting sounds, but no agent {within}")
