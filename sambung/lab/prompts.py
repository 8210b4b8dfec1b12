"""The recordings the IVR plays, as PCM in memory; it refuses to know when they are played."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "prompts"
RATE = 8000
FRAME_BYTES = 320  # 20 ms of 8 kHz 16-bit


def read_prompts(folder: Path = FOLDER) -> Mapping[str, bytes]:
    """Read every prompt, by the name of its file, padded to whole 20 ms frames.

    Raises:
        WrongPromptFormatError: a file that is not 8 kHz mono 16-bit.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.wav"))}


def _read(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        pcm = file.readframes(file.getnframes())
    if shape != (RATE, 1, 2):
        raise WrongPromptFormatError(path, shape)
    return pcm + bytes(-len(pcm) % FRAME_BYTES)


class WrongPromptFormatError(Exception):
    """A prompt in a format the telephone line does not carry."""

    def __init__(self, path: Path, shape: tuple[int, int, int]) -> None:
        super().__init__(f"{path.name} is {shape[0]} Hz, {shape[1]} channels, {8 * shape[2]} bits: need 8000, 1, 16")
        self.path, self.shape = path, shape
