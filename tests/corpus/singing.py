"""Music with vocals, made: a voice whose syllables are held on the notes of a tune, over a track.

No free song with vocals is packaged, so this stands in for one: it has the words' spectrum and the tune's pitch.
"""

from __future__ import annotations

import numpy as np
from corpus.centre import Cast
from corpus.material import levelled

from probe_runner.voice.ear.sound import RATE, Samples

_SCALE = (0, 2, 4, 5, 7, 9, 12)
_NOTE_S = (0.25, 0.9)
_GRAIN = 320


def singing(cast: Cast, seconds: float) -> Samples:
    """Someone sings over music."""
    voice = np.zeros(0, np.float32)
    speaker = cast.speaker()
    while len(voice) < seconds * RATE:
        said = cast.says(speaker, "agent")
        voice = np.concatenate([voice, held(said, cast.dice)])
    music = levelled(cast.music(seconds), -27)
    length = min(len(music), len(voice))
    return levelled(music[:length] + levelled(voice[:length]))


def held(said: Samples, dice: np.random.Generator) -> Samples:
    """Each third of a second of speech stretched onto a note: its own grain repeated at the note's pitch."""
    pieces = []
    for start in range(0, len(said) - _GRAIN, RATE // 3):
        loudest = start + int(np.abs(said[start : start + RATE // 3 - _GRAIN]).argmax())
        grain = said[loudest : loudest + _GRAIN]
        if len(grain) == _GRAIN:
            hertz = 180.0 * 2 ** (int(dice.choice(_SCALE)) / 12)
            pieces.append(_note(grain, hertz, float(dice.uniform(*_NOTE_S))))
    return np.concatenate(pieces) if pieces else said


def _note(grain: Samples, hertz: float, seconds: float) -> Samples:
    """The grain's spectrum sung at a pitch: overlapped once each period, with a little vibrato."""
    out = np.zeros(int(seconds * RATE) + _GRAIN, np.float32)
    shaped = (grain * np.hanning(_GRAIN)).astype(np.float32)
    at = 0.0
    while at < seconds * RATE:
        out[int(at) : int(at) + _GRAIN] += shaped
        at += RATE / (hertz * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * at / RATE)))
    t = np.arange(len(out)) / RATE
    return (out * np.minimum(1, np.minimum(t, t[-1] - t) / 0.03)).astype(np.float32)
