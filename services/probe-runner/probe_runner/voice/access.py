"""Whether a customer reaches a working IVR: the network, the greeting, the menu. Pure rules on a call's timeline."""

from __future__ import annotations

from probe_runner.voice.judgement import PASSED, Judgement, VoiceState, failed, is_enough, settled, unsure
from probe_runner.voice.reading import Reading, total
from probe_runner.voice.timeline import Call, Match
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, LegVerdict

MATCHED_ENOUGH_S = 2.2
"""A registered recording counts once this much of it was recognised: more than one window's fit."""
SPEECH_ENOUGH_S = 1.5
NOTHING_S = 0.3
WRONG_AFTER_S = 5.0
"""More than one window of two seconds must have had its chance to fit, also on a bad line."""
GRACE_S = 4.0
"""How much longer than agreed we listen for a greeting, to tell a late one from none."""
LAG_S = 3.0
"""How long after its beginning a sound is recognised at the latest."""
STILL_PLAYING_S = 0.8
BARGE_IN_S = 2.5
LONGEST_GREETING_S = 15.0
POOR_LOSS_PERCENT = 15.0

_BY_CODE = (
    (Cause.TELCO_NO_ROUTE, {404, 410, 416, 420, 484, 485, 604}),
    (Cause.TELCO_BUSY, {486, 600}),
    (Cause.TELCO_NO_ANSWER, {408, 480}),
    (Cause.TELCO_REJECTED, {401, 402, 403, 405, 407, 487, 488, 603, 606, 607, 608}),
    (Cause.TELCO_CONGESTION, {500, 502, 503, 504, 580}),
)
"""RFC 3261 section 21 (607: RFC 8197, 608: RFC 8688). We never follow a
redirection to another host: our stack calls it 487."""


def cause_of_code(code: int) -> Cause:
    """Whose trouble a final answer other than 2xx is."""
    known = next((cause for cause, codes in _BY_CODE if code in codes), None)
    return known or (Cause.TELCO_CONGESTION if 500 <= code < 600 else Cause.TELCO_REJECTED)  # noqa: PLR2004  5xx


def unanswered(call: Call, voice: Voice) -> Judgement | None:
    """The network's part: a judgement while, or because, nobody answers; None once somebody has."""
    said = call.signalling
    if said.answered_s is not None:
        return None
    if said.ended_s is not None and not said.is_local:
        cause = cause_of_code(said.code)
        return settled(VoiceState.NOT_REACHED, failed(cause, f"refused with {said.code} {said.reason}"))
    if said.ended_s is None and call.now_s < voice.answer_within_s:
        return Judgement(VoiceState.NOT_REACHED)
    waited = min(call.now_s, said.ended_s or call.now_s)
    if said.ringing_s is not None:
        verdict = failed(Cause.TELCO_NO_ANSWER, f"rang but not answered within {waited:.1f} s")
    else:
        verdict = failed(Cause.TELCO_SETUP_TIMEOUT, f"no sign of the other side within {waited:.1f} s")
    return settled(VoiceState.NOT_REACHED, verdict)


def greeted_at(reading: Reading, voice: Voice) -> float | None:
    """When the greeting began; None until enough of it has been heard."""
    if voice.greeting:
        heard = reading.greetings
        is_heard = any(is_enough(match, MATCHED_ENOUGH_S) for match in heard)
        return max(heard[0].start_s, reading.answered) if is_heard else None
    speech = reading.unknown_speech(reading.answered)
    return speech[0].start_s if total(speech) >= SPEECH_ENOUGH_S else None


def ungreeted(reading: Reading, voice: Voice) -> Judgement | None:
    """The greeting's part: a judgement until it has been heard."""
    if greeted_at(reading, voice) is not None:
        return None
    said, state = reading.call.signalling, VoiceState.ANSWERED
    if said.ended_s is not None:
        after = said.ended_s - reading.answered
        return settled(state, failed(Cause.IVR_DROPPED, f"hung up {after:.1f} s after answering, in the greeting"))
    waited = reading.now - reading.answered
    if waited < voice.greeting_within_s or _is_being_recognised(reading):
        return Judgement(state)
    voiced = reading.voiced(reading.answered)
    if voiced < WRONG_AFTER_S and waited < voice.greeting_within_s + GRACE_S:
        return Judgement(state)
    return settled(state, _no_greeting(reading, voice, voiced))


