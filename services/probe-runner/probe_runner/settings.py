"""What the probe-runner needs beside the house's settings: where its plan lies and how many tests it runs at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.settings import Settings


class ProbeRunnerSettings(Settings):
    """``SAMBUNG_PLAN``: the plan file; ``SAMBUNG_CONCURRENCY``: tests at the same time in this process."""

    service: str = "probe-runner"
    plan: Path = Path("plan.toml")
    concurrency: Annotated[int, Field(ge=1, le=64)] = 3

    @property
    def references(self) -> Path:
        """The folder that the plan's sound files are relative to."""
        return self.plan.resolve().parent
