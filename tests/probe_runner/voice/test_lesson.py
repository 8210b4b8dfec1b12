from __future__ import annotations

import pytest
from voice.calls import call, voice

from probe_runner.voice.ear.sound import Kind
from probe_runner.voice.memory.lesson import lesson, voice_for_lesson

PUPIL = voice_for_lesson(voice(), 45)
SPEECH, SILENCE, MUSIC = Kind.SPEECH, Kind.SILENCE, Kind.MUSIC


def test_in_a_lesson_nothing_is_registered_and_the_queue_is_listened_to() -> None:
    assert PUPIL.references == {}
    assert (PUPIL.agent_within_s, PUPIL.menu_within_s, PUPIL.press) == (45, 45, "9")
    assert voice_for_lesson(voice(), 10_000).agent_within_s == 600


@pytest.mark.parametrize(
    ("now", "heard", "is_wanted"),
    [
        (5.0, [(SPEECH, 1.0, 5.0)], False),
        (6.5, [(SPEECH, 1.0, 5.0)], False),
        (7.2, [(SPEECH, 1.0, 5.0)], True),
        (9.0, [(SPEECH, 1.0, 5.0), (SPEECH, 7.0, 8.5)], False),
        (11.0, [(SPEECH, 1.0, 5.0), (SPEECH, 7.0, 8.5)], True),
        (62.0, [(SPEECH, 1.0, 62.0)], True),
    ],
)
def test_the_key_is_pressed_when_the_greeting_is_over(now, heard, is_wanted) -> None:
    assert lesson(call(now, *heard), PUPIL).is_key_wanted is is_wanted


def test_before_the_greeting_no_key_is_pressed() -> None:
    assert not lesson(call(4.0, (SILENCE, 1.0, 4.0)), PUPIL).is_key_wanted


def test_an_agent_who_spoke_ends_the_lesson() -> None:
    heard = [(SPEECH, 1.0, 5.0), (MUSIC, 9.0, 20.0), (SPEECH, 21.0, 24.0)]
    assert lesson(call(40.0, *heard, keys_s=(7.2,)), PUPIL).is_settled


def test_a_queue_without_end_ends_the_lesson_when_the_patience_does() -> None:
    heard = [(SPEECH, 1.0, 5.0), (MUSIC, 9.0, 300.0)]
    assert not lesson(call(50.0, *heard, keys_s=(7.2,)), PUPIL).is_settled
    assert lesson(call(70.0, *heard, keys_s=(7.2,)), PUPIL).is_settled
