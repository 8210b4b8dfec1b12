import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from sambung.children import Child

FOREVER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
WITH_GRANDCHILD = (
    "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "print(p.pid, flush=True); time.sleep(600)"
)


@pytest.fixture
def said():
    return []


async def until(condition, seconds=15):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False


async def test_a_crashed_child_is_begun_again_and_says_so(said):
    child = Child("one", [sys.executable, "-c", FOREVER])
    keeping = asyncio.create_task(child.keep(lambda *words: said.append(words)))
    await until(lambda: ("one", "up") in said)
    first = child.process.pid

    os.kill(first, signal.SIGKILL)
    await until(lambda: said.count(("one", "up")) == 2)

    assert child.process.pid != first
    assert child.restarts == 1
    assert "SIGKILL" in child.trouble
    keeping.cancel()
    await child.stop()


async def test_the_pause_grows_while_it_keeps_failing(said):
    child = Child("one", [sys.executable, "-c", "raise SystemExit(3)"])
    keeping = asyncio.create_task(child.keep(lambda *words: said.append(words)))

    await until(lambda: len(said) >= 3)

    assert [words.rsplit(" in ", 1)[1] for _, words in said[:3]] == ["0.5 s", "1 s", "2 s"]
    assert "exit code 3" in said[0][1]
    keeping.cancel()
    await child.stop()


async def test_a_child_that_will_not_end_is_killed(said, monkeypatch):
    monkeypatch.setattr("sambung.children.KINDLY_S", 0.3)
    child = Child("one", [sys.executable, "-c", STUBBORN])
    keeping = asyncio.create_task(child.keep(lambda *words: said.append(words)))
    await until(lambda: ("one", "up") in said)

    keeping.cancel()
    await child.stop()

    assert not is_alive(child.process.pid)


async def test_what_a_child_started_ends_with_it(said):
    child = Child("one", [sys.executable, "-c", WITH_GRANDCHILD])
    keeping = asyncio.create_task(child.keep(lambda *words: said.append(words)))
    await until(lambda: said)
    grandchild = int(said[0][1])

    keeping.cancel()
    await child.stop()

    await until(lambda: not is_alive(grandchild))


async def test_a_line_without_end_does_not_stop_the_log(said):
    endless = "print('x' * 3_000_000); print('after', flush=True); import time; time.sleep(600)"
    child = Child("one", [sys.executable, "-c", endless])
    keeping = asyncio.create_task(child.keep(lambda *words: said.append(words)))

    await until(lambda: ("one", "after") in said or any(words.endswith("after") for _, words in said))

    keeping.cancel()
    await child.stop()
