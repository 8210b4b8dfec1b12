"""Whether a customer reaches a working IVR: the greeting, the menu. Pure rules on a call's timeline."""

from __future__ import annotations

from probe_runner.voice.ear.sound import mos_of
from probe_runner.voice.judge.judgement import PASSED, Judgement, VoiceState, failed, is_enough, settled, unsure
from probe_runner.voice.judge.network import tone_instead
from probe_runner.voice.judge.reading import Reading, total
from probe_runner.voice.timeline import Match, Role, Span
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, LegVerdict

MATCHED_ENOUGH_S = 2.2
"""A registered recording counts once this much of it was recognised: more than one window's fit."""
SPEECH_ENOUGH_S = 1.5
NOTHING_S = 0.3
WRONG_AFTER_S = 5.0
"""More than one window of two seconds must have had its chance to fit, also on a bad line."""
ANNOUNCED_S = 3.0
"""A greeting from its beginning would have been recognised by then."""
WRONG_AT_LAST_S = 20.0
PROMPT_OVER_S = 2.5
"""So long a silence after a prompt: it waits for a key, and has not hung up as a mere announcement would."""
GRACE_S = 4.0
"""How much longer than agreed we listen for a greeting, to tell a late one from none."""
LAG_S = 3.0
"""How long after its beginning a sound is recognised at the latest."""
STILL_PLAYING_S = 0.8
BARGE_IN_S = 2.5
LONGEST_GREETING_S = 15.0
MOST_OF_IT = 0.6
POOR_LOSS_PERCENT = 10.0
POOR_MOS = 2.6
"""Below a rating of 50, "not recommended" in ITU-T G.107 Annex B."""
PACKETS_TO_JUDGE = 250
PRESS_AGAIN_AFTER_S = 1.0

NOBODY_COMES = ((Role.CLOSED, Cause.QUEUE_CLOSED), (Role.FULL, Cause.QUEUE_FULL))
"""Registered announcements after which nobody will come, and whose trouble that is."""


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
    if (instead := _instead(reading)) is not None:
        return settled(VoiceState.ANSWERED, instead)
    if greeted_at(reading, voice) is not None:
        return None
    state = VoiceState.ANSWERED
    if reading.call.signalling.ended_s is not None:
        return settled(state, _dropped(reading))
    if _may_greet_yet(reading, voice):
        return Judgement(state)
    return settled(state, _no_greeting(reading, voice, reading.voiced(reading.answered)))


def _may_greet_yet(reading: Reading, voice: Voice) -> bool:
    waited = reading.now - reading.answered
    if waited < voice.greeting_within_s or _is_being_recognised(reading):
        return True
    voiced = reading.voiced(reading.answered)
    if voiced < WRONG_AFTER_S:
        is_begun = voiced > NOTHING_S and _silent_s(reading) < PROMPT_OVER_S
        return waited < voice.greeting_within_s + GRACE_S + (WRONG_AFTER_S if is_begun else 0)
    return bool(voice.greeting) and not _is_prompt_over(reading, voiced)


def _instead(reading: Reading) -> LegVerdict | None:
    """What may come in place of an IVR: a tone, or an announcement that is registered as the end of all service."""
    if reading.keys:
        return None
    for role, _ in NOBODY_COMES:
        if any(is_enough(match, MATCHED_ENOUGH_S) for match in reading.named(role, reading.answered)):
            return failed(Cause.IVR_ANNOUNCEMENT_ONLY, f"only the registered {role.value!r} announcement, no menu")
    return tone_instead(reading, reading.answered)


def _dropped(reading: Reading) -> LegVerdict:
    """Hung up before the greeting was known."""
    ended = reading.call.signalling.ended_s or reading.now
    voiced, after = reading.voiced(reading.answered), ended - reading.answered
    if voiced >= ANNOUNCED_S and not reading.greetings:
        return failed(Cause.IVR_ANNOUNCEMENT_ONLY, f"{voiced:.1f} s of another announcement, then hung up")
    return failed(Cause.IVR_DROPPED, f"hung up {after:.1f} s after answering, in the greeting")


