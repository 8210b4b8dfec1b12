"""A call's process seen from outside: there at once, alone in its death, and never left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from voice.gate import Gate, opened

from probe_runner.voice.call.line import open_line
from probe_runner.voice.call.selfcall import trouble_of_own_line
from probe_runner.voice.call.switchboard import template_pid


def folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    return made


def is_there(pid: int) -> bool:
    """Whether it runs. One that has ended but is never collected, in a container without an init, has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until_gone(*pids: int) -> None:
    async with asyncio.timeout(15):
        while any(is_there(pid) for pid in pids):
            await asyncio.sleep(0.05)


async def test_two_calls_are_two_copies_of_one_template(tmp_path):
    async with open_line(folder(tmp_path, "a")) as one, open_line(folder(tmp_path, "b")) as other:
        assert one.pid != other.pid
        parents = {Path(f"/proc/{pid}/stat").read_text("ascii").split()[3] for pid in (one.pid, other.pid)}
        assert parents == {str(template_pid())}
    await until_gone(one.pid, other.pid)


async def test_a_call_process_loads_nothing_big_and_gets_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("SAMBUNG_NATS_PASSWORD", "very secret")
    os.kill(template_pid() or 0, signal.SIGKILL) if template_pid() else None
    async with open_line(folder(tmp_path, "a")) as line:
        maps = Path(f"/proc/{line.pid}/maps").read_text("utf-8")
        environment = Path(f"/proc/{line.pid}/environ").read_bytes()
    assert "_pjsua2" in maps
    assert not [big for big in ("numpy", "scipy", "soundfile", "pydantic") if big in maps]
    assert b"very secret" not in environment


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
async def test_the_death_of_one_call_process_is_told_and_costs_no_other(tmp_path, number):
    async with open_line(folder(tmp_path, "a")) as one, open_line(folder(tmp_path, "b")) as other:
        os.kill(one.pid, number)
        assert await one.how_it_ended() == f"by {number.name}"
        assert is_there(other.pid)
        assert not other.is_gone


async def test_a_template_that_died_is_replaced_and_its_calls_go_on(tmp_path):
    async with open_line(folder(tmp_path, "a")) as one:
        before = template_pid()
        os.kill(before, signal.SIGKILL)
        await asyncio.sleep(0.1)
        async with open_line(folder(tmp_path, "b")) as other:
            assert template_pid() not in {before, None}
            assert is_there(one.pid)
        await until_gone(other.pid)
    await until_gone(one.pid)


async def test_a_call_process_that_does_not_listen_any_more_is_killed(tmp_path):
    async with open_line(folder(tmp_path, "a")) as line:
        os.kill(line.pid, signal.SIGSTOP)
    await until_gone(line.pid)


async def test_nothing_is_left_when_the_probe_runner_is_killed(tmp_path):
    program = (
        "import asyncio, json, pathlib, sys\n"
        "from probe_runner.voice.call.line import open_line\n"
        "from probe_runner.voice.call.switchboard import template_pid\n"
        "async def main():\n"
        "    async with open_line(pathlib.Path(sys.argv[1])) as line:\n"
        "        print(json.dumps([line.pid, template_pid()]), flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    pids = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    process.kill()
    await process.wait()
    await until_gone(*pids)


async def test_our_own_line_is_proven_by_a_call_to_ourselves(tmp_path):
    assert await trouble_of_own_line(folder(tmp_path, "udp"), "127.0.0.1", "udp", 15) == ""
    assert await trouble_of_own_line(folder(tmp_path, "tcp"), "127.0.0.1", "tcp", 15) == ""


async def test_an_address_that_is_not_ours_is_told_as_our_trouble(tmp_path):
    told = await trouble_of_own_line(tmp_path, "192.0.2.1", "udp", 15)
    assert told.startswith("we cannot listen at 192.0.2.1")


async def test_a_registration_is_withdrawn_with_the_call(tmp_path):
    async with opened(Gate("MD5", "")) as gate, open_line(folder(tmp_path, "a")) as line:
        trunk = {"proxy": "127.0.0.1", "port": gate.port, "username": "probe", "is_registered": True, "domain": "pbx.x"}
        await line.dial(gate.uri, "sambung", 20, trunk=trunk, password="kata")
        while not any(event.name == "statistics" for event in await line.stirred(1)):
            assert not line.is_gone
        await line.end()

    methods = gate.methods()
    assert (methods[0], methods.count("REGISTER"), methods.count("BYE")) == ("REGISTER", 2, 1)
    last = next(request for request in reversed(gate.requests) if request.method == "REGISTER")
    assert "expires=0" in last.headers["contact"] or last.headers.get("expires") == "0"
    assert line.is_closed
