"""Makes the clips that the listener's network learns from: speech, music and other sound over bad telephone lines."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
import soundfile
from train_sources import Part, sources

from probe_runner.voice.ear.sound import RATE, Kind

LENGTH = 5 * RATE
_BY_MACHINES = 0.35
"""Of all sentences: the corpus' lab speaks by machine, and so do many contact centres."""


class Maker:
    """Makes clips of five seconds of each class."""

    def __init__(self, seed: int, part: Part = Part.ALL) -> None:
        self.dice = np.random.default_rng(seed)
        self._sources = sources(part)

    def clips(self, count: int) -> Iterator[tuple[Kind, str, np.ndarray]]:
        """So many labelled clips with the way they were made, over bad lines."""
        ways: list[tuple[Kind, float, Callable[[], np.ndarray]]] = [
            (Kind.SPEECH, 4, self.talk), (Kind.SPEECH, 2, self.word), (Kind.SPEECH, 2, self.over_music),
            (Kind.SPEECH, 1, self.two), (Kind.SPEECH, 1.5, self.amid), (Kind.SPEECH, 0.7, self.in_a_room),
            (Kind.MUSIC, 5, self.play), (Kind.MUSIC, 2, self.song), (Kind.MUSIC, 1, self.sung),
            (Kind.MUSIC, 1.5, self.tune),
            (Kind.OTHER, 1, self.noise), (Kind.OTHER, 0.7, self.babble), (Kind.OTHER, 0.5, self.crackle),
        ]  # fmt: skip
        weights = np.array([weight for _, weight, _ in ways])
        for _ in range(count):
            kind, _, way = ways[self.dice.choice(len(ways), p=weights / weights.sum())]
            yield kind, way.__name__, self.line(way())

    def _pick(self, sounds: list[np.ndarray], length: int = LENGTH) -> np.ndarray:
        sound = sounds[self.dice.integers(len(sounds))]
        start = self.dice.integers(max(1, len(sound) - length))
        return _loud(sound[start : start + length])

    def _said(self, length: int = LENGTH) -> np.ndarray:
        is_made = self.dice.random() < _BY_MACHINES
        return self._pick(self._sources.machines if is_made else self._sources.people, length)

    def talk(self, length: int = LENGTH) -> np.ndarray:
        """Sentences with pauses of a breath."""
        pieces: list[np.ndarray] = []
        while sum(map(len, pieces)) < length:
            pieces += [self._said(), np.zeros(int(self.dice.uniform(0.02, 0.7) * RATE))]
        return np.concatenate(pieces)[:length]

    def word(self) -> np.ndarray:
        """One or two words in silence."""
        clip = np.zeros(LENGTH)
        for at in self.dice.uniform(0, 4, self.dice.integers(1, 3)):
            said = self._said(int(self.dice.uniform(0.25, 1.2) * RATE))
            clip[int(at * RATE) :][: len(said)] += said[: LENGTH - int(at * RATE)]
        return clip

    def two(self) -> np.ndarray:
        """Two people at once, for a part of the time."""
        second = self.talk() * (np.arange(LENGTH) > self.dice.integers(LENGTH))
        return self.talk() + second * self.dice.uniform(0.3, 1)

    def amid(self) -> np.ndarray:
        """Somebody close, in noise or among others who speak."""
        around = self.noise() if self.dice.random() < 0.5 else self.babble()
        return self.talk() + around * 10 ** (self.dice.uniform(-26, -8) / 20)

    def in_a_room(self) -> np.ndarray:
        """Hands free: the sound comes back from the walls."""
        tail = self.dice.normal(size=RATE // 3) * np.exp(-np.arange(RATE // 3) / (RATE * self.dice.uniform(0.02, 0.12)))
        tail[: RATE // 100] = 0
        said = self.talk()
        return said + _loud(np.convolve(said, tail)[:LENGTH]) * 10 ** (self.dice.uniform(-12, -2) / 20)

    def play(self) -> np.ndarray:
        """Music."""
        return self._pick(self._sources.music)

    def over_music(self) -> np.ndarray:
        """An announcement with music under it."""
        bed = self.play()
        return self.talk()[: len(bed)] + bed * 10 ** (self.dice.uniform(-24, -9) / 20)

    def sung(self) -> np.ndarray:
        """Speech made to sing: held notes of a scale in place of its melody, its sounds stretched."""
        return _loud(sung(self.talk(), self.dice))

    def song(self) -> np.ndarray:
        """Singing with instruments."""
        played = self.play()
        return played + self.sung()[: len(played)] * 10 ** (self.dice.uniform(-8, 4) / 20)

    def tune(self) -> np.ndarray:
        """A melody of single notes, as simple music machines play it, sometimes with a second voice."""
        voices = [melody(self.dice), melody(self.dice)][: 1 + (self.dice.random() < 0.4)]
        return _loud(np.sum(voices, axis=0))

    def noise(self) -> np.ndarray:
        """White to brown, still or swelling."""
        spectrum = np.fft.rfft(self.dice.normal(size=LENGTH))
        slope = max(0.0, self.dice.uniform(-0.5, 1.2))
        steady = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 50) ** slope)
        swell = np.interp(np.arange(LENGTH), np.linspace(0, LENGTH, 9), self.dice.uniform(0.4, 1, 9))
        return _loud(steady * (swell if self.dice.random() < 0.4 else 1))

    def babble(self) -> np.ndarray:
        """Five to twelve people at once."""
        return _loud(
            np.sum([self.talk() * self.dice.uniform(0.5, 1) for _ in range(self.dice.integers(5, 13))], axis=0)
        )

    def crackle(self) -> np.ndarray:
        """Clicks, now and then many."""
        clicks = (self.dice.random(LENGTH) < 10 ** self.dice.uniform(-3.5, -2)) * self.dice.normal(size=LENGTH)
        shape = np.exp(-np.arange(80) / self.dice.uniform(2, 20)) * np.cos(np.arange(80) * self.dice.uniform(0.3, 2.5))
        return np.clip(np.convolve(clicks, shape)[:LENGTH] * 0.3, -1, 1) + 0.003 * self.dice.normal(size=LENGTH)

    def line(self, clip: np.ndarray) -> np.ndarray:
        """What a telephone line makes of it: level, noise, G.711 or GSM 06.10, loss of 0 to 5 %."""
        clip = (
            clip * 10 ** (self.dice.uniform(-35, -3) / 20) / (np.sqrt(np.mean(clip[np.abs(clip) > 1e-3] ** 2)) + 1e-9)
        )
        clip = clip + self.dice.normal(size=len(clip)) * 10 ** (self.dice.uniform(-75, -48) / 20)
        coded = through(np.clip(clip, -1, 1), str(self.dice.choice(["ULAW", "ALAW", "ALAW", "GSM610"])))
        return lossy(coded, self.dice.choice([0, 0, 0.01, 0.03, 0.05]), self.dice)


