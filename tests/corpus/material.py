"""What the corpus is made of: who speaks, what is played, and which half of the corpus they belong to.

Recordings by people come from Debian packages, further voices from two speech synthesisers. Nothing is downloaded and
nothing is committed: what is not installed is named, and the corpus goes on with what there is. A speaker or a track
belongs to one half for ever, so that nothing of the half that reports was ever trained or tuned on.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from corpus.synthesis import say

from probe_runner.voice.ear.sound import RATE, Samples

ASTERISK = Path("/usr/share/asterisk")
LAB = Path(__file__).parents[2] / "sambung" / "lab" / "prompts"
USUAL_DBFS = -21.0
"""What every recording is brought to while it sounds; calls then vary it."""
_SOUNDING = 0.01
_NO_WORDS = ("silence/", "beep", "ascending-", "descending-", "tt-monkeys")
"""Files among the recordings in which nobody says anything."""


class Half(StrEnum):
    """Rules are tuned and sounds are learned on one half; the other one reports."""

    TRAIN = "train"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Speaker:
    """One voice. ``folder``: of recordings by a person. ``program``, ``voice``: of a synthesiser."""

    name: str
    half: Half
    package: str
    folder: str = ""
    program: str = ""
    voice: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it can speak on this machine."""
        if self.program:
            return shutil.which(self.program) is not None
        return (ASTERISK / "sounds" / self.folder).is_dir()

    @property
    def is_person(self) -> bool:
        """A recorded human being."""
        return bool(self.folder)


@dataclass(frozen=True)
class Track:
    """One piece of hold music."""

    name: str
    half: Half

    @property
    def path(self) -> Path:
        """Where the package puts it."""
        return ASTERISK / "moh" / f"{self.name}.wav"


def _people(half: Half, *names: tuple[str, str, str]) -> list[Speaker]:
    return [Speaker(name, half, package, folder) for name, package, folder in names]


def _machines(half: Half, program: str, package: str, *voices: str) -> list[Speaker]:
    return [Speaker(f"{program}-{voice}", half, package, program=program, voice=voice) for voice in voices]


SPEAKERS = (
    *_people(
        Half.TRAIN,
        ("en", "asterisk-core-sounds-en-wav", "en_US_f_Allison"),
        ("es", "asterisk-core-sounds-es-wav", "es_MX_f_Allison"),
        ("it", "asterisk-core-sounds-it-wav", "it_IT_m_Carlo"),
    ),
    *_people(
        Half.UNSEEN,
        ("fr", "asterisk-core-sounds-fr-wav", "fr_CA_f_June"),
        ("ru", "asterisk-core-sounds-ru-wav", "ru_RU_f_IvrvoiceRU"),
        ("fr-armelle", "asterisk-prompt-fr-armelle", "fr"),
        ("it-menardi", "asterisk-prompt-it-menardi", "it_IT_f_Menardi"),
        ("es-co", "asterisk-prompt-es-co", "es"),
    ),
    *_machines(Half.TRAIN, "espeak-ng", "espeak-ng", "m1", "m2", "m3", "f1", "f2"),
    *_machines(Half.UNSEEN, "espeak-ng", "espeak-ng", "m4", "m5", "m6", "m7", "f3", "f4", "f5", "croak", "whisper"),
    *_machines(Half.TRAIN, "flite", "flite", "kal", "awb"),
    *_machines(Half.UNSEEN, "flite", "flite", "slt", "rms"),
)
TRACKS = (
    Track("macroform-cold_day", Half.TRAIN),
    Track("macroform-robot_dity", Half.TRAIN),
    Track("macroform-the_simplicity", Half.UNSEEN),
    Track("manolo_camp-morning_coffee", Half.UNSEEN),
    Track("reno_project-system", Half.UNSEEN),
)
MUSIC_PACKAGE = "asterisk-moh-opsound-wav"


def speakers(half: Half) -> list[Speaker]:
    """Who can speak here, of one half."""
    return [speaker for speaker in SPEAKERS if speaker.half is half and speaker.is_here]


def tracks(half: Half) -> list[Track]:
    """What can be played here, of one half."""
    return [track for track in TRACKS if track.half is half and track.path.is_file()]


def missing() -> list[str]:
    """The packages that are not installed, each once."""
    absent = [speaker.package for speaker in SPEAKERS if not speaker.is_here]
    absent += [MUSIC_PACKAGE for track in TRACKS if not track.path.is_file()]
    return sorted(set(absent))


def is_complete() -> bool:
    """Whether every speaker and every track is here: only then are the figures the corpus' own."""
    return not missing()


@cache
def clips(speaker: Speaker) -> dict[str, Path]:
    """A person's recordings by name; nothing for a synthesiser."""
    if not speaker.is_person:
        return {}
    folder = ASTERISK / "sounds" / speaker.folder
    found = sorted([*folder.rglob("*.wav"), *folder.rglob("*.gsm")])
    named = {str(path.relative_to(folder).with_suffix("")): path for path in found}
    return {name: path for name, path in named.items() if not name.startswith(_NO_WORDS)}


@cache
def lengths(speaker: Speaker) -> dict[str, float]:
    """How long each of a person's recordings is, in seconds (GSM 06.10: 33 bytes each 20 ms)."""
    return {name: _length_of(path) for name, path in clips(speaker).items()}


def _length_of(path: Path) -> float:
    if path.suffix == ".gsm":
        return path.stat().st_size / 33 / 50
    return max(0, path.stat().st_size - 44) / 2 / RATE


@cache
def clip(speaker: Speaker, name: str) -> Samples:
    """One recording of a person, or a text spoken by a synthesiser: trimmed, at the usual level."""
    if speaker.program:
        return levelled(trimmed(say(speaker.program, speaker.voice, name)))
    path = clips(speaker)[name]
    return levelled(trimmed(_read(path)))


@cache
def track(name: str) -> Samples:
    """A whole piece of hold music at the usual level."""
    return levelled(_read(ASTERISK / "moh" / f"{name}.wav"))


def lab(name: str) -> Samples:
    """One of the lab's own prompts, which every checkout has."""
    return _read(LAB / f"{name}.wav")


def _read(path: Path) -> Samples:
    if path.suffix == ".gsm":
        sound, _ = soundfile.read(path, samplerate=RATE, channels=1, format="RAW", subtype="GSM610", dtype="float32")
    else:
        sound, rate = soundfile.read(path, dtype="float32")
        if rate != RATE:
            raise ValueError(f"{path} has {rate} samples per second: {RATE} are needed")
    return sound


def trimmed(sound: Samples) -> Samples:
    """Without the silence at both ends, but for 20 ms: where a label begins, there is sound."""
    sounding = np.flatnonzero(np.abs(sound) > max(_SOUNDING, 0.02 * float(np.abs(sound).max(initial=0))))
    if not len(sounding):
        return sound
    return sound[max(0, sounding[0] - 160) : sounding[-1] + 160]


def levelled(sound: Samples, dbfs: float = USUAL_DBFS) -> Samples:
    """At a level, in dBFS over the parts that sound; never clipped."""
    sounding = sound[np.abs(sound) > _SOUNDING]
    if not len(sounding):
        return sound
    gain = 10 ** (dbfs / 20) / float(np.sqrt(np.mean(sounding**2)))
    gain = min(gain, 0.99 / float(np.abs(sound).max()))
    return (sound * gain).astype(np.float32)
