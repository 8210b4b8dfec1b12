"""The command ``sambung``: one line per verb. Says in words what the rooms behind it do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import httpx
import typer
from rich.console import Console
from rich.text import Text

from sambung.children import Say
from sambung.demo import write_demo_plan
from sambung.desk import REFUSED, ask_or_end, desk, end, running, where_it_runs
from sambung.embedded import BusNotUp, Embedded, FolderInUse, stop_on_signals
from sambung.keys import give_to, make_database_keys, make_keys
from sambung.ports import Ports, PortsTaken
from sambung.services import call_service
from sambung.tickets import tickets
from sambung.voice import voice
from shared.asks import ReadTest, RunTest, TestAnnounced, TestRead
from shared.events import AnyTestFact
from shared.vocabulary import Actor

Data = Annotated[Path, typer.Option("--data", envvar="SAMBUNG_DATA_DIR", help="The folder that keeps everything.")]
LONGEST_TEST_S = 900.0
"""The longest patience a plan allows, and some more."""

# A pretty traceback would show local variables, and so passwords.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tests a contact centre as a customer would.",
)
lab = typer.Typer(no_args_is_help=True, help="The pretend contact centre and its faults.")
plan = typer.Typer(no_args_is_help=True, help="The plan: what is tested, how often, and what is expected.")
app.add_typer(lab, name="lab")
app.add_typer(plan, name="plan")
app.add_typer(tickets, name="tickets")
app.add_typer(voice, name="voice")

LabAddress = Annotated[str, typer.Option("--lab", envvar="LAB_URL", help="The lab's switches (http://host:port).")]


@app.command()
def demo(data: Data = Path("data")) -> None:
    """Start everything with the pretend contact centre; each target is tested every minute."""
    _run(Embedded(data, None, Ports(), _say_to(Console()), with_lab=True))


@app.command()
def up(
    plan: Annotated[Path, typer.Option("--plan", envvar="SAMBUNG_PLAN", exists=True, dir_okay=False)] = Path(
        "plan.toml"
    ),
    data: Data = Path("data"),
) -> None:
    """Start everything with your own plan."""
    if call_service("probe_runner", ["check", str(plan)]) != 0:
        raise typer.Exit(REFUSED)
    _run(Embedded(data, plan, Ports(), _say_to(Console())))


@app.command()
def probe(
    target: Annotated[str, typer.Argument(help="The target's id in the plan.")],
    plan: Annotated[Path | None, typer.Option("--plan", help="Default: the plan of the running product.")] = None,
    evidence: Annotated[Path | None, typer.Option(help="Keep the recording and all other evidence here.")] = None,
    data: Data = Path("data"),
) -> None:
    """Test one target now, here in the terminal. Exit code: 0 passed, 1 failed, 2 inconclusive."""
    chosen = plan or Path(running(data)["plan"])
    kept = ["--evidence", str(evidence)] if evidence else []
    raise typer.Exit(
        call_service("probe_runner", ["probe", target, "--plan", str(chosen), *kept], {"SAMBUNG_DATA_DIR": str(data)})
    )


@app.command("test")
def run_test(
    target: Annotated[str, typer.Argument(help="The target's id in the plan.")], data: Data = Path("data")
) -> None:
    """Test one target now, on the record. Exit code: 0 passed, 1 failed, 2 inconclusive."""
    ended = asyncio.run(_test(data, target))
    Console().print_json(ended.model_dump_json(include={"type", "state", "accessibility", "agent", "cause", "detail"}))
    raise typer.Exit({"TestPassed": 0, "TestFailed": 1}.get(ended.type, 2))


@app.command()
def replay(data: Data = Path("data")) -> None:
    """Throw the records away and build them again from the streams."""
    where = running(data)
    environment = {
        "SAMBUNG_INSTANCE": f"replay-{os.getpid()}",
        "SAMBUNG_NATS_URL": f"nats://127.0.0.1:{where['nats_port']}",
        "SAMBUNG_NATS_USER": "reporting",
        "SAMBUNG_NATS_PASSWORD_FILE": str(data / "secrets" / "reporting" / "password"),
        "SAMBUNG_DATA_DIR": str(data),
        "SAMBUNG_LOG_FORMAT": "console",
    }
    raise typer.Exit(call_service("reporting", ["replay", "--wait"], environment))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to put keys and the demo's plan.")],
    sip: Annotated[str, typer.Option(help="The lab's SIP address, host:port.")] = "lab:5070",
    http: Annotated[str, typer.Option(help="The lab's HTTP address, host:port.")] = "lab:8070",
    owner: Annotated[int | None, typer.Option(help="The user id that the services run as.")] = None,
) -> None:
    """Make what the scaled mode needs before its first start: keys, and a plan for the lab."""
    make_keys(folder / "secrets")
    make_database_keys(folder / "secrets")
    if owner is not None:
        give_to(folder / "secrets", owner)
    Console().print(f"keys in {folder / 'secrets'}, plan in {write_demo_plan(folder / 'plan', sip, http)}")


@plan.command("check")
def check(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Say what is wrong with a plan file: file, line, key, and what is allowed."""
    raise typer.Exit(call_service("probe_runner", ["check", str(file)]))


