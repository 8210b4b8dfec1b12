"""Whether a customer reaches a human agent once the IVR works. Pure rules on a timeline; no pass without proof."""

from __future__ import annotations

from probe_runner.voice.judge.access import (
    LAG_S,
    MATCHED_ENOUGH_S,
    NOBODY_COMES,
    SPEECH_ENOUGH_S,
    STILL_PLAYING_S,
    accessibility_of,
)
from probe_runner.voice.judge.certainty import (
    CONFIRMED,
    PROBABLE,
    WORD_S,
    Candidate,
    Weight,
    announcements,
    beep_after,
    candidate_of,
    sureness,
    weigh,
)
from probe_runner.voice.judge.judgement import (
    NOT_REACHED,
    NOT_YET,
    PASSED,
    Judgement,
    VoiceState,
    failed,
    is_enough,
    settled,
    unsure,
)
from probe_runner.voice.judge.network import tone_instead
from probe_runner.voice.judge.reading import Reading, total
from probe_runner.voice.timeline import Match, Role, Sign, SignName
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, LegVerdict, Result

AGENT_MATCHED_S = 2.2
SILENT_AGENT_S, SILENT_AGENT_WITHOUT_SIGN_S = 8.0, 12.0
"""Music pauses between its tracks for up to 10 s; when the signalling says that somebody came, less will do."""
REGISTERED_PATIENCE_S = 4.0
"""Where an agent's greeting is registered, other words may still be followed by it."""
ASK_INTO_SILENCE_S = 4.0
ANSWER_OVER_S = 1.2
"""An answer ends; music that was taken for words goes on, and is known for music by then."""
SURELY = 0.7
QUEUE_WORDS_S = 1.0
LET_GO_S = 8.0
"""Someone who spoke and hears nothing for so long is not kept longer, whatever we think."""


def reached(reading: Reading, voice: Voice) -> Judgement:
    """The agent's part: what came of waiting so far."""
    accessibility = accessibility_of(reading, voice)
    if proof_of(reading, voice) is not None:
        return settled(VoiceState.AGENT_CONFIRMED, accessibility, PASSED)
    if (ended := _nobody_comes(reading)) is not None:
        return settled(VoiceState.QUEUED if reading.waits else VoiceState.MENU_CHOSEN, accessibility, ended)
    candidate = candidate_of(reading)
    judged = _judged(reading, voice, candidate, accessibility) if candidate else None
    return judged or _still_waiting(reading, voice, candidate, accessibility)


def _still_waiting(reading: Reading, voice: Voice, candidate: Candidate | None, accessibility: LegVerdict) -> Judgement:
    """Nobody has been told for an agent: go on, or give up."""
    waiting = _waiting_state(reading)
    if reading.call.signalling.ended_s is not None:
        return settled(waiting, *_cut_off(reading, voice, accessibility))
    if _is_announcement_repeated(reading):
        note = "after the key one announcement that says itself again"
        return settled(waiting, failed(Cause.IVR_ANNOUNCEMENT_ONLY, note), NOT_REACHED)
    if candidate is None and (silent := _silence(reading)) is not None:
        return settled(VoiceState.RINGING_AGENT, accessibility, silent)
    if candidate is None and _is_asking_due(reading, voice):
        return Judgement(waiting, accessibility, NOT_YET, is_announcement_wanted=True)
    if reading.now >= reading.last_key + voice.agent_within_s + _extra_patience(reading, candidate):
        return settled(waiting, *_never_came(reading, voice, accessibility))
    return Judgement(waiting, accessibility, NOT_YET)


# --- proof ------------------------------------------------------------------------------------------------------


def proof_of(reading: Reading, voice: Voice) -> tuple[str, float] | None:
    """What settles every doubt, by the name of its finding, and when; None while nothing does."""
    if (match := _greeting(reading)) is not None:
        return "agent_greeting_matched", match.start_s
    for name, sign in _signed(reading, voice):
        return name, sign.at_s
    return None


def _greeting(reading: Reading) -> Match | None:
    return next((match for match in reading.agents if is_enough(match, AGENT_MATCHED_S)), None)


def _signed(reading: Reading, voice: Voice) -> list[tuple[str, Sign]]:
    """The agreed signs of an agent that came."""
    call, after = reading.call, reading.first_key
    found = []
    if voice.agent_key:
        keys = call.signs(SignName.DIGIT_HEARD, after=after)
        found += [("agent_key_heard", sign) for sign in keys if sign.note == voice.agent_key]
    if voice.agent_tone_hz:
        tones = call.signs(SignName.TONE_HEARD, after=after)
        found += [("agent_tone_heard", sign) for sign in tones if not _is_after_words(reading, sign)]
    if voice.ami:
        events = call.signs(SignName.AGENT_CONNECTED, after=after)
        found += [("agent_event_heard", sign) for sign in events if _is_heard(reading, sign)]
    if voice.is_challenge:
        ends = call.signs(SignName.ANNOUNCEMENT_ENDED, after=after)
        found += [("challenge_answered", sign) for sign in ends if _is_answered(reading, voice, sign)]
    return found


