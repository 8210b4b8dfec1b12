"""The plan file and the sound files beside it. Knows no bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe_runner.plan import LARGEST, Plan, read_plan

if TYPE_CHECKING:
    from pathlib import Path

Fingerprint = tuple[int, int, int]


def load_plan(file: Path) -> Plan:
    """Read and check a plan and its sound files. Raises ``PlanRefused``, or ``OSError`` when it cannot be read."""
    with file.open("rb") as stream:
        text = stream.read(LARGEST + 1)
    folder = file.resolve().parent
    return read_plan(text, str(file), lambda path: (folder / path).is_file())


def fingerprint(file: Path) -> Fingerprint | None:
    """What differs once the file was changed or replaced; None when it is not there."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