@lab.command("run")
def lab_run() -> None:
    """Start the pretend contact centre alone."""
    raise typer.Exit(subprocess.call([sys.executable, "-m", "sambung.lab"]))


@lab.command("break")
def lab_break(number: str, fault: str, lab: LabAddress = "", data: Data = Path("data")) -> None:
    """Switch a fault on: sambung lab break 1500600 no-agent."""
    _switch("PUT", number, _lab_at(lab, data), {"fault": fault})


@lab.command("mend")
def lab_mend(number: str, lab: LabAddress = "", data: Data = Path("data")) -> None:
    """Switch a number's fault off."""
    _switch("DELETE", number, _lab_at(lab, data))


@lab.command("list")
def lab_list(lab: LabAddress = "", data: Data = Path("data")) -> None:
    """Every number with its present fault, and the faults it can have."""
    answer = _ask_lab("GET", "/faults", _lab_at(lab, data))
    Console().print_json(answer.text)


async def _test(data: Path, target: str) -> AnyTestFact:
    who = {"actor": Actor(id="terminal", role="operator")}
    async with desk(data, "operator") as client:
        announced = await ask_or_end(client, RunTest(command_id=uuid4(), target=target, **who), TestAnnounced)
        Console().print(f"announced {announced.test_id}; waiting for its end", style="dim")
        for _ in range(int(LONGEST_TEST_S / 0.5)):
            question = ReadTest(command_id=uuid4(), test_id=announced.test_id, **who)
            if ended := (await ask_or_end(client, question, TestRead)).test:
                return ended
            await asyncio.sleep(0.5)
    return end(f"no end of test {announced.test_id} within {LONGEST_TEST_S:g} s; is the probe-runner running?")


def _run(embedded: Embedded) -> None:
    async def run() -> None:
        stopping = asyncio.Event()
        stop_on_signals(stopping)
        await embedded.run(stopping)

    try:
        asyncio.run(run())
    except (PortsTaken, FolderInUse, BusNotUp) as error:
        end(str(error))


def _say_to(console: Console) -> Say:
    colours = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green")
    given: dict[str, str] = {"sambung": "bold white"}

    def say(name: str, line: str) -> None:
        colour = given.setdefault(name, colours[len(given) % len(colours)])
        console.print(Text.assemble((f"{name:>13} ", colour), "│ ", line), soft_wrap=True)

    return say


def _switch(method: str, number: str, lab: str, body: dict[str, str] | None = None) -> None:
    answer = _ask_lab(method, f"/faults/{number}", lab, body)
    if answer.is_error:
        end(answer.text)
    Console().print_json(answer.text or "{}")


def _lab_at(lab: str, data: Path) -> str:
    """What was named; else the lab of the product that runs on ``data``; else where one starts alone."""
    port = where_it_runs(data).get("lab_http_port") or Ports().lab_http_port
    return lab or f"http://127.0.0.1:{port}"


def _ask_lab(method: str, path: str, address: str, body: dict[str, str] | None = None) -> httpx.Response:
    try:
        return httpx.request(method, address + path, json=body, timeout=5)
    except httpx.HTTPError as error:
        end(f"the lab does not answer at {address} ({error}); start it with `sambung demo`, or name it with --lab")


def main() -> None:
    """Start here."""
    app()
