"""How sure it is that whoever speaks after the waiting is a live agent. Pure: each piece of evidence has its weight.

Weights are log-odds: they add up, and the sum s means a chance of 1/(1+e^-s). They were set on the corpus' train
half; what comes of them is measured on the other one (docs/accuracy.md).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.judge.reading import MARGIN_S, Reading, total
from probe_runner.voice.timeline import Sign, SignName, Span
from probe_runner.voice_target import Voice

PROBABLE, CONFIRMED = 1.5, 4.5
"""Log-odds of 82 % and 99 %."""
WORD_S = 0.35
"""Sound shorter than this is a click or a cough; "Halo?" takes 0.4 s."""
UTTERANCE_GAP_S = 0.9
YIELD_S, LONG_YIELD_S = 2.0, 4.0
"""Someone who spoke and waits for the answer; after an announcement the music comes back sooner."""
ASKS_AGAIN_S, CALL_OUT_S = 1.8, 3.0
MONOLOGUE_S = 9.0
BEEP_WITHIN_S = 2.0
AROUND_S = 3.0
"""Signalling runs this much ahead of, or behind, what is heard."""


@dataclass(frozen=True)
class Weight:
    """One piece of evidence, named as the findings name it; positive speaks for an agent."""

    name: str
    log_odds: float
    at_s: float
    note: str = ""


@dataclass(frozen=True)
class Candidate:
    """Words that may be an agent's: since the last thing that only a waiting customer hears."""

    said: tuple[Span, ...]
    since_s: float
    silent_s: float
    has_ended: bool

    @property
    def begin_s(self) -> float:
        """The first word."""
        return self.said[0].start_s

    @property
    def end_s(self) -> float:
        """The end of the last word so far."""
        return self.said[-1].end_s

    @property
    def utterances(self) -> list[tuple[float, float]]:
        """Words with pauses between them that a sentence does not have: from, to."""
        found = [(self.said[0].start_s, self.said[0].end_s)]
        for span in self.said[1:]:
            if span.start_s - found[-1][1] < UTTERANCE_GAP_S:
                found[-1] = (found[-1][0], span.end_s)
            else:
                found.append((span.start_s, span.end_s))
        return found


def candidate_of(reading: Reading) -> Candidate | None:
    """Who speaks after the waiting; None while nobody does."""
    since = reading.waited_until
    said = [] if since is None else reading.unknown_speech(since - MARGIN_S)
    if since is None or total(said) < WORD_S:
        return None
    ended = reading.call.signalling.ended_s
    return Candidate(tuple(said), since, reading.call.heard_until_s - said[-1].end_s, ended is not None)


def sureness(weights: list[Weight]) -> float:
    """The chance, 0 to 1, that it is a live agent."""
    return 1 / (1 + math.exp(-sum(weight.log_odds for weight in weights)))


def weigh(reading: Reading, voice: Voice, candidate: Candidate) -> list[Weight]:
    """All that speaks for and against this candidate."""
    return [
        *_waiting_ended(reading, candidate),
        *_way_of_speaking(candidate),
        *_connected_anew(reading, candidate),
        *_partly_registered(reading, candidate),
        *_spoken_before(reading, voice, candidate),
        *_machine(reading, candidate),
    ]


def _waiting_ended(reading: Reading, candidate: Candidate) -> Iterator[Weight]:
    if reading.has_waited:
        yield Weight("hold_music_ended", 1.0, candidate.since_s, "the waiting sound stopped, then someone spoke")
    else:
        yield Weight("no_waiting_before", -0.5, candidate.begin_s, "neither hold music nor ringback came before")