def _is_after_words(reading: Reading, tone: Sign) -> bool:
    """An answering machine speaks and then beeps; an agent's tone comes first."""
    said = reading.unknown_speech(reading.waited_until or reading.first_key)
    before = [span for span in said if span.end_s <= tone.at_s + STILL_PLAYING_S]
    return total(before) >= SPEECH_ENOUGH_S


def _is_heard(reading: Reading, event: Sign) -> bool:
    """The exchange connected an agent; the customer must hear one as well."""
    return total(reading.unknown_speech(event.at_s - 1)) >= WORD_S


def _is_answered(reading: Reading, voice: Voice, ended: Sign) -> bool:
    """New words after our question, begun in time, and no music since."""
    said = reading.unknown_speech(ended.at_s)
    if total(said) < WORD_S or said[0].start_s > ended.at_s + voice.answer_challenge_within_s:
        return False
    is_new = all(span.repeats_s is None for span in said)
    is_over = reading.call.heard_until_s - said[-1].end_s >= ANSWER_OVER_S
    return is_new and is_over and (reading.waited_until or 0.0) < ended.at_s


# --- a candidate ------------------------------------------------------------------------------------------------


def _judged(reading: Reading, voice: Voice, candidate: Candidate, accessibility: LegVerdict) -> Judgement | None:
    """What the words after the waiting amount to; None while that is open."""
    weights = weigh(reading, voice, candidate)
    score = sum(weight.log_odds for weight in weights)
    if score >= CONFIRMED:
        return settled(VoiceState.AGENT_CONFIRMED, accessibility, PASSED)
    has_spoken = candidate.has_ended or candidate.silent_s >= _patience(voice)
    if score >= PROBABLE and has_spoken:
        return _probable(reading, voice, accessibility, weights)
    if candidate.silent_s < LET_GO_S:
        return None
    if beep_after(reading, candidate) is not None:
        machine = failed(Cause.AGENT_NO_ANSWER, "words and then a beep: an answering machine in place of an agent")
        return settled(_waiting_state(reading), accessibility, machine)
    note = f"someone spoke, but only {sureness(weights):.0%} sure that it was an agent: {_named(weights)}"
    return settled(_waiting_state(reading), accessibility, unsure(note))


def _patience(voice: Voice) -> float:
    return REGISTERED_PATIENCE_S if voice.agent_greeting else 2.0


def _probable(reading: Reading, voice: Voice, accessibility: LegVerdict, weights: list[Weight]) -> Judgement:
    note = f"someone spoke after the waiting, {sureness(weights):.0%} sure that it was an agent: {_named(weights)}"
    passes = LegVerdict(result=Result.PASSED, note=note[:500])
    verdict = passes if voice.is_probable_enough else unsure(note)
    if _is_answer_awaited(reading, voice):
        return Judgement(VoiceState.AGENT_PROBABLE, accessibility, verdict, is_announcement_wanted=True)
    return settled(VoiceState.AGENT_PROBABLE, accessibility, verdict)


def _is_answer_awaited(reading: Reading, voice: Voice) -> bool:
    """Whether what we say, or are about to say, may still be answered."""
    is_asked = voice.is_challenge or voice.agent_key is not None
    ended = reading.call.signs(SignName.ANNOUNCEMENT_ENDED)
    is_over = bool(ended) and reading.now > ended[-1].at_s + voice.answer_challenge_within_s + LAG_S
    return is_asked and not is_over and reading.call.signalling.ended_s is None


def _is_asking_due(reading: Reading, voice: Voice) -> bool:
    """The waiting ended and nobody speaks: some wait for the caller's first word."""
    since = reading.waited_until
    is_quiet = since is not None and reading.call.heard_until_s - since >= ASK_INTO_SILENCE_S
    return voice.is_challenge and is_quiet and reading.has_music and not reading.call.signs(SignName.ANNOUNCED)


def _named(weights: list[Weight]) -> str:
    return ", ".join(f"{weight.name} {weight.log_odds:+g}" for weight in weights)


# --- nobody -----------------------------------------------------------------------------------------------------


def _nobody_comes(reading: Reading) -> LegVerdict | None:
    """An announcement, a tone or the menu again: the way to an agent has ended."""
    for role, cause in NOBODY_COMES:
        if any(is_enough(match, MATCHED_ENOUGH_S) and match.score >= SURELY for match in reading.since_key(role)):
            return failed(cause, f"the registered {role.value!r} announcement was heard")
    toned = tone_instead(reading, reading.first_key)
    if toned is not None:
        return failed(Cause.AGENT_NO_ANSWER, f"instead of an agent: {toned.note}")
    back = _back_in_menu(reading)
    return failed(Cause.QUEUE_TIMEOUT, f"after waiting, back in the menu at {back:.1f} s") if back else None


