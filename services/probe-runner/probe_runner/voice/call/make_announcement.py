"""Makes ``announcement.wav``, what the probe says to an agent: ``python -m probe_runner.voice.call.make_announcement``.

Needs espeak-ng (Debian: ``apt-get install espeak-ng``). The file is committed, so this is run only to change it.
"""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from probe_runner.voice.ear.listener import at_telephone_rate
from probe_runner.voice.ear.sound import RATE

WORDS = "Panggilan uji sistem. Terima kasih."
TARGET = Path(__file__).with_name("announcement.wav")
PEAK = 0.5
QUIET = 0.01


def main() -> None:
    """Speak, bring it to the telephone's rate, cut the silence off, and write it."""
    spoken = ["espeak-ng", "-v", "id", "-s", "200", "--stdout", WORDS]
    wav = subprocess.run(spoken, check=True, capture_output=True).stdout  # noqa: S603  our own words
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    samples = at_telephone_rate(samples, rate)
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    samples = samples[loud[0] : loud[-1] + RATE // 20]
    soundfile.write(TARGET, samples * (PEAK / np.abs(samples).max()), RATE, subtype="PCM_16")


if __name__ == "__main__":
    main()
