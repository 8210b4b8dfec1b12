"""What happened in a test, told while it happens and kept in order: its steps, and the log of everything."""

from __future__ import annotations

from typing import Any

from probe_runner.probe import OnStep
from probe_runner.voice.call.line import Event
from shared.vocabulary import Step

MOST_LINES = 2_000
SILENT = {"alive", "gap"}
"""Said again and again; what it amounts to is in the call's timeline."""


class Journal:
    """All times in monotonic seconds; what is told and kept is in seconds since ``began``."""

    def __init__(self, began: float, on_step: OnStep) -> None:
        self._began, self._on_step = began, on_step
        self._steps: dict[str, Step] = {}
        self.lines: list[dict[str, Any]] = []

    def __contains__(self, name: str) -> bool:
        return name in self._steps

    @property
    def steps(self) -> tuple[Step, ...]:
        """In the order in which they happened."""
        return tuple(sorted(self._steps.values(), key=lambda step: step.at_s))

    def step(self, name: str, at: float, note: str = "") -> None:
        """Tell of a step, the first time it is said to have happened."""
        if name in self._steps:
            return
        step = Step(name=name, at_s=round(max(0.0, at - self._began), 3), note=note)
        self._steps[name] = step
        self.lines.append({"step": name, "at_s": step.at_s, "note": note})
        self._on_step(step)

    def note(self, event: Event) -> None:
        """Keep what the call's process said."""
        if event.name not in SILENT:
            self.line({"event": event.name, "at_s": round(event.at - self._began, 3), **event.body})

    def line(self, entry: dict[str, Any]) -> None:
        """Keep a line of the log, if there are not too many."""
        if len(self.lines) < MOST_LINES:
            self.lines.append(entry)
