from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.memory.learning import LONGEST_S, Segment, meaning_of, proposals_of, segments_of
from probe_runner.voice.timeline import Call, Role, Signalling, Span

SPEECH, MUSIC, TONE, RINGBACK, SILENCE = Kind.SPEECH, Kind.MUSIC, Kind.TONE, Kind.RINGBACK, Kind.SILENCE
ANSWERED, KEY = 1.0, 8.0
SAID = Signalling(answered_s=ANSWERED, recording_s=0.5, keys_s=(KEY,))
HUNG_UP = replace(SAID, ended_s=41.0)
GREETING = (SPEECH, 1.2, 6.0)
Heard = tuple[Kind, float, float]


def call(*heard: Heard | Span, said: Signalling = SAID) -> Call:
    spans = tuple(item if isinstance(item, Span) else Span(*item) for item in heard)
    return Call(60.0, said, spans, (), 60.0)


def learned(*heard: Heard | Span, said: Signalling = SAID) -> list[tuple[str, float, float]]:
    proposals = proposals_of(segments_of(call(*heard, said=said)), said)
    return [(proposal.role.value, round(proposal.start_s, 3), round(proposal.end_s, 3)) for proposal in proposals]


SEGMENTS = [
    ("pauses inside speech", [(SPEECH, 1, 3), (SILENCE, 3, 3.6), (SPEECH, 3.6, 6)], [(SPEECH, 1, 6)]),
    ("a real silence", [(SPEECH, 1, 3), (SILENCE, 3, 4.2), (SPEECH, 4.2, 6)], [(SPEECH, 1, 3), (SPEECH, 4.2, 6)]),
    ("another kind", [(SPEECH, 10, 12), (MUSIC, 12, 20)], [(SPEECH, 10, 12), (MUSIC, 12, 20)]),
    ("a doubt inside music", [(MUSIC, 10, 14), (SPEECH, 14, 14.7), (MUSIC, 14.7, 20)], [(MUSIC, 10, 20)]),
    ("a doubt inside speech", [(SPEECH, 10, 14), (MUSIC, 14, 14.5), (SPEECH, 14.5, 16)], [(SPEECH, 10, 16)]),
    ("a flicker of music alone", [(MUSIC, 10, 10.6)], [(SPEECH, 10, 10.6)]),
    ("a cadence", [(RINGBACK, 10, 11), (SILENCE, 11, 12.9), (RINGBACK, 12.9, 14)], [(RINGBACK, 10, 14)]),
    ("sound through the key", [(SPEECH, 6, 10)], [(SPEECH, 6, 8), (SPEECH, 8, 10)]),
    ("sound through the answer", [(MUSIC, 0.5, 3)], [(MUSIC, 0.5, 1), (MUSIC, 1, 3)]),
    ("nothing", [(SILENCE, 0, 9), (Kind.NO_RTP, 9, 12)], []),
]


@pytest.mark.parametrize(("heard", "segments"), [row[1:] for row in SEGMENTS], ids=[row[0] for row in SEGMENTS])
def test_sound_is_joined_over_pauses_and_parted_where_it_changes(heard: list[Heard], segments: list[Heard]) -> None:
    found = [(segment.kind, segment.start_s, segment.end_s) for segment in segments_of(call(*heard))]
    assert found == segments


