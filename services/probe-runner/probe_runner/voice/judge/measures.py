"""The figures of a call, in the units their names end with. Pure; leaves out what was not measured."""

from __future__ import annotations

from probe_runner.voice.ear.sound import mos_of
from probe_runner.voice.judge.access import greeted_at, moved_at
from probe_runner.voice.judge.certainty import candidate_of, sureness, weigh
from probe_runner.voice.judge.reading import Reading
from probe_runner.voice.timeline import Call
from probe_runner.voice_target import Voice


def measures_of(call: Call, voice: Voice) -> dict[str, float]:
    """What can be said in figures, for the report."""
    said, figures = call.signalling, {}
    first = said.ringing_s if said.ringing_s is not None else said.answered_s
    if first is not None:
        figures["post_dial_delay_s"] = first
    if said.answered_s is not None:
        figures["answer_time_s"] = said.answered_s
        figures["call_duration_s"] = (said.ended_s or call.now_s) - said.answered_s
        figures["rtp_packets"] = float(said.packets)
        figures |= _in_the_call(Reading(call), voice)
    if said.packets:
        figures["rtp_loss_percent"] = said.loss_percent
        figures["jitter_ms"] = said.jitter_ms
        figures["mos"] = mos_of(said.loss_percent, said.jitter_ms)
    if call.loudness.speech_dbfs:
        figures["speech_level_dbfs"] = call.loudness.speech_dbfs
        figures["clipped_percent"] = call.loudness.clipped_percent
    return {name: round(figure, 3) for name, figure in figures.items()}


def _in_the_call(reading: Reading, voice: Voice) -> dict[str, float]:
    figures: dict[str, float] = {}
    greeted = greeted_at(reading, voice)
    if greeted is None:
        return figures
    figures["greeting_delay_s"] = max(0.0, greeted - reading.answered)
    moved = moved_at(reading, voice)
    if moved is None:
        return figures
    figures["menu_response_s"] = max(0.0, moved - reading.last_key)
    if reading.waited_until is not None:
        figures["queue_wait_s"] = max(0.0, reading.waited_until - moved)
    return figures | _of_the_agent(reading, voice)


def _of_the_agent(reading: Reading, voice: Voice) -> dict[str, float]:
    if reading.agents:
        return {"agent_answer_s": reading.agents[0].start_s - reading.last_key}
    candidate = candidate_of(reading)
    if candidate is None:
        return {}
    sure = sureness(weigh(reading, voice, candidate))
    return {"agent_answer_s": candidate.begin_s - reading.last_key, "agent_sureness": sure}
