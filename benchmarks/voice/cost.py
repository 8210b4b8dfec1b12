"""What processes cost: CPU seconds and memory, as Linux counts them in /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of its children that have ended and were collected; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(fields[index]) for index in (11, 12, 13, 14)) / TICKS


def pids() -> set[int]:
    """This process and everything it started that still runs, SIPp left out."""
    found, left = set(), [os.getpid()]
    while left:
        pid = left.pop()
        found.add(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                left += [int(child) for child in task.read_text(encoding="ascii").split()]
            except OSError:
                continue
    return {pid for pid in found if not _is_sipp(pid)}


def _is_sipp(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "sipp"
    except OSError:
        return True


def our_cpu() -> float:
    """CPU seconds of the prober: this process, the calls' template, the calls that run and those it has collected."""
    return sum(cpu_of(pid) for pid in pids())


def memory_of(processes: set[int]) -> tuple[float, float]:
    """Their proportional set size in MB, and the CPU seconds that it took to have it added up.

    What processes share is divided among them.
    """
    began = time.thread_time()
    return sum(_pss_mb(pid) for pid in processes), time.thread_time() - began


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:")), 0.0)
