"""What the probe-runner needs beside the house's settings: where its plan lies and how many tests it runs at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from probe_runner.secrets import Secrets
from shared.settings import Settings


class ProbeRunnerSettings(Settings):
    """``SAMBUNG_PLAN``: the plan file; ``SAMBUNG_CONCURRENCY``: tests at the same time in this process.

    ``SAMBUNG_SECRETS_DIR``: the folder of the secrets that the plan names ``file:...``; by default ``secrets``
    beside the data.
    """

    service: str = "probe-runner"
    plan: Path = Path("plan.toml")
    concurrency: Annotated[int, Field(ge=1, le=64)] = 3
    secrets_dir: Path | None = None

    @property
    def references(self) -> Path:
        """The folder that the plan's sound files are relative to."""
        return self.plan.resolve().parent

    @property
    def secrets(self) -> Secrets:
        """What the plan's references to secrets stand for."""
        return Secrets(self.secrets_dir or self.data_dir.resolve().parent / "secrets")
