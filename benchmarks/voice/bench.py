"""How many calls one machine judges at the same time, and what a call costs: ``python benchmarks/voice/bench.py``.

The other end is SIPp (Debian's sip-tester), another SIP stack in a process of its own, on this same machine. Each
round makes N calls that overlap, once bare (dialled and recorded, nothing heard, nothing judged) and once in full.
What is printed was measured in this run; SIPp's own share of the machine is printed beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from probe_runner.probe import Outcome
from probe_runner.target import Target
from probe_runner.voice.call.line import open_line
from probe_runner.voice.probe import make_voice_probe

HERE = Path(__file__).parent
PROMPTS = HERE.parents[1] / "sambung" / "lab" / "prompts"
RATE = 8000
GREETING_S, HOLD_S, PAUSE_S = 3.0, 24.0, 0.4
RAMP_S = 12.0
TICKS = os.sysconf("SC_CLK_TCK")
LATE_S = 4.0
"""A decision later than this after the agent's first word is late: two windows of recognition."""


# --- the other end ----------------------------------------------------------------------------------------------


def call_sound() -> np.ndarray:
    """What the caller hears, in 8 kHz samples: the IVR reacts where the probe usually presses."""
    prompts = {path.stem: soundfile.read(path, dtype="float32")[0] for path in PROMPTS.glob("*.wav")}
    pause = np.zeros(int(PAUSE_S * RATE), np.float32)
    hold = np.tile(prompts["hold"], 9)[: int(HOLD_S * RATE)]
    greeting = prompts["greeting"][: int(GREETING_S * RATE)]
    tail = np.zeros(30 * RATE, np.float32)
    return np.concatenate([greeting, pause, prompts["transfer"], hold, pause, prompts["agent"], tail])