def _back_in_menu(reading: Reading) -> float | None:
    """When, after some waiting, the greeting or the menu was heard again."""
    if not reading.waits:
        return None
    begin = reading.waits[0][0] + SPEECH_ENOUGH_S
    again = [*reading.named(Role.GREETING, begin), *reading.named(Role.MENU, begin)]
    return next((m.start_s for m in again if m.start_s >= begin and is_enough(m, MATCHED_ENOUGH_S)), None)


def _cut_off(reading: Reading, voice: Voice, accessibility: LegVerdict) -> tuple[LegVerdict, LegVerdict]:
    """The far end hung up without an agent proven: both legs."""
    said = reading.unknown_speech(reading.waited_until or reading.first_key)
    if total(said) < SPEECH_ENOUGH_S:
        return accessibility, failed(Cause.IVR_DROPPED, "hung up before an agent answered")
    if reading.has_waited:
        return accessibility, unsure("someone spoke after the waiting and hung up at once: an announcement or an agent")
    if _is_way_registered(voice):
        note = "an announcement after the key in place of the registered way to an agent, then hung up"
        return failed(Cause.IVR_ANNOUNCEMENT_ONLY, note), NOT_REACHED
    return accessibility, unsure("someone spoke without any waiting before, and hung up")


def _is_announcement_repeated(reading: Reading) -> bool:
    """No waiting, and since the key the same words twice."""
    said = [] if reading.waits else reading.unknown_speech(reading.first_key)
    return total(span for span in said if (span.repeats_s or 0.0) > reading.first_key) >= SPEECH_ENOUGH_S


def _is_way_registered(voice: Voice) -> bool:
    """Whether what comes between the key and an agent is known, and the agent too."""
    return bool(voice.agent_greeting) and bool(voice.transfer or voice.hold_music)


def _silence(reading: Reading) -> LegVerdict | None:
    """The waiting sound stopped and nothing came: an agent who is silent, or whose sound does not arrive."""
    since = reading.waited_until
    if since is None or not reading.has_music:
        return None
    asked = [sign.at_s for sign in reading.call.signs(SignName.ANNOUNCED, SignName.ANNOUNCEMENT_ENDED, after=since)]
    silent_s = reading.call.heard_until_s - max([since, *asked])
    signs = (SignName.IDENTITY_CHANGED, SignName.SSRC_CHANGED, SignName.REINVITED, SignName.AGENT_CONNECTED)
    is_signed = bool(reading.call.signs(*signs, after=since - LAG_S))
    if silent_s <= (SILENT_AGENT_S if is_signed else SILENT_AGENT_WITHOUT_SIGN_S):
        return None
    if reading.is_without_rtp(since + 1, reading.call.heard_until_s):
        return failed(Cause.MEDIA_NO_RTP, f"the waiting sound stopped, then {silent_s:.0f} s without an RTP packet")
    return failed(Cause.AGENT_SILENT, f"the waiting sound stopped, then {silent_s:.0f} s of silence")


def _extra_patience(reading: Reading, candidate: Candidate | None) -> float:
    """What began in time may be heard to its end: words, or the silence after the waiting sounds."""
    if candidate is not None:
        return LET_GO_S + LAG_S
    since = reading.waited_until
    has_stopped = since is not None and reading.call.heard_until_s - since > STILL_PLAYING_S
    return SILENT_AGENT_WITHOUT_SIGN_S + LAG_S if has_stopped and reading.has_music else LAG_S


def _waiting_state(reading: Reading) -> VoiceState:
    since = reading.waited_until
    if since is None:
        return VoiceState.MENU_CHOSEN
    has_stopped = reading.has_music and reading.call.heard_until_s - since > LAG_S
    return VoiceState.RINGING_AGENT if has_stopped or reading.is_ringing else VoiceState.QUEUED


def _never_came(reading: Reading, voice: Voice, accessibility: LegVerdict) -> tuple[LegVerdict, LegVerdict]:
    """The patience is over: both legs."""
    within = f"within {voice.agent_within_s:g} s of the key"
    said = reading.unknown_speech(reading.first_key)
    if not reading.waits:
        return accessibility, unsure(f"the menu changed, but neither waiting nor an agent could be told {within}")
    if not reading.has_waited and total(said) >= SPEECH_ENOUGH_S:
        return accessibility, unsure(f"someone spoke, but there was no waiting that had ended, {within}")
    if reading.since_key(Role.QUEUE) or total(announcements(reading)) >= QUEUE_WORDS_S:
        return accessibility, failed(Cause.QUEUE_TIMEOUT, f"announcements and waiting, but no agent {within}")
    return accessibility, failed(Cause.AGENT_NO_ANSWER, f"waiting sounds, but no agent {within}")