def _is_being_recognised(reading: Reading) -> bool:
    heard = reading.greetings
    return bool(heard) and reading.call.heard_until_s - heard[-1].end_s < STILL_PLAYING_S


def _no_greeting(reading: Reading, voice: Voice, voiced: float) -> LegVerdict:
    said = reading.call.signalling
    if said.packets == 0:
        return failed(Cause.MEDIA_NO_RTP, "answered, but no RTP packet came")
    if voiced < NOTHING_S:
        return failed(Cause.MEDIA_DEAD_AIR, f"answered, {said.packets} RTP packets, but nothing to hear")
    if said.loss_percent > POOR_LOSS_PERCENT:
        return failed(Cause.MEDIA_POOR_AUDIO, f"{said.loss_percent:.0f} % of the packets were lost")
    if not voice.greeting:
        return unsure("answered with sound that is not clearly speech, and no greeting is registered")
    return failed(Cause.IVR_WRONG_PROMPT, f"{voiced:.1f} s of sound, but not the registered greeting")


def moved_at(reading: Reading, voice: Voice) -> float | None:
    """When the IVR first did something that only the key explains; None while it has not."""
    if not reading.keys:
        return None
    moves = [start for start, _ in reading.waits()]
    moves += [match.start_s for match in reading.agents]
    if reading.greetings:
        moves += _broken_off(reading, reading.greetings[-1])
        if not voice.transfer and not voice.hold_music:
            moves += _changed(reading, reading.greetings[-1])
    return min(moves, default=None)


def _broken_off(reading: Reading, greeting: Match) -> list[float]:
    """The greeting was playing when the key was pressed, stopped before its end, and something else is said."""
    was_playing = greeting.end_s >= reading.first_key - STILL_PLAYING_S
    stopped = greeting.end_s <= reading.first_key + BARGE_IN_S and greeting.to_s < greeting.length_s - STILL_PLAYING_S
    said = reading.unknown_speech(greeting.end_s) if was_playing and stopped else []
    return [said[0].start_s] if total(said) >= SPEECH_ENOUGH_S else []


def _changed(reading: Reading, greeting: Match) -> list[float]:
    """After the greeting something else is said, and nothing is registered that would tell what it must be."""
    said = reading.unknown_speech(max(greeting.end_s, reading.first_key))
    return [said[0].start_s] if total(said) >= SPEECH_ENOUGH_S else []


def unmoved(reading: Reading, voice: Voice) -> Judgement | None:
    """The menu's part: a judgement until the IVR has reacted to the key."""
    if moved_at(reading, voice) is not None:
        return None
    said, state = reading.call.signalling, VoiceState.IVR_HEARD
    if said.ended_s is not None:
        return settled(state, failed(Cause.IVR_DROPPED, "hung up before it had reacted to the key"))
    if not reading.keys:
        return Judgement(state, is_key_wanted=True)
    is_playing, is_first = _is_being_recognised(reading), len(reading.keys) == 1
    if is_first and not is_playing and _was_key_too_early(reading):
        return Judgement(state, is_key_wanted=True)
    is_waiting = is_playing and is_first and reading.now < reading.first_key + LONGEST_GREETING_S
    if is_waiting or reading.now < reading.last_key + voice.menu_within_s + LAG_S:
        return Judgement(state)
    return settled(state, _ignored(reading, voice))


def _ignored(reading: Reading, voice: Voice) -> LegVerdict:
    if not voice.greeting and reading.unknown_speech(reading.last_key + LAG_S):
        return unsure("speech went on after the key, and no greeting is registered to compare it with")
    note = f"nothing changed within {voice.menu_within_s:g} s of the key, pressed {len(reading.keys)} times"
    return failed(Cause.IVR_MENU_IGNORED, note)


def _was_key_too_early(reading: Reading) -> bool:
    """The greeting went on as if nothing had been pressed: some IVRs hear keys only after it."""
    return any(match.end_s > reading.first_key + BARGE_IN_S for match in reading.greetings)


def accessibility_of(reading: Reading, voice: Voice) -> LegVerdict:
    """The leg's verdict once greeting and menu are behind."""
    delay = (greeted_at(reading, voice) or 0.0) - reading.answered
    if delay > voice.greeting_within_s:
        return failed(Cause.IVR_LATE_GREETING, f"the greeting began {delay:.1f} s after the answer")
    return PASSED
