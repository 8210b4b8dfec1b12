"""The other side of a call, on a SIP stack that is not ours (baresip): answers, sends a tone, hears keys and tones.

A process of its own, because the stack is one for each process. Its argument is a JSON object: ``host``,
``transport``, ``codecs``, ``mediaenc`` (the stack's own word, or ""), ``certificate`` (PEM with its key, or "").
It prints JSON lines: ``listening``, ``call``, ``digit``, ``over``.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
from contextlib import suppress
from typing import Any

import numpy as np
from baresip import Account, AudioInfo, Config, Event, Runtime, UserAgent
from baresip.errors import AudioNotActive, AudioRestarted, BaresipError

TONE_HZ = 700
RATE = 8_000
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")
BLOCK = 400
"""50 ms: 20 Hz wide, which keeps all eight frequencies of a telephone's keys apart."""
LOUD_DBFS = -35.0


def tell(event: str, **more: Any) -> None:
    print(json.dumps({"event": event, **more}), flush=True)  # noqa: T201  its way to speak


def level(block: np.ndarray, hz: float) -> float:
    """Of one frequency, in dBFS, as Goertzel's filter gives it."""
    turns = np.exp(-2j * np.pi * hz / RATE * np.arange(len(block)))
    amplitude = 2 * abs(np.dot(block, turns)) / len(block) / 32_768
    return float(20 * np.log10(max(amplitude, 1e-9)))


def free_port(address: str) -> int:
    """A port that nobody has at this moment, nor the one after it, where the stack puts TLS."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_DGRAM) as first, socket.socket(family, socket.SOCK_STREAM) as second:
            first.bind((address, 0))
            port = int(first.getsockname()[1])
            with suppress(OSError):
                second.bind((address, port + 1))
                return port


def halved(samples: np.ndarray, rate: int) -> np.ndarray:
    """The same at 8 kHz: of two samples their mean."""
    return samples if rate == RATE else samples[: len(samples) // 2 * 2].reshape(-1, 2).mean(axis=1)


def keys_in(samples: np.ndarray) -> tuple[str, float]:
    """The keys that sound in a recording (ITU-T Q.23), and the level of their fainter tones in dBFS."""
    keys, levels, last = "", [], ""
    for start in range(0, len(samples) - BLOCK, BLOCK // 2):
        block = samples[start : start + BLOCK]
        row, column = ([level(block, hz) for hz in tones] for tones in (ROWS, COLUMNS))
        key = KEYS[int(np.argmax(row))][int(np.argmax(column))] if min(max(row), max(column)) > LOUD_DBFS else ""
        if key:
            levels.append(min(max(row), max(column)))
        keys, last = keys + (key if key != last else ""), key
    return keys, max(levels, default=-99.0)


def tone(stream: AudioInfo) -> bytes:
    """As much of an endless tone as keeps a fifth of a second waiting: whole turns, so that pieces fit together."""
    rate = stream.tx_sample_rate
    if not rate or stream.tx_buffered > rate * 2 // 5:
        return b""
    return (8_000 * np.sin(2 * np.pi * TONE_HZ / rate * np.arange(rate // 10))).astype("<i2").tobytes()


async def talk(call: Any) -> None:
    """Answer, send a tone, and keep what comes in until the call is over."""
    over, heard, rate = asyncio.Event(), bytearray(), RATE
    call.on(lambda event: over.set() if event.event is Event.CALL_CLOSED else None)
    call.on_dtmf(lambda digit: tell("digit", digit=digit.digit))
    await call.answer()
    while not over.is_set():
        with suppress(AudioNotActive, AudioRestarted, BaresipError):
            heard += call.audio.read(65_536)
            rate = call.audio.info().rx_sample_rate or rate
            call.audio.write(tone(call.audio.info()))
        await asyncio.sleep(0.02)
    samples = halved(np.frombuffer(bytes(heard[: len(heard) // 2 * 2]), "<i2").astype(float), rate)
    keys, loudest = keys_in(samples)
    tell("over", heard_s=len(samples) / RATE, rate=rate, keys=keys, key_dbfs=round(loudest, 1))


async def main(given: dict[str, Any]) -> None:
    runtime, host = Runtime(), given["host"]
    port = free_port(host.strip("[]"))
    more = [f"sip_listen {host}:{port}", f"sip_transports {given['transport']}", "rtp_ports 30000-31000"]
    if given["certificate"]:
        more.append(f"sip_certificate {given['certificate']}")
    await runtime.start(
        Config(net_interface=host.strip("[]"), audio_driver="aumem", extra_config_text="\n".join(more) + "\n")
    )
    listening = port + 1 if given["transport"] == "tls" else port
    encryption = (f"mediaenc={given['mediaenc']}",) if given["mediaenc"] else ()
    account = Account(
        user="1500600",
        domain=f"{host}:{listening}",
        password="",
        reg_interval=0,
        transport=given["transport"],
        audio_codecs=tuple(given["codecs"]),
        extra_params=encryption,
    )
    agent = await UserAgent.create(runtime, account, transfer_policy="reject")
    tasks = set()

    def ring(call: Any) -> None:
        tell("call", caller=str(call.peer))
        tasks.add(asyncio.ensure_future(talk(call)))

    agent.on_incoming(ring)
    tell("listening", port=listening)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        asyncio.run(main(json.loads(sys.argv[1])))
