"""Where the sounds come from that the listener's network learns: the TRAIN half of what Debian's packages hold.

Human speech: ``asterisk-core-sounds-{en,es,it}-wav``, and single words of ``ktuberling`` (da, de, en, lt, nn, uk).
Made speech: espeak-ng's variants m1 to m3, f1 and f2 in eight languages, low and high, slow and fast; flite's kal and
awb. Music: Debian's hold music (two of five tracks) and every second track, by name, of the packages in ``GAMES``.
What the report's half uses is never opened. Some sources can be held out, to be reported on by who learnt the others.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import soundfile

from probe_runner.voice.ear.listener import at_telephone_rate
from probe_runner.voice.ear.sound import RATE

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
VARIANTS = ("m1", "m2", "m3", "f1", "f2")
LANGUAGES = ("id", "ms", "en", "nl", "de", "es", "it", "pt")
PITCHES, PACES = (25, 45, 60, 80), (125, 165, 205, 240, 185)
FLITE = ("kal", "awb")
SAID = (
    "Halo?",
    "Ya.",
    "Selamat pagi, dengan Dewi, ada yang bisa saya bantu?",
    "Terima kasih telah menunggu. Panggilan Anda akan segera kami layani.",
    "Mohon maaf, semua petugas kami sedang sibuk. Silakan tunggu sebentar.",
    "Tekan satu untuk informasi tagihan, tekan dua untuk gangguan.",
    "Boleh saya tahu nama dan nomor pelanggan Bapak?",
    "Baik Ibu, mohon ditunggu, saya periksa dahulu datanya.",
    "Good morning, thank you for calling, how can I help you today?",
    "Your call is important to us. Please hold the line.",
)
HELD_OUT = ("it_IT_m_Carlo", "lt", "uk", "m3", "f2", "awb", "macroform-robot_dity")
"""Voices and tracks; of the games' tracks it is every fourth."""


class Part(StrEnum):
    """Which sources are wanted."""

    ALL = "all"
    LEARNT = "learnt"
    HELD_OUT = "held out"

    def has(self, source: str) -> bool:
        """Whether this source belongs to it."""
        return self is Part.ALL or (source in HELD_OUT) is (self is Part.HELD_OUT)


@dataclass(frozen=True)
class Sources:
    """Sounds at 8 kHz: what people said, what machines said, and what was played."""

    people: list[np.ndarray]
    machines: list[np.ndarray]
    music: list[np.ndarray]


def sources(part: Part) -> Sources:
    """Read and speak all of a part."""
    people = [_trimmed(read(file, 8)) for file in _recordings(part)]
    machines = [_trimmed(sound) for sound in _machines(part)]
    return Sources(
        [sound for sound in people if len(sound) > RATE // 5],
        [sound for sound in machines if len(sound) > RATE // 5],
        _music(part),
    )


def _recordings(part: Part) -> Iterator[Path]:
    for voice in filter(part.has, HUMAN):
        files = sorted((ASTERISK / "sounds" / voice).rglob("*.wav"))
        yield from (file for file in files if "silence" not in file.parts)
    for language in filter(part.has, WORDS):
        files = sorted(Path(f"/usr/share/ktuberling/sounds/{language}").glob("*"))
        yield from (file for file in files if file.suffix in {".wav", ".ogg", ".opus"})


def _machines(part: Part) -> Iterator[np.ndarray]:
    """Every sentence in every voice, each voice at its own pitch and pace."""
    for number, (language, variant) in enumerate(itertools.product(LANGUAGES, VARIANTS)):
        if part.has(variant):
            manner = ["-p", str(PITCHES[number % len(PITCHES)]), "-s", str(PACES[number // 2 % len(PACES)])]
            yield from (_spoken(["espeak-ng", "-v", f"{language}+{variant}", *manner, "--stdout", t]) for t in SAID)
    for voice in filter(part.has, FLITE):
        yield from (_spoken(["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"]) for text in SAID)


def _spoken(words: list[str]) -> np.ndarray:
    data = bytearray(subprocess.run(words, check=True, capture_output=True).stdout)
    samples = np.frombuffer(bytes(data[44 : len(data) // 2 * 2]), "<i2").astype(np.float32) / 32768
    return at_telephone_rate(samples, int.from_bytes(data[24:28], "little"))


def _music(part: Part) -> list[np.ndarray]:
    """Hold music thrice, for that is what is heard; up to two minutes of each other track."""
    hold = [read(ASTERISK / "moh" / f"{track}.wav", 200) for track in filter(part.has, HOLD)]
    tracks = [
        file
        for folder in GAMES.values()
        for file in sorted(Path(folder).rglob("*"))
        if file.suffix in {".ogg", ".opus", ".mp3"}
    ][::2]
    held_out = tracks[1::4]
    chosen = [file for file in tracks if part is Part.ALL or (file in held_out) is (part is Part.HELD_OUT)]
    played = [sound for file in chosen for sound in (read(file, 60), read(file, 60, skip=0.6))]
    return [sound for sound in hold * 3 + played if float(np.abs(sound).max(initial=0)) > 0]


def read(file: Path, longest_s: float = 60.0, skip: float = 0.0) -> np.ndarray:
    """So much of a sound file at 8 kHz mono, from a share of it on (a long one from a minute or so on)."""
    with soundfile.SoundFile(file) as sound:
        start = sound.samplerate if sound.frames > 3 * longest_s * sound.samplerate else 0
        sound.seek(max(start, int(skip * sound.frames)))
        samples = sound.read(int(longest_s * sound.samplerate), dtype="float32", always_2d=True).mean(axis=1)
        return at_telephone_rate(samples, sound.samplerate) if len(samples) else np.zeros(0, np.float32)


def _trimmed(sound: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max()) if len(sound) else []
    return sound[loud[0] : loud[-1]] if len(loud) else sound[:0]
