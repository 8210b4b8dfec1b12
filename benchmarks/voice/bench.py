"""How many calls one machine judges at the same time, and what a call costs: ``python benchmarks/voice/bench.py``.

The other end is SIPp (Debian's sip-tester), another SIP stack in a process of its own, on this same machine. Each
round makes N calls that overlap, once bare (dialled and recorded, nothing heard, nothing judged) and once in full.
What is printed was measured in this run; SIPp's own share of the machine is printed beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the service; numpy reads it when it is loaded

import numpy as np
import soundfile
from cost import cpu_of, memory_of, our_cpu, pids

from probe_runner.probe import Outcome
from probe_runner.target import Target
from probe_runner.voice.call.line import open_line
from probe_runner.voice.probe import make_voice_probe
from shared.vocabulary import Result

HERE = Path(__file__).parent
PROMPTS = HERE.parents[1] / "sambung" / "lab" / "prompts"
RATE = 8000
GREETING_S, HOLD_S, PAUSE_S = 3.0, 24.0, 0.4
RAMP_S = 12.0
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
        return 100 * self.cpu_seconds / self.call_seconds

    @property
    def sipp_percent(self) -> float:
        """The same of the other end."""
        return 100 * self.sipp_cpu_seconds / self.call_seconds


async def run_round(calls: int, sipp: int, one: Callable[[int], Awaitable[float]]) -> Round:
    """Make the calls, begun evenly over the ramp; ``one`` returns how long its call was."""
    began_mb, _ = await asyncio.to_thread(memory_of, pids())
    began_cpu, began_sipp = our_cpu(), cpu_of(sipp)

    async def started(number: int) -> float:
        await asyncio.sleep(RAMP_S * number / calls)
        return await one(number)

    tasks = [asyncio.create_task(started(number)) for number in range(calls)]
    await asyncio.sleep(RAMP_S + 4)
    in_use, not_ours = await asyncio.to_thread(memory_of, pids())  # it takes the kernel a while
    seconds = await asyncio.gather(*tasks)
    await asyncio.sleep(1)
    cpu = our_cpu() - began_cpu - not_ours
    return Round(calls, sum(seconds), cpu, cpu_of(sipp) - began_sipp, (in_use - began_mb) / calls)


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


def report(plain: Round, full: Round) -> None:
    """Print what was measured in one pair of rounds."""
    measures = [outcome.measures for outcome in full.outcomes]
    waits = sorted(decision_s(outcome) for outcome in full.outcomes)
    passed = sum(outcome.agent.result is Result.PASSED for outcome in full.outcomes)
    packets = sum(figures.get("rtp_packets", 0.0) for figures in measures)
    lateness = max(figures.get("own_lateness_ms", math.inf) for figures in measures)
    print(f"\n{full.calls} calls at the same time")
    print(f"  CPU per call         bare {plain.percent:.2f} %, judged {full.percent:.2f} % of a core")
    print(f"  memory per call      bare {plain.memory_mb:.1f} MB, judged {full.memory_mb:.1f} MB")
    print(f"  passed               {passed}; other outcomes: {others(full.outcomes) or 'none'}")
    print(f"  packets lost         {sum(map(lost, measures))} of {packets:.0f}")
    print(f"  own lateness, worst  {lateness:.0f} ms")
    print(
        f"  decision             median {statistics.median(waits):.1f} s, worst {waits[-1]:.1f} s after the first word"
    )
    print(f"  late decisions       {sum(wait > LATE_S for wait in waits)} later than {LATE_S:g} s")
    print(f"  SIPp beside it       {full.sipp_percent:.2f} % per call; load {os.getloadavg()[0]:.1f}", flush=True)


def lost(measures: Mapping[str, float]) -> int:
    """Packets that never came, of a call."""
    share, packets = measures.get("rtp_loss_percent", 0.0) / 100, measures.get("rtp_packets", 0.0)
    return round(packets * share / (1 - share)) if share < 1 else 0


def others(outcomes: list[Outcome]) -> str:
    """What did not pass, and why."""
    said = Counter(f"{one.state}: {one.detail}"[:160] for one in outcomes if one.agent.result is not Result.PASSED)
    return "; ".join(f"{count} x {what}" for what, count in said.most_common(3))


def decision_s(outcome: Outcome) -> float:
    """Seconds from the agent's first word until we began to say who we are; infinite where we did not."""
    log = next(exhibit.data for exhibit in outcome.exhibits if exhibit.file == "probe.jsonl")
    entries = [json.loads(line) for line in log.splitlines()]
    told = [entry["at_s"] for entry in entries if entry.get("name") == "announced"]
    heard = [step.at_s for step in outcome.steps if step.name == "agent_heard"]
    return told[0] - heard[0] if told and heard else math.inf


def print_ready(ready: list[float]) -> None:
    """Print what all rounds have in common."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    first, *rest = ready
    print(f"worker ready in {first:.3f} s the first time, which starts the template; then median ", end="")
    print(f"{statistics.median(rest):.3f} s, worst {max(rest):.3f} s of {len(rest)}", flush=True)


async def main() -> None:
    """Every size, bare and in full."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 30, 60, 120])
    sizes = parser.parse_args().calls
    if shutil.which("sipp") is None:
        sys.exit("sipp is missing: install sip-tester")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        print_ready(await ready_in(folder))
        for calls in sizes:
            async with far_end(folder) as (address, sipp):
                plain = await run_round(calls, sipp, lambda number, at=address: bare(at, folder, number))
            async with far_end(folder) as (address, sipp):
                found: list[Outcome] = []
                target = target_at(address)
                full = await run_round(calls, sipp, lambda _, to=target, into=found: judged(to, folder, into))
                full.outcomes = found
            report(plain, full)


if __name__ == "__main__":
    asyncio.run(main())
