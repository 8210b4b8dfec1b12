import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from worlds import PORTS, start_demo

SAMBUNG = Path(sys.executable).parent / "sambung"


def processes_naming(text):
    """Pids of the processes whose environment or command names ``text``."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if text.encode() in (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


async def test_everything_starts_and_ctrl_c_leaves_no_orphan_and_a_second_start_keeps_the_data(tmp_path):
    data = tmp_path / "data"
    first = start_demo(data, tmp_path / "first.log")
    world = await first.world()
    client = await world.client("operator")
    announced = await world.ask(client, "ask.test.run", target="webchat")
    while not (await world.ask(client, "ask.record.test", test_id=announced["test_id"])).get("test"):
        pass
    await client.close()
    first.stop()

    assert first.process.returncode == 0
    assert processes_naming(str(data)) == []
    stopped = [line.split("│")[1].strip() for line in (tmp_path / "first.log").read_text().splitlines() if "│" in line]
    assert stopped[-1] == "everything has stopped"

    second = start_demo(data, tmp_path / "second.log")
    try:
        world = await second.world()
        client = await world.client("operator")
        kept = (await world.ask(client, "ask.record.test", test_id=announced["test_id"]))["test"]
        await client.close()
    finally:
        second.stop()

    assert kept["test_id"] == announced["test_id"]


async def test_a_second_product_on_the_same_folder_is_refused(tmp_path):
    demo = start_demo(tmp_path / "data", tmp_path / "demo.log")
    try:
        await demo.world()
        other = start_demo(tmp_path / "data", tmp_path / "other.log")
        other.process.wait(30)
    finally:
        demo.stop()

    assert other.process.returncode == 2
    assert "is in use by a running sambung" in (tmp_path / "other.log").read_text().replace("\n", " ")


async def test_no_child_outlives_a_killed_parent(tmp_path):
    demo = start_demo(tmp_path / "data", tmp_path / "demo.log")
    await demo.world()

    demo.process.kill()
    demo.process.wait()

    ended = subprocess.run(["timeout", "20", "sh", "-c", wait_for_none(tmp_path / "data")], check=False)
    assert ended.returncode == 0, processes_naming(str(tmp_path / "data"))


def wait_for_none(data):
    return f"while grep -lsaF {data} /proc/[0-9]*/environ 2>/dev/null | grep -qv self; do sleep 0.2; done"


def test_a_taken_port_ends_the_start_with_its_name_and_the_variable(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        environment = {**os.environ, **{f"SAMBUNG_{name}_PORT": "0" for name in PORTS}, "LAB_SIP_PORT": "0"}
        environment |= {"LAB_HTTP_PORT": "0", "SAMBUNG_NATS_PORT": port}

        run = subprocess.run(
            [SAMBUNG, "demo", "--data", tmp_path],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    assert run.returncode == 2
    assert f"port {port} is taken" in run.stderr
    assert "SAMBUNG_NATS_PORT" in run.stderr


def test_a_refused_plan_starts_nothing(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('[[target]]\nid = "a"\nnane = "x"\n')

    run = subprocess.run(
        [SAMBUNG, "up", "--plan", plan, "--data", tmp_path / "data"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert run.returncode == 2
    assert "nane" in run.stdout + run.stderr
    assert not (tmp_path / "data").exists()


def test_a_terminal_without_a_product_says_what_to_do(tmp_path):
    run = subprocess.run(
        [SAMBUNG, "tickets", "list", "--data", tmp_path], capture_output=True, text=True, check=False, timeout=30
    )

    assert run.returncode == 2
    assert "sambung demo" in run.stderr


def test_the_keys_lie_where_the_terminal_looks_for_them(tmp_path):
    subprocess.run([SAMBUNG, "init", tmp_path], check=True, timeout=30)

    assert (tmp_path / "secrets" / "ioc" / "password").exists()
    plan = (tmp_path / "plan" / "plan.toml").read_text()
    assert "sip:1500600@lab:5070" in plan
    assert json.dumps(str(tmp_path)) not in plan