def _is_prompt_over(reading: Reading, voiced: float) -> bool:
    """Whether what was said in the greeting's place has ended; an announcement would hang up after it."""
    return voiced >= WRONG_AT_LAST_S or _silent_s(reading) >= PROMPT_OVER_S


def _silent_s(reading: Reading) -> float:
    """How long nothing has been heard since the last sound; 0 if there was none."""
    sounds = reading.sounds(reading.answered)
    return reading.call.heard_until_s - sounds[-1].end_s if sounds else 0.0


def _is_being_recognised(reading: Reading) -> bool:
    heard = reading.greetings
    return bool(heard) and reading.call.heard_until_s - heard[-1].end_s < STILL_PLAYING_S


def _no_greeting(reading: Reading, voice: Voice, voiced: float) -> LegVerdict:
    said = reading.call.signalling
    if said.packets == 0 or reading.is_without_rtp(reading.answered + 1, reading.now):
        return failed(Cause.MEDIA_NO_RTP, f"answered, but {said.packets or 'no'} RTP packets came")
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
    moves = [start for start, _ in reading.waits]
    moves += [match.start_s for match in reading.agents]
    moves += [match.start_s for role, _ in NOBODY_COMES for match in reading.since_key(role)]
    if reading.greetings:
        moves += _broken_off(reading, reading.greetings[-1])
        if not voice.transfer and not voice.hold_music:
            moves += _changed(reading, reading.greetings[-1])
    return min(moves, default=None)


def _broken_off(reading: Reading, greeting: Match) -> list[float]:
    """The greeting was playing when the key was pressed, stopped before its end, and something else is said."""
    was_playing = greeting.end_s >= reading.first_key - STILL_PLAYING_S
    stopped = greeting.end_s <= reading.first_key + BARGE_IN_S and greeting.to_s < greeting.length_s - STILL_PLAYING_S
    said = _said_anew(reading, greeting.end_s) if was_playing and stopped else []
    return [said[0].start_s] if total(said) >= SPEECH_ENOUGH_S else []


def _changed(reading: Reading, greeting: Match) -> list[float]:
    """After the greeting something else is said, and nothing is registered that would tell what it must be."""
    said = _said_anew(reading, max(greeting.end_s, reading.first_key))
    return [said[0].start_s] if total(said) >= SPEECH_ENOUGH_S else []


def _said_anew(reading: Reading, after: float) -> list[Span]:
    """Unknown words that were not already said before the key: a menu that begins again says nothing new."""
    return [span for span in reading.unknown_speech(after) if not _is_from_before(span, reading.first_key)]


def _is_from_before(span: Span, key_s: float) -> bool:
    return span.repeats_s is not None and span.repeats_s < key_s


def unmoved(reading: Reading, voice: Voice) -> Judgement | None:
    """The menu's part: a judgement until the IVR has reacted to the key."""
    if moved_at(reading, voice) is not None:
        return None
    said, state = reading.call.signalling, VoiceState.IVR_HEARD
    if said.ended_s is not None:
        return settled(state, _gone_after_key(reading))
    if _is_key_due(reading, voice):
        return Judgement(state, is_key_wanted=True)
    if _may_move_yet(reading, voice):
        return Judgement(state)
    return settled(state, _ignored(reading, voice))


def _is_key_due(reading: Reading, voice: Voice) -> bool:
    """The first time at once; once more after a prompt that took no notice."""
    if len(reading.keys) != 1:
        return not reading.keys
    return not _is_being_recognised(reading) and _was_key_too_early(reading, voice)


def _may_move_yet(reading: Reading, voice: Voice) -> bool:
    is_first = len(reading.keys) == 1 and reading.now < reading.first_key + LONGEST_GREETING_S
    if is_first and (_is_being_recognised(reading) or _is_speaking_on(reading, voice)):
        return True
    return reading.now < reading.last_key + voice.menu_within_s + LAG_S