def _way_of_speaking(candidate: Candidate) -> Iterator[Weight]:
    utterances = candidate.utterances
    if candidate.silent_s >= YIELD_S:
        yield Weight("waits_for_answer", 1.0, candidate.end_s, f"{candidate.silent_s:.1f} s of silence after the words")
    if candidate.silent_s >= LONG_YIELD_S:
        yield Weight("waits_on", 0.7, candidate.end_s + YIELD_S, "and no music came back")
    if again := _called_out(utterances):
        weight = 1.5 if len(again) == 1 else 2.5
        yield Weight("agent_spoke_again", weight, again[0], "called out again after a pause, as a person does")
    if total(candidate.said) < 2 * WORD_S:
        yield Weight("only_a_sound", -0.5, candidate.begin_s, "so short that it may be a noise")
    if max(end - start for start, end in utterances) > MONOLOGUE_S:
        yield Weight("monologue", -1.5, candidate.begin_s, "spoke on and on without waiting for an answer")
    doubt = min(span.sureness for span in candidate.said)
    if doubt < 0.7:  # noqa: PLR2004  of 0.5, a guess, to 1
        yield Weight("speech_unclear", -0.5, candidate.begin_s, f"speech or not: {doubt:.0%} sure")


def _called_out(utterances: list[tuple[float, float]]) -> list[float]:
    """When a few words came after a pause in which nobody answered: a person asks again, a sentence goes on."""
    pairs = itertools.pairwise(utterances)
    return [start for (_, before), (start, end) in pairs if start - before > ASKS_AGAIN_S and end - start < CALL_OUT_S]


def _connected_anew(reading: Reading, candidate: Candidate) -> Iterator[Weight]:
    identity = _near(reading, candidate, SignName.IDENTITY_CHANGED)
    source = _near(reading, candidate, SignName.SSRC_CHANGED)
    offer = _near(reading, candidate, SignName.REINVITED, SignName.UPDATED)
    if identity:
        yield Weight("identity_changed", 1.5, identity.at_s, f"connected to {identity.note}")
    elif offer:
        yield Weight("reinvited", 0.5, offer.at_s, "the session was changed as the waiting ended")
    if source:
        yield Weight("ssrc_changed", 1.5, source.at_s, "the sound came from another source from here on")


def _near(reading: Reading, candidate: Candidate, *names: SignName) -> Sign | None:
    """A sign between the last of the waiting and the first words."""
    signs = reading.call.signs(*names, after=candidate.since_s - AROUND_S)
    return next((sign for sign in signs if sign.at_s <= candidate.begin_s + AROUND_S), None)


def _partly_registered(reading: Reading, candidate: Candidate) -> Iterator[Weight]:
    begun = [match for match in reading.agents if match.start_s >= candidate.since_s - 1]
    if begun:
        yield Weight("agent_greeting_partly_matched", 3.0, begun[0].start_s, f"{begun[0].heard_s:.1f} s of it")


def _spoken_before(reading: Reading, voice: Voice, candidate: Candidate) -> Iterator[Weight]:
    again = [span for span in candidate.said if span.repeats_s is not None]
    if total(again) >= 2 * WORD_S:
        yield Weight("announcement_repeated", -5.0, again[0].start_s, f"the same as at second {again[0].repeats_s:.1f}")
    earlier = announcements(reading)
    if earlier and not voice.queue:
        yield Weight("music_resumed", -0.7, earlier[-1].end_s, "words before were followed by music: announcements")


def announcements(reading: Reading) -> list[Span]:
    """Unknown words in the queue after which the waiting went on."""
    if not reading.waits:
        return []
    begin, until = reading.waits[0][0], reading.waited_until or 0.0
    return [span for span in reading.unknown_speech(begin) if span.end_s <= until and span.length_s >= 2 * WORD_S]


def _machine(reading: Reading, candidate: Candidate) -> Iterator[Weight]:
    if candidate.has_ended and candidate.silent_s < YIELD_S:
        yield Weight("hung_up_after_words", -3.0, candidate.end_s, "spoke and hung up at once")
    beep = beep_after(reading, candidate)
    if beep is not None:
        yield Weight("beep_heard", -5.5, beep, "a beep after the words: an answering machine")


def beep_after(reading: Reading, candidate: Candidate) -> float | None:
    """When, right after the words, a short tone was heard."""
    beeps = [span.start_s for span in reading.unknown if span.kind is Kind.TONE]
    return next((at for at in beeps if -UTTERANCE_GAP_S / 3 <= at - candidate.end_s < BEEP_WITHIN_S), None)
