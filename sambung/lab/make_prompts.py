"""Makes the prompts of the lab's IVR; knows what is said and in which voice, not when.

Needs `espeak-ng` and `sox` on the machine and is only run when a text changes:
`python -m sambung.lab.make_prompts`. The files are 8 kHz mono 16-bit, what G.711 carries (ITU-T G.711).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FOLDER = Path(__file__).parent / "prompts"
BEAT_SECONDS = 0.25
BASS_SECONDS = 2.0
PEAK = 0.35


@dataclass(frozen=True)
class Voice:
    """An espeak-ng voice: its variant, speed in words a minute, pitch 0 to 99."""

    variant: str
    speed: int
    pitch: int


MACHINE = Voice("id+f2", 235, 55)
NETWORK = Voice("id+m1", 175, 35)
RINA = Voice("id+Alicia", 165, 70)
BUDI = Voice("id+m3", 160, 45)
SARI = Voice("id+f4", 155, 60)

MENU = "Untuk informasi tekan satu. Untuk berbicara dengan petugas kami, tekan sembilan."
SPOKEN = {
    "greeting": (MACHINE, f"Selamat datang di layanan kami. {MENU}"),
    "menu": (MACHINE, MENU),
    "information": (MACHINE, "Layanan kami buka setiap hari, dua puluh empat jam."),
    "unavailable": (MACHINE, "Maaf, pilihan tidak tersedia."),
    "transfer": (MACHINE, "Mohon tunggu, Anda akan dihubungkan dengan petugas kami."),
    "agent": (RINA, "Selamat siang, dengan Rina, ada yang bisa saya bantu?"),
    "wrong-prompt": (NETWORK, "Nomor yang Anda tuju tidak terdaftar. Silakan periksa kembali nomor tujuan Anda."),
    "queue": (MACHINE, "Semua petugas kami sedang melayani pelanggan lain. Mohon tetap menunggu."),
    "full": (MACHINE, "Maaf, antrean sedang penuh. Silakan hubungi kami beberapa saat lagi."),
    "maintenance": (MACHINE, "Mohon maaf, layanan sedang dalam pemeliharaan. Silakan coba kembali nanti."),
    "connecting": (NETWORK, "Panggilan Anda sedang dihubungkan. Mohon tunggu sebentar."),
    "agent-two": (BUDI, "Halo, selamat siang, saya Budi. Mohon maaf sudah menunggu, ada yang perlu saya bantu?"),
    "hello": (BUDI, "Halo?"),
    "like-agent": (SARI, "Selamat siang, terima kasih sudah menunggu. Sebentar lagi petugas kami akan membantu Anda."),
    "closed": (MACHINE, "Maaf, kami sedang tutup. Silakan hubungi kami kembali pada jam layanan."),
}

# What an Indonesian exchange sends (ITU-T E.180, supplement 2): 425 Hz, seconds of sound and of pause.
TONE_HZ, TONE_LEVEL = 425.0, 0.25
CADENCES = {"ringback-tone": (1.0, 4.0), "busy-tone": (0.5, 0.5), "congestion-tone": (0.25, 0.25)}
MILLIWATT_HZ = 1_004.0

# I - vi - IV - V in C, each chord held for two seconds: bass, then the notes the arpeggio walks up and down.
CHORDS = (
    (130.81, (261.63, 329.63, 392.00, 523.25)),
    (110.00, (220.00, 261.63, 329.63, 440.00)),
    (87.31, (174.61, 220.00, 261.63, 349.23)),
    (98.00, (196.00, 246.94, 293.66, 392.00)),
)
WALK = (0, 1, 2, 3, 2, 3, 1, 2)


def speak(voice: Voice, text: str, target: Path) -> None:
    """Speak a text into an 8 kHz file, trimmed of silence and levelled to -3 dBFS."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.wav"
        speed, pitch = str(voice.speed), str(voice.pitch)
        _run("espeak-ng", "-v", voice.variant, "-s", speed, "-p", pitch, "-w", str(raw), text)
        without_head = ["silence", "1", "0.02", "0.5%"]
        effects = ["highpass", "120", *without_head, "reverse", *without_head, "reverse", "pad", "0.02", "0.05"]
        # -D: no dither, so that the same text gives the same file.
        _run("sox", "-D", str(raw), "-r", str(RATE), "-c", "1", "-b", "16", str(target), *effects, "norm", "-3")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603  the words are this file's own


def pluck(frequency: float, seconds: float, decay: float) -> NDArray[np.float64]:
    """A plucked string: four harmonics that fade, the higher ones faster."""
    t = np.arange(int(seconds * RATE)) / RATE
    parts = [np.sin(2 * np.pi * frequency * n * t) * np.exp(-decay * n * t) / n**1.5 for n in range(1, 5)]
    string: NDArray[np.float64] = np.sum(parts, axis=0) * np.minimum(1, t / 0.005)
    return string


def hold_music() -> NDArray[np.float64]:
    """Eight seconds of arpeggio over four chords, made to loop: what rings past the end starts the file."""
    length = int(len(CHORDS) * BASS_SECONDS * RATE)
    song = np.zeros(length)

    def add(note: NDArray[np.float64], at: float) -> None:
        places = (int(at * RATE) + np.arange(len(note))) % length
        song[places] += note

    for bar, (bass, notes) in enumerate(CHORDS):
        start = bar * BASS_SECONDS
        add(0.7 * pluck(bass, 2.2, 1.2), start)
        for voice in notes[:3]:
            add(0.25 * pluck(voice, 2.2, 0.9), start)
        for step, index in enumerate(WALK):
            add(0.6 * pluck(2 * notes[index], 0.9, 3.5), start + step * BEAT_SECONDS)
    levelled: NDArray[np.float64] = song / np.max(np.abs(song)) * PEAK
    return levelled


def tone(frequency: float, sound: float, pause: float) -> NDArray[np.float64]:
    """One round of a tone that comes and goes; both in seconds. It begins and ends softly, so that it never clicks."""
    t = np.arange(int(sound * RATE)) / RATE
    edge = np.minimum(1, np.minimum(t, sound - t) / 0.005)
    return np.concatenate([TONE_LEVEL * edge * np.sin(2 * np.pi * frequency * t), np.zeros(int(pause * RATE))])


def write_wav(samples: NDArray[np.float64], target: Path) -> None:
    """Write samples between -1 and 1 as 8 kHz mono 16-bit."""
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def main() -> None:
    """Make every prompt anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, (voice, text) in SPOKEN.items():
        speak(voice, text, FOLDER / f"{name}.wav")
    write_wav(hold_music(), FOLDER / "hold.wav")
    for name, (sound, pause) in CADENCES.items():
        write_wav(tone(TONE_HZ, sound, pause), FOLDER / f"{name}.wav")
    write_wav(tone(MILLIWATT_HZ, 1.0, 0.0), FOLDER / "milliwatt.wav")
    for path in sorted(FOLDER.glob("*.wav")):
        sys.stdout.write(f"{path.name} {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
