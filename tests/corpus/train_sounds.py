"""The sounds that the listener's network learns from: the TRAIN half of what Debian's packages hold, made worse.

Human speech: ``asterisk-core-sounds-{en,es,it}-wav``, and single words of ``ktuberling`` (da, de, en, lt, nn, uk).
Made speech: espeak-ng's variants m1 to m3, f1 and f2, flite's kal and awb. Music: Debian's hold music (two of five
tracks) and every second track, by name, of the packages in ``GAMES``. What the report's half uses is never opened.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from probe_runner.voice.ear.listener import at_telephone_rate
from probe_runner.voice.ear.sound import RATE, Kind

ASTERISK = Path("/usr/share/asterisk")
HUMAN = ("en_US_f_Allison", "es_MX_f_Allison", "it_IT_m_Carlo")
HOLD = ("macroform-cold_day", "macroform-robot_dity")
WORDS = ("da", "de", "en", "lt", "nn", "uk")
GAMES = {  # by Debian package
    "warzone2100-music": "/usr/share/games/warzone2100/music",
    "hyperrogue-music": "/usr/share/hyperrogue/music",
    "fretsonfire-songs-sectoid": "/usr/share/games/fretsonfire",
    "asc-music": "/usr/share/games/asc",
}
ESPEAK = [
    f"{language}+{variant}" for language in ("id", "ms", "en", "nl", "de") for variant in ("m1", "m2", "m3", "f1", "f2")
]
FLITE = ("kal", "awb")
SAID = (
    "Halo?",
    "Ya.",
    "Selamat pagi, dengan Dewi, ada yang bisa saya bantu?",
    "Terima kasih telah menunggu. Panggilan Anda akan segera kami layani.",
    "Mohon maaf, semua petugas kami sedang sibuk. Silakan tunggu sebentar.",
    "Tekan satu untuk informasi tagihan, tekan dua untuk gangguan.",
    "Good morning, thank you for calling, how can I help you today?",
    "Your call is important to us. Please hold the line.",
)
LENGTH = 5 * RATE


def read(file: Path, longest_s: float = 60.0) -> np.ndarray:
    """The beginning of a sound file at 8 kHz mono."""
    with soundfile.SoundFile(file) as sound:
        start = sound.samplerate if sound.frames > 3 * longest_s * sound.samplerate else 0
        sound.seek(start)
        samples = sound.read(int(longest_s * sound.samplerate), dtype="float32", always_2d=True).mean(axis=1)
        return at_telephone_rate(samples, sound.samplerate)


def spoken_by_machine(voice: str, text: str) -> np.ndarray:
    """A sentence by espeak-ng ("id+m1") or flite ("kal")."""
    words = (
        ["espeak-ng", "-v", voice, "--stdout", text]
        if "+" in voice
        else ["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"]
    )
    data = bytearray(subprocess.run(words, check=True, capture_output=True).stdout)
    samples = np.frombuffer(bytes(data[44 : len(data) // 2 * 2]), "<i2").astype(np.float32) / 32768
    return at_telephone_rate(samples, int.from_bytes(data[24:28], "little"))


def speech() -> list[np.ndarray]:
    """Every sentence and word of the half to learn from."""
    files = [
        file
        for voice in HUMAN
        for file in sorted((ASTERISK / "sounds" / voice).rglob("*.wav"))
        if "silence" not in file.parts
    ]
    words = [file for language in WORDS for file in sorted(Path(f"/usr/share/ktuberling/sounds/{language}").glob("*"))]
    human = [read(file, 8) for file in files + [word for word in words if word.suffix in {".wav", ".ogg", ".opus"}]]
    return human + [spoken_by_machine(voice, text) for voice in [*ESPEAK, *FLITE] for text in SAID]


def music() -> list[np.ndarray]:
    """Every track of the half to learn from: hold music thrice, for that is what is heard."""
    hold = [read(ASTERISK / "moh" / f"{track}.wav", 200) for track in HOLD]
    tracks = [
        file
        for folder in GAMES.values()
        for file in sorted(Path(folder).rglob("*"))
        if file.suffix in {".ogg", ".opus", ".mp3"}
    ]
    return hold * 3 + [read(file) for file in tracks[::2]]


class Maker:
    """Makes clips of five seconds of each class."""

    def __init__(self, seed: int) -> None:
        self.dice = np.random.default_rng(seed)
        self.said = [trimmed for sound in speech() if len(trimmed := _trimmed(sound)) > RATE // 5]
        self.played = [sound for sound in music() if _level(sound) > 0]

    def clips(self, count: int) -> Iterator[tuple[Kind, str, np.ndarray]]:
        """So many labelled clips with the way they were made, over bad lines."""
        ways: list[tuple[Kind, float, Callable[[], np.ndarray]]] = [
            (Kind.SPEECH, 4, self.talk), (Kind.SPEECH, 2, self.word), (Kind.SPEECH, 2, self.over_music),
            (Kind.SPEECH, 1, self.two),
            (Kind.MUSIC, 5, self.play), (Kind.MUSIC, 2, self.song), (Kind.MUSIC, 1, self.sung),
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

    def talk(self, length: int = LENGTH) -> np.ndarray:
        """Sentences with pauses of a breath."""
        pieces: list[np.ndarray] = []
        while sum(map(len, pieces)) < length:
            pieces += [self._pick(self.said), np.zeros(int(self.dice.uniform(0.02, 0.7) * RATE))]
        return np.concatenate(pieces)[:length]

    def word(self) -> np.ndarray:
        """One or two words in silence."""
        clip = np.zeros(LENGTH)
        for at in self.dice.uniform(0, 4, self.dice.integers(1, 3)):
            said = self._pick(self.said, int(self.dice.uniform(0.25, 1.2) * RATE))
            clip[int(at * RATE) :][: len(said)] += said[: LENGTH - int(at * RATE)]
        return clip

    def two(self) -> np.ndarray:
        """Two people at once, for a part of the time."""
        second = self.talk() * (np.arange(LENGTH) > self.dice.integers(LENGTH))
        return self.talk() + second * self.dice.uniform(0.3, 1)

    def play(self) -> np.ndarray:
        """Music."""
        return self._pick(self.played)

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

    def noise(self) -> np.ndarray:
        """White to brown, still or swelling."""
        spectrum = np.fft.rfft(self.dice.normal(size=LENGTH))
        slope = self.dice.uniform(0, 1.2)
        steady = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 50) ** slope)
        swell = np.interp(np.arange(LENGTH), np.linspace(0, LENGTH, 9), self.dice.uniform(0.4, 1, 9))
        return _loud(steady * (swell if self.dice.random() < 0.4 else 1))

    def babble(self) -> np.ndarray:
        """Seven to twelve people at once."""
        return _loud(
            np.sum([self.talk() * self.dice.uniform(0.5, 1) for _ in range(self.dice.integers(7, 13))], axis=0)
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


def _trimmed(sound: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max()) if len(sound) else []
    return sound[loud[0] : loud[-1]] if len(loud) else sound[:0]


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