@asynccontextmanager
async def far_end(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """SIPp as the access code; gives its address and process id."""
    sound = folder / "call.alaw"
    soundfile.write(sound, call_sound(), RATE, format="RAW", subtype="ALAW")
    shutil.copy(HERE / "answers.xml", folder)
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", "answers.xml", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port), "-mp", "40000"),
        *("-nostdin", "-rtp_threadtasks", "60"),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await asyncio.sleep(1)
        yield f"sip:1500600@127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- one round --------------------------------------------------------------------------------------------------


@dataclass
class Round:
    """What one round of calls cost."""

    calls: int
    call_seconds: float = 0.0
    cpu_seconds: float = 0.0
    sipp_cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """CPU per call, in percent of one core while the call lasts."""
        return 100 * self.cpu_seconds / self.call_seconds if self.call_seconds else 0.0


async def run_round(calls: int, sipp: int, one: Callable[[int], Awaitable[float]]) -> Round:
    """Make the calls, begun evenly over the ramp; ``one`` returns how long its call was."""
    began_cpu, began_sipp = ours(), cpu_of(sipp)
    before = pids()

    async def started(number: int) -> float:
        await asyncio.sleep(RAMP_S * number / calls)
        return await one(number)

    tasks = [asyncio.create_task(started(number)) for number in range(calls)]
    await asyncio.sleep(RAMP_S + 4)
    memory = _memory_mb(before, calls)
    seconds = await asyncio.gather(*tasks)
    await asyncio.sleep(1)
    return Round(calls, sum(seconds), ours() - began_cpu, cpu_of(sipp) - began_sipp, memory)


async def bare(address: str, folder: Path, number: int) -> float:
    """A call that is recorded and not listened to, as long as a judged one."""
    own = folder / f"bare-{number}"
    own.mkdir()
    began = time.monotonic()
    async with open_line(own) as line:
        await line.dial(address, "sambung", 120)
        await asyncio.sleep(GREETING_S + HOLD_S + 8)
    shutil.rmtree(own)
    return time.monotonic() - began


async def judged(target: Target, folder: Path, found: list[Outcome]) -> float:
    """A call in full, as the service makes it."""
    began = time.monotonic()
    found.append(await make_voice_probe(folder)(target, PROMPTS, lambda _: None))
    return time.monotonic() - began


def target_at(address: str) -> Target:
    """The plan of that access code."""
    sounds = {"greeting": "greeting.wav", "transfer": "transfer.wav", "hold_music": "hold.wav"}
    voice = {"press": "9", **sounds, "agent_greeting": "agent.wav", "agent_within_s": 60}
    given = {"id": "bench", "name": "Bench", "channel": "voice", "address": address, "voice": voice}
    return Target.model_validate(given)


# --- what it cost -----------------------------------------------------------------------------------------------


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of its children that have ended; 0 when it is gone."""
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


def ours() -> float:
    """CPU seconds of the prober: this process, the calls' template, the calls that run and those that have ended."""
    return sum(cpu_of(pid) for pid in pids())


def _memory_mb(before: set[int], calls: int) -> float:
    """Proportional set size of the calls' own processes, each."""
    sizes = [_pss_mb(pid) for pid in pids() - before]
    return sum(sizes) / calls if sizes else 0.0


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:")), 0.0)


async def ready_in(folder: Path, times: int = 10) -> list[float]:
    """Seconds from asking for a worker to its call being dialled, one after another."""
    found = []
    for number in range(times):
        own = folder / f"ready-{number}"
        own.mkdir()
        began = time.monotonic()
        async with open_line(own) as line:
            await line.dial("sip:nobody@127.0.0.1:9", "sambung", 5)
            while not any(event.name == "dialled" for event in await line.stirred(1)):
                pass
            found.append(time.monotonic() - began)
    return found


# --- the report -------------------------------------------------------------------------------------------------


def report(rows: list[tuple[Round, Round]], ready: list[float]) -> None:
    """Print what was measured."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    print(f"worker ready: median {statistics.median(ready):.3f} s, worst {max(ready):.3f} s of {len(ready)}")
    head = ("calls", "bare CPU", "judged CPU", "bare MB", "judged MB", "passed", "lost", "decision", "late", "SIPp CPU")
    print("  ".join(f"{name:>10}" for name in head))
    for plain, full in rows:
        lost = sum(outcome.measures.get("rtp_loss_percent", 100.0) > 0 for outcome in full.outcomes)
        waits = sorted(decision_s(outcome) for outcome in full.outcomes)
        figures = (
            str(full.calls),
            f"{plain.percent:.2f} %",
            f"{full.percent:.2f} %",
            f"{plain.memory_mb:.1f}",
            f"{full.memory_mb:.1f}",
            str(sum(outcome.state == "agent_confirmed" for outcome in full.outcomes)),
            f"{lost} calls",
            f"{statistics.median(waits):.1f} s",
            str(sum(wait > LATE_S for wait in waits)),
            f"{100 * full.sipp_cpu_seconds / full.call_seconds:.2f} %",
        )
        print("  ".join(f"{figure:>10}" for figure in figures))


def decision_s(outcome: Outcome) -> float:
    """Seconds from the agent's first word to the verdict; infinite where there was none."""
    steps = {step.name: step.at_s for step in outcome.steps}
    decided = steps.get("announced", steps.get("hung_up", float("inf")))
    return decided - steps["agent_heard"] if "agent_heard" in steps else float("inf")


async def main() -> None:
    """Every size, bare and in full."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 30, 60, 120])
    sizes = parser.parse_args().calls
    if shutil.which("sipp") is None:
        sys.exit("sipp is missing: install sip-tester")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        ready = await ready_in(folder)
        rows = []
        for calls in sizes:
            async with far_end(folder) as (address, sipp):
                plain = await run_round(calls, sipp, lambda number, at=address: bare(at, folder, number))
            async with far_end(folder) as (address, sipp):
                found: list[Outcome] = []
                target = target_at(address)
                full = await run_round(calls, sipp, lambda _, to=target, into=found: judged(to, folder, into))
                full.outcomes = found
            print(f"{calls} calls done", file=sys.stderr)
            rows.append((plain, full))
        report(rows, ready)


if __name__ == "__main__":
    asyncio.run(main())
