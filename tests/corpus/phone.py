"""The far end of a call as a script sees it: what it can send, signal and hear. Time is the sound's, never a clock's.

A script is a generator; each frame it yields is 20 ms of the call: samples, or nothing sent (``None``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from probe_runner.voice.ear.sound import HOP, HOP_S, RATE, Samples
from probe_runner.voice.timeline import Sign, Signalling, SignName

Frames = Iterator[Samples | None]


@dataclass
class Phone:
    """One call's far end; ``now_s`` is kept by whoever carries its frames."""

    now_s: float = 0.0
    said: Signalling = field(default_factory=Signalling)
    keys: int = 0
    told_until_s: float = 0.0
    """We say who we are, up to here."""
    agent_here_s: float | None = None
    """An agent has been connected."""
    agent_word_s: float | None = None
    """The agent's first word."""
    labels: list[tuple[float, str]] = field(default_factory=list)
    """What happened when, for whoever looks at the call."""

    @property
    def is_being_told(self) -> bool:
        """Whether we are speaking now."""
        return self.now_s < self.told_until_s

    def note(self, label: str) -> None:
        """Say what is going on."""
        self.labels.append((self.now_s, label))

    def ring(self) -> None:
        """180 Ringing."""
        self.said = replace(self.said, ringing_s=self.now_s)

    def progress(self) -> None:
        """183 with media: what is sent from now on is heard before any answer."""
        self.sign(SignName.PROGRESS)
        self.said = replace(self.said, recording_s=self.now_s)

    def answer(self) -> None:
        """200 OK."""
        begun = self.said.recording_s if self.said.recording_s is not None else self.now_s
        self.said = replace(self.said, answered_s=self.now_s, recording_s=begun, code=200, reason="OK")
        self.note("answer")

    def end(self, code: int = 200, reason: str = "OK", *, is_local: bool = False) -> None:
        """A final refusal before the answer, a BYE after it."""
        self.said = replace(self.said, ended_s=self.now_s, code=code, reason=reason, is_local=is_local)
        self.note("end")

    def sign(self, name: SignName, note: str = "") -> None:
        """Signal something else."""
        self.said = replace(self.said, signs=(*self.said.signs, Sign(name, self.now_s, note)))

    def agent_here(self) -> None:
        """An agent is connected now, whether or not he speaks."""
        if self.agent_here_s is None:
            self.agent_here_s = self.now_s
            self.note("agent connected")

    def agent_word(self) -> None:
        """The agent begins to speak now."""
        self.agent_here()
        self.agent_word_s = self.now_s if self.agent_word_s is None else self.agent_word_s
        self.note("agent speaks")

    def play(self, sound: Samples, label: str = "", *, until: Callable[[], bool] | None = None) -> Frames:
        """Send a sound, to its end or until something happens."""
        if label:
            self.note(label)
        for start in range(0, len(sound), HOP):
            if until is not None and until():
                return
            frame = sound[start : start + HOP]
            yield frame if len(frame) == HOP else np.pad(frame, (0, HOP - len(frame)))

    def loop(self, sound: Samples, seconds: float, label: str = "", *, start_s: float = 0.0) -> Frames:
        """Send a sound over and over for a time, from some place in it on."""
        if label:
            self.note(label)
        places = np.arange(HOP) + int(start_s * RATE)
        for frame in range(round(seconds / HOP_S)):
            yield sound[(places + frame * HOP) % len(sound)]

    def quiet(self, seconds: float, label: str = "", *, until: Callable[[], bool] | None = None) -> Frames:
        """Send silence."""
        if label:
            self.note(label)
        for _ in range(round(seconds / HOP_S)):
            if until is not None and until():
                return
            yield np.zeros(HOP, np.float32)

    def nothing(self, seconds: float, label: str = "", *, until: Callable[[], bool] | None = None) -> Frames:
        """Send no packet at all."""
        if label:
            self.note(label)
        for _ in range(round(seconds / HOP_S)):
            if until is not None and until():
                return
            yield None