def _gone_after_key(reading: Reading) -> LegVerdict:
    said = reading.unknown_speech(reading.first_key)
    if reading.keys and total(said) >= SPEECH_ENOUGH_S:
        return failed(Cause.IVR_ANNOUNCEMENT_ONLY, "an announcement after the key, then hung up")
    return failed(Cause.IVR_DROPPED, "hung up before it had reacted to the key")


def _ignored(reading: Reading, voice: Voice) -> LegVerdict:
    after = reading.last_key + LAG_S
    if reading.is_without_rtp(after, reading.now) and total(reading.sounds(after)) == 0:
        return failed(Cause.MEDIA_NO_RTP, "no RTP packet came any more after the key")
    if reading.call.signalling.loss_percent > POOR_LOSS_PERCENT:
        lost = reading.call.signalling.loss_percent
        return failed(Cause.MEDIA_POOR_AUDIO, f"no reaction to the key, and {lost:.0f} % of the packets were lost")
    if _is_other_prompt(reading):
        return failed(Cause.IVR_WRONG_PROMPT, "it begins like the registered greeting and goes on in other words")
    if not voice.greeting and _said_anew(reading, after):
        return unsure("speech went on after the key, and no greeting is registered to compare it with")
    if _is_one_announcement(reading, voice):
        return failed(Cause.IVR_ANNOUNCEMENT_ONLY, "the key was answered by an announcement that says itself again")
    note = f"nothing changed within {voice.menu_within_s:g} s of the key, pressed {len(reading.keys)} times"
    return failed(Cause.IVR_MENU_IGNORED, note)


def _is_other_prompt(reading: Reading) -> bool:
    """Whenever the greeting was recognised, it turned into something else before its end."""
    turned = [
        bool(reading.unknown_speech(greeting.end_s)) and _is_beginning_only(greeting) for greeting in reading.greetings
    ]
    return len(turned) > 1 and all(turned)


def _is_beginning_only(greeting: Match) -> bool:
    return greeting.to_s < MOST_OF_IT * greeting.length_s


def _is_one_announcement(reading: Reading, voice: Voice) -> bool:
    """After the key unknown words are said, and then the same again."""
    said = reading.unknown_speech(reading.first_key)
    again = [span for span in said if span.repeats_s is not None and span.repeats_s > reading.first_key]
    return bool(voice.greeting) and total(again) >= SPEECH_ENOUGH_S


def _was_key_too_early(reading: Reading, voice: Voice) -> bool:
    """The greeting went on as if nothing had been pressed: some IVRs hear keys only after it."""
    went_on = reading.first_key + BARGE_IN_S
    if voice.greeting:
        return any(match.end_s > went_on for match in reading.greetings)
    said = reading.unknown_speech(reading.answered)
    is_over = bool(said) and reading.call.heard_until_s - said[-1].end_s >= PRESS_AGAIN_AFTER_S
    return is_over and said[-1].end_s > went_on


def _is_speaking_on(reading: Reading, voice: Voice) -> bool:
    """Without a registered greeting: whether words go on, so that the prompt's end is still to come."""
    if voice.greeting:
        return False
    said = reading.unknown_speech(reading.first_key)
    return bool(said) and reading.call.heard_until_s - said[-1].end_s < PRESS_AGAIN_AFTER_S


def accessibility_of(reading: Reading, voice: Voice) -> LegVerdict:
    """The leg's verdict once greeting and menu are behind."""
    delay = (greeted_at(reading, voice) or 0.0) - reading.answered
    if delay > voice.greeting_within_s:
        return failed(Cause.IVR_LATE_GREETING, f"the greeting began {delay:.1f} s after the answer")
    said = reading.call.signalling
    mos = mos_of(said.loss_percent, said.jitter_ms)
    if said.packets >= PACKETS_TO_JUDGE and mos < POOR_MOS:
        return failed(Cause.MEDIA_POOR_AUDIO, f"MOS {mos:.1f}: {said.loss_percent:.0f} % of the packets were lost")
    return PASSED
