"""Whether a customer reaches a human agent once the IVR works. Pure rules on a timeline; no pass without proof."""

from __future__ import annotations

from probe_runner.voice.access import LAG_S, STILL_PLAYING_S, accessibility_of
from probe_runner.voice.judgement import NOT_YET, PASSED, Judgement, VoiceState, failed, is_enough, settled, unsure
from probe_runner.voice.reading import Reading, total
from probe_runner.voice.timeline import Span
from probe_runner.voice_target import Voice
from shared.vocabulary import Cause, LegVerdict, Result

AGENT_MATCHED_S = 2.2
AGENT_SPEECH_S = 1.2
LISTENING_S = 2.0
"""An agent who spoke waits for the answer; an announcement in the queue is followed by music again."""
MONOLOGUE_S = 6.0
SILENT_AGENT_S = 8.0


def reached(reading: Reading, voice: Voice) -> Judgement:
    """The agent's part: what came of waiting so far."""
    accessibility = accessibility_of(reading, voice)
    if any(is_enough(match, AGENT_MATCHED_S) for match in reading.agents):
        return settled(VoiceState.AGENT_CONFIRMED, accessibility, PASSED)
    said = _said_since_waiting(reading)
    if reading.has_music and total(said) >= AGENT_SPEECH_S and _has_finished(reading, said):
        return settled(VoiceState.AGENT_PROBABLE, accessibility, _probable(voice))
    waiting = _waiting_state(reading)
    if reading.call.signalling.ended_s is not None:
        return settled(waiting, accessibility, _cut_off(said))
    if _is_agent_silent(reading, said):
        note = f"the hold music stopped, then {SILENT_AGENT_S:g} s of silence"
        return settled(VoiceState.RINGING_AGENT, accessibility, failed(Cause.AGENT_SILENT, note))
    if reading.now >= reading.last_key + voice.agent_within_s + _extra_patience(reading, said):
        return settled(waiting, accessibility, _never_came(reading, voice, said))
    return Judgement(waiting, accessibility, NOT_YET)


def _said_since_waiting(reading: Reading) -> list[Span]:
    """Words that are no registered recording, after the last thing that only a waiting customer hears."""
    since = reading.waited_until
    return [] if since is None else reading.unknown_speech(since)


def _has_finished(reading: Reading, said: list[Span]) -> bool:
    silent_s = reading.call.heard_until_s - said[-1].end_s
    has_ended = reading.call.signalling.ended_s is not None
    return has_ended or silent_s >= LISTENING_S or total(said) >= MONOLOGUE_S


def _cut_off(said: list[Span]) -> LegVerdict:
    if total(said) >= AGENT_SPEECH_S:
        return unsure("someone spoke without any hold music before, and hung up")
    return failed(Cause.IVR_DROPPED, "hung up before an agent answered")


def _extra_patience(reading: Reading, said: list[Span]) -> float:
    """What began in time may be heard to its end: words, or the silence after the waiting sounds."""
    if said:
        return MONOLOGUE_S
    since = reading.waited_until
    has_stopped = since is not None and reading.call.heard_until_s - since > STILL_PLAYING_S
    return SILENT_AGENT_S + LAG_S if has_stopped and reading.has_music else LAG_S


def _probable(voice: Voice) -> LegVerdict:
    note = "someone spoke after the hold music, in words that are not registered"
    return LegVerdict(result=Result.PASSED, note=note) if voice.is_probable_enough else unsure(note)


def _waiting_state(reading: Reading) -> VoiceState:
    since = reading.waited_until
    if since is None:
        return VoiceState.MENU_CHOSEN
    has_stopped = reading.has_music and reading.call.heard_until_s - since > LAG_S
    return VoiceState.RINGING_AGENT if has_stopped or reading.is_ringing else VoiceState.QUEUED


def _is_agent_silent(reading: Reading, said: list[Span]) -> bool:
    since = reading.waited_until
    is_silent = since is not None and reading.call.heard_until_s - since > SILENT_AGENT_S
    return is_silent and reading.has_music and total(said) < AGENT_SPEECH_S


def _never_came(reading: Reading, voice: Voice, said: list[Span]) -> LegVerdict:
    waits = reading.waits()
    within = f"within {voice.agent_within_s:g} s of the key"
    if not waits:
        return unsure(f"the menu changed, but neither hold music nor an agent could be told {within}")
    if not reading.has_music and total(said) >= AGENT_SPEECH_S:
        return unsure(f"someone spoke, but there was no hold music that had ended, {within}")
    if total(reading.unknown_speech(waits[0][1])) >= AGENT_SPEECH_S:
        return failed(Cause.QUEUE_TIMEOUT, f"announcements and waiting, but no agent {within}")
    return failed(Cause.AGENT_NO_ANSWER, f"waiting sounds, but no agent {within}")