def _level(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0


def _loud(sound: np.ndarray) -> np.ndarray:
    return 0.1 * sound / (_level(sound) + 1e-9)


def through(clip: np.ndarray, codec: str) -> np.ndarray:
    """Through a codec that libsndfile knows, and back."""
    file = io.BytesIO()
    soundfile.write(file, clip, RATE, subtype=codec, format="WAV")
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


def lossy(clip: np.ndarray, share: float, dice: np.random.Generator) -> np.ndarray:
    """Packets of 20 ms lost: silent, or the one before played again."""
    clip = clip.copy()
    is_concealed = dice.random() < 0.5
    for at in np.flatnonzero(dice.random(len(clip) // 160) < share) * 160:
        clip[at : at + 160] = clip[at - 160 : at] if is_concealed and at else 0
    return clip


def sung(said: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    """A voice's spectral envelope, stretched, on the harmonics of a melody."""
    frames = np.lib.stride_tricks.sliding_window_view(said, 320)[::80] * np.hanning(320)
    cepstrum = np.fft.irfft(np.log(np.abs(np.fft.rfft(frames, 512)) + 1e-4))
    cepstrum[:, 24:-24] = 0
    envelope = np.exp(np.fft.rfft(cepstrum).real)
    places = np.linspace(0, len(envelope) / dice.uniform(1.3, 3), len(said) // 80).astype(int)
    envelope = envelope[np.minimum(places, len(envelope) - 1)]
    steps, notes = [0, 2, 4, 5, 7, 9, 11, 12], []
    base = dice.uniform(45, 62)
    while len(notes) < len(envelope):
        notes += [base + steps[dice.integers(8)]] * int(dice.uniform(0.15, 0.9) * 100)
    glide = np.convolve(notes, np.ones(5) / 5, "same")[: len(envelope)]
    glide += dice.uniform(0, 0.4) * np.sin(2 * np.pi * dice.uniform(4.5, 6.5) * np.arange(len(glide)) / 100)
    hertz = np.interp(np.arange(len(said)) / 80, np.arange(len(glide)), 440 * 2 ** ((glide - 69) / 12))
    phase, time, clip = 2 * np.pi * np.cumsum(hertz) / RATE, np.arange(len(said)) / 80, np.zeros(len(said))
    for harmonic in range(1, int(3800 / hertz.min()) + 1):
        bins = np.minimum(harmonic * hertz[::80][: len(envelope)] / RATE * 512, 256).astype(int)
        strength = envelope[np.arange(len(bins)), bins] * (bins < 250)
        clip += np.interp(time, np.arange(len(bins)), strength) * np.cos(harmonic * phase + dice.uniform(0, 6))
    return clip


def melody(dice: np.random.Generator) -> np.ndarray:
    """Notes of a scale one after another: plucked or held, with few or many harmonics, some rests."""
    strengths = dice.uniform(0, 1, 8) ** dice.uniform(1, 4) / np.arange(1, 9) ** dice.uniform(0.3, 2)
    strengths[0] = max(strengths[0], 0.3)
    beat, decay = dice.uniform(0.1, 0.5), 10 ** dice.uniform(-1, 0.7)
    base, clip = dice.uniform(50, 76), np.zeros(0)
    while len(clip) < LENGTH:
        time = np.arange(int(beat * dice.choice([1, 1, 2, 4]) * RATE)) / RATE
        hertz = 440 * 2 ** ((base + dice.choice([0, 2, 4, 5, 7, 9, 11, 12]) - 69) / 12)
        tones = [
            strength * np.sin(2 * np.pi * hertz * (number + 1) * time)
            for number, strength in enumerate(strengths)
            if hertz * (number + 1) < RATE / 2
        ]
        shape = np.minimum(time / 0.01, 1) * np.exp(-time / decay) * np.minimum((time[-1] - time) / 0.01, 1)
        clip = np.concatenate([clip, np.sum(tones, axis=0) * shape * (dice.random() > 0.1)])
    return clip[:LENGTH]
