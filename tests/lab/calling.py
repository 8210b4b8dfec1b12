"""Places real calls to the lab from pjsua2 and hears what came; helpers for the lab's tests."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from lab.listening import RATE, find_each, loudness, read_wav

from sambung.lab.make_prompts import FOLDER

CALLER = Path(__file__).with_name("caller.py")
ALIKE = 0.8
PIECE = 4 * RATE // 10
QUIET = 200
CALLS_PER_PROCESS = 4  # what the pjsua2 wheel was built for


@dataclass
class Order:
    """A call to place: when to give up, and which digits to press how long after the answer."""

    uri: str
    seconds: float
    press: list[tuple[float, str, str]] = field(default_factory=list)


@dataclass
class Heard:
    """What a caller saw and heard of one call."""

    codes: list[int]
    answered_after: float | None
    ended_after: float | None
    ended_by_far_end: bool
    served: list[tuple[str, int]]
    sound: np.ndarray

    def at(self, prompt: str) -> float | None:
        """Find the second at which a prompt begins, or None when none of it was heard."""
        places = self._places(prompt)
        return places[0] if places else None

    def share(self, prompt: str) -> float:
        """Tell how much of a prompt was heard, 0 to 1."""
        return len(self._places(prompt)) / len(pieces(prompt))

    def _places(self, prompt: str) -> list[float]:
        begins, sounds = zip(*pieces(prompt), strict=True)
        found = zip(find_each(self.sound, list(sounds)), begins, strict=True)
        return [place - begin for (likeness, place), begin in found if likeness > ALIKE]

    def loudness(self) -> float:
        """Tell how loud the call was, root mean square in 16-bit steps."""
        return loudness(self.sound, 0, len(self.sound) / RATE)

    def loudness_at_the_end(self) -> float:
        """Tell how loud the last second was."""
        seconds = len(self.sound) / RATE
        return loudness(self.sound, seconds - 1, seconds)


def pieces(prompt: str) -> list[tuple[float, np.ndarray]]:
    """Cut a prompt into overlapping pieces, without its pauses: (second it begins at, sound).

    Short, because a frame that the caller's jitter buffer inserts or drops spoils the piece it falls into.
    """
    sound = read_wav(FOLDER / f"{prompt}.wav")
    cut = [(at / RATE, sound[at : at + PIECE]) for at in range(0, len(sound) - PIECE + 1, PIECE // 2)]
    return [(begins, piece) for begins, piece in cut if loudness(piece, 0, 1) > QUIET]


def place(orders: list[Order], folder: Path) -> list[Heard]:
    """Place all calls at once, four to a process, and wait until the last has ended."""
    groups = [orders[at : at + CALLS_PER_PROCESS] for at in range(0, len(orders), CALLS_PER_PROCESS)]
    wavs = [folder / f"call-{number}.wav" for number in range(len(orders))]
    running = []
    for number, group in enumerate(groups):
        process = subprocess.Popen([sys.executable, CALLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        names = wavs[number * CALLS_PER_PROCESS :]
        text = json.dumps([{**vars(order), "wav": str(wav)} for order, wav in zip(group, names, strict=False)])
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        running.append(process)
    reports = []
    for process in running:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        reports += json.loads(output.splitlines()[-1])
    silence = np.zeros(0)
    sounds = [read_wav(wav) if wav.exists() else silence for wav in wavs]
    return [Heard(**report, sound=sound) for report, sound in zip(reports, sounds, strict=True)]
