"""A service's own command, run beside us: we start programs and import none of them."""

from __future__ import annotations

import os
import subprocess
import sys


def call_service(package: str, words: list[str], environment: dict[str, str] | None = None) -> int:
    """Start a service's own command, in the same terminal, with the same Python; its exit code."""
    return subprocess.call(command_of(package, words), env={**os.environ, **(environment or {})})  # noqa: S603  our own


def command_of(package: str, words: list[str]) -> list[str]:
    """The command line of a service's own command."""
    return [sys.executable, "-m", package, *words]