PROPOSALS = [
    ("a greeting in two parts", [(SPEECH, 1.2, 3), (SPEECH, 4.5, 6)], SAID, [("greeting", 1.2, 6)]),
    ("a word is no greeting", [(SPEECH, 1.2, 2.3)], SAID, []),
    ("what came before the answer is not learned", [(SPEECH, 0.5, 0.9), GREETING], SAID, [("greeting", 1.2, 6)]),
    (
        "the usual way to an agent",
        [GREETING, (SPEECH, 8.5, 11), (MUSIC, 11.5, 30), (SPEECH, 31, 34)],
        SAID,
        [("greeting", 1.2, 6), ("transfer", 8.5, 11), ("hold_music", 11.5, 30), ("agent_greeting", 31, 34)],
    ),
    (
        "announcements in the queue",
        [GREETING, (MUSIC, 9, 19), (SPEECH, 19.5, 23), (MUSIC, 23.5, 39)],
        SAID,
        [("greeting", 1.2, 6), ("queue", 19.5, 23), ("hold_music", 23.5, 39)],
    ),
    (
        "an announcement said again is registered once",
        [
            GREETING,
            (MUSIC, 9, 19),
            (SPEECH, 19.5, 23),
            (MUSIC, 23.5, 33),
            Span(SPEECH, 34, 37.5, 1, 19.5),
            (MUSIC, 38, 50),
        ],
        SAID,
        [("greeting", 1.2, 6), ("queue", 19.5, 23), ("hold_music", 38, 50)],
    ),
    (
        "music that repeats is learned once round",
        [GREETING, (MUSIC, 9, 17), Span(MUSIC, 17.05, 30, 1, 9)],
        SAID,
        [("greeting", 1.2, 6), ("hold_music", 9, 17.05)],
    ),
    (
        "ringing at an agent",
        [GREETING, (RINGBACK, 9, 10), (RINGBACK, 13, 14), (SPEECH, 15, 17.5)],
        SAID,
        [("greeting", 1.2, 6), ("agent_greeting", 15, 17.5)],
    ),
    (
        "an agent's talk is learned by its first words",
        [GREETING, (MUSIC, 9, 19), (SPEECH, 20, 45)],
        SAID,
        [("greeting", 1.2, 6), ("hold_music", 9, 19), ("agent_greeting", 20, 28)],
    ),
    ("closed", [GREETING, (SPEECH, 8.5, 39)], HUNG_UP, [("greeting", 1.2, 6), ("closed", 8.5, 39)]),
    (
        "closed after waiting",
        [GREETING, (MUSIC, 9, 19), (SPEECH, 20, 39)],
        HUNG_UP,
        [("greeting", 1.2, 6), ("hold_music", 9, 19), ("closed", 20, 39)],
    ),
    (
        "no waiting sounds",
        [GREETING, (SPEECH, 9, 12), (SPEECH, 15, 18)],
        SAID,
        [("greeting", 1.2, 6), ("transfer", 9, 12), ("agent_greeting", 15, 18)],
    ),
    ("no key", [GREETING], replace(SAID, keys_s=()), [("greeting", 1.2, 6)]),
    ("never answered", [GREETING], Signalling(ringing_s=0.5, recording_s=0.5), []),
]


@pytest.mark.parametrize(
    ("heard", "said", "proposals"), [row[1:] for row in PROPOSALS], ids=[row[0] for row in PROPOSALS]
)
def test_what_was_heard_when_says_what_it_could_be(heard, said, proposals) -> None:
    assert learned(*heard, said=said) == proposals


def test_nothing_longer_than_a_plan_allows_is_proposed() -> None:
    long = replace(SAID, keys_s=(200.0,))
    assert learned((SPEECH, 2.0, 190.0), said=long) == [("greeting", 2.0, 2.0 + LONGEST_S)]


def test_a_key_pressed_into_the_greeting_is_told() -> None:
    segments = segments_of(call((SPEECH, 1.2, 11.0), (MUSIC, 11.5, 20.0)))
    greeting, transfer, _ = proposals_of(segments, SAID)
    assert (greeting.end_s, "only its beginning" in greeting.why) == (KEY, True)
    assert (transfer.start_s, "the end of the greeting" in transfer.why) == (KEY, True)


def test_each_segment_is_told_in_a_word() -> None:
    heard = [(TONE, 0.5, 0.95), GREETING, (MUSIC, 9, 19), (RINGBACK, 19.5, 21), (SPEECH, 22, 22.5), (SPEECH, 24, 27)]
    segments = segments_of(call(*heard))
    proposals = proposals_of(segments, SAID)
    said = [meaning_of(segment, proposals, SAID) for segment in segments]
    assert said == ["ringing", "greeting", "hold_music", "ringing at an agent", "not known", "agent_greeting"]


def test_what_was_heard_before_is_told_with_its_second() -> None:
    assert meaning_of(Segment(SPEECH, 30, 33, 12.0), (), SAID) == "the same as at 12.0 s"
    assert meaning_of(Segment(SPEECH, 0.5, 0.9), (), SAID) == "before the answer"
    assert meaning_of(Segment(Kind.BUSY, 30, 33), (), SAID) == "busy tone"


SPANS = st.lists(st.tuples(st.sampled_from(Kind), st.floats(0, 3), st.floats(0.02, 30)), max_size=20)


@given(SPANS, st.lists(st.floats(1, 200), max_size=3), st.none() | st.floats(1, 300))
def test_whatever_is_heard_segments_are_in_order_and_proposals_lie_in_the_call(
    heard: list[tuple[Kind, float, float]], keys: list[float], ended: float | None
) -> None:
    at_s, spans = 0.5, []
    for kind, pause, length in heard:
        spans.append(Span(kind, at_s + pause, at_s + pause + length))
        at_s = spans[-1].end_s
    said = replace(SAID, keys_s=tuple(sorted(keys)), ended_s=ended)
    segments = segments_of(call(*spans, said=said))
    assert all(one.end_s <= other.start_s for one, other in itertools.pairwise(segments))
    for proposal in proposals_of(segments, said):
        assert ANSWERED <= proposal.start_s < proposal.end_s <= at_s
        assert proposal.role in Role
