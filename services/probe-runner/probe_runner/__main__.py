"""Start it: the service without words, or a word for people.

``check`` a plan, ``probe`` one target now, ``rejudge`` a kept call, ``learn`` what to register of a target.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy reads it when it is loaded; our arrays are small

from probe_runner.plan import Plan, PlanRefused
from probe_runner.plan_file import load_plan
from probe_runner.settings import ProbeRunnerSettings
from probe_runner.terminal import INCONCLUSIVE, show_probe
from shared import logs
from shared.vocabulary import Channel

if TYPE_CHECKING:
    from probe_runner.probe import Probe
    from probe_runner.secrets import Secrets

PlanFile = Annotated[Path, typer.Option(help="The plan file.", envvar="SAMBUNG_PLAN")]


class Expectations(StrEnum):
    """By what a kept call is judged again: what was expected of it then, or what the plan expects today."""

    STORED = "stored"
    PLAN = "plan"


cli = typer.Typer(add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False, help=__doc__)


@cli.callback(invoke_without_command=True)
def run_service(context: typer.Context) -> None:
    """Without a word: serve."""
    if context.invoked_subcommand is not None:
        return
    from probe_runner.app import make_app  # noqa: PLC0415  loaded only when used
    from shared.service import serve  # noqa: PLC0415  loaded only when used

    settings = ProbeRunnerSettings()
    logs.configure(settings.service, settings.instance, settings.log_format)
    calls = settings.data_dir / "calls"
    probes = {channel: make_probe(channel, calls, settings.secrets) for channel in (Channel.VOICE, Channel.WEBCHAT)}
    serve(make_app(settings, probes), settings)


@cli.command()
def check(plan: Annotated[Path, typer.Argument(help="The plan file.")]) -> None:
    """Check a plan file: 0 when it is good, 1 with every problem as file:line otherwise."""
    targets = _load(plan, exit_code=1).targets
    for target in targets:
        print(f"{target.id}: {target.channel.value}, every {target.interval_s} s, {target.address}")
    print(f"{plan}: good, {len(targets)} targets")


@cli.command()
def probe(
    target: Annotated[str, typer.Argument(help="The target's id.")],
    plan: PlanFile = Path("plan.toml"),
    evidence: Annotated[Path | None, typer.Option(help="A folder to keep recordings and transcripts in.")] = None,
) -> None:
    """Test one target now and watch it. It publishes nothing. Exit 0 passed, 1 failed, 2 inconclusive."""
    known = _load(plan, exit_code=INCONCLUSIVE).by_id
    if target not in known:
        print(f"{plan}: no target {target!r}; known: {', '.join(known)}", file=sys.stderr)
        raise typer.Exit(INCONCLUSIVE)
    logs.configure("probe-runner", "terminal", "console")
    with tempfile.TemporaryDirectory(prefix="sambung-probe-") as work_dir:
        chosen = known[target]
        tool = make_probe(chosen.channel, Path(work_dir), ProbeRunnerSettings().secrets)
        raise typer.Exit(asyncio.run(show_probe(tool, chosen, plan.resolve().parent, evidence)))


@cli.command("rejudge")
def rejudge_kept(
    place: Annotated[str, typer.Argument(help="A kept call's folder or recording; - reads folders, one a line.")],
    plan: PlanFile = Path("plan.toml"),
    expectations: Annotated[Expectations, typer.Option(help="Those kept with the call, or today's of the plan.")] = (
        Expectations.STORED
    ),
    target: Annotated[str, typer.Option(help="Whose expectations; by default the target the call was made to.")] = "",
    *,
    is_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Judge a kept call with today's rules. Exit 0 the same verdict, 3 another, 2 it cannot be judged."""
    from probe_runner import rejudge_terminal as terminal  # noqa: PLC0415  loaded only when used

    is_plan_asked = expectations is Expectations.PLAN
    known = _load(plan, exit_code=INCONCLUSIVE).by_id if is_plan_asked else None
    expected = terminal.expected_of(known, target)
    folder = plan.resolve().parent
    if place == "-":
        terminal.review_each(sys.stdin, folder, expected)
        return
    raise typer.Exit(terminal.show_review(terminal.review(Path(place), folder, expected), is_json=is_json))


@cli.command()
def learn(
    target: Annotated[str, typer.Argument(help="The target's id; not needed with --from.")] = "",
    plan: PlanFile = Path("plan.toml"),
    kept: Annotated[Path | None, typer.Option("--from", help="Learn from this kept call instead of calling.")] = None,
    listen_s: Annotated[float, typer.Option(min=5, max=600, help="How long to listen after the key.")] = 60,
    out: Annotated[Path, typer.Option(help="The folder for the proposed recordings.")] = Path("sounds"),
    *,
    is_forced: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Call once, show what was heard, and propose what to register. Exit 0 something proposed, 2 nothing."""
    from probe_runner import learn_terminal as terminal  # noqa: PLC0415  loaded only when used

    shelf = terminal.Shelf(out, plan.resolve().parent, is_forced)
    if kept is not None:
        raise typer.Exit(terminal.show_lesson(kept, shelf))
    known = _load(plan, exit_code=INCONCLUSIVE).by_id
    chosen = known.get(target)
    if chosen is None or chosen.voice is None:
        callable_ids = ", ".join(name for name, one in known.items() if one.voice)
        print(f"{plan}: no voice target {target!r}; there are: {callable_ids or 'none'}", file=sys.stderr)
        raise typer.Exit(INCONCLUSIVE)
    if in_the_way := terminal.names_in_the_way(shelf):
        print(in_the_way, file=sys.stderr)
        raise typer.Exit(INCONCLUSIVE)
    logs.configure("probe-runner", "terminal", "console")
    with tempfile.TemporaryDirectory(prefix="sambung-learn-") as folder:
        asyncio.run(terminal.call_to_learn(chosen, listen_s, Path(folder), ProbeRunnerSettings().secrets))
        raise typer.Exit(terminal.show_lesson(Path(folder) / terminal.KEPT, shelf))


def make_probe(channel: Channel, work_dir: Path, secrets: Secrets) -> Probe:
    """The probe of a channel. ``work_dir``: where the voice probe keeps a call's files while it lasts."""
    if channel is Channel.WEBCHAT:
        from probe_runner.digital.webchat import make_webchat_probe  # noqa: PLC0415  loaded only when used

        return make_webchat_probe()
    from probe_runner.voice.probe import make_voice_probe  # noqa: PLC0415  loaded only when used

    return make_voice_probe(work_dir, secrets=secrets)


def _load(plan: Path, exit_code: int) -> Plan:
    try:
        return load_plan(plan)
    except PlanRefused as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
    except OSError as error:
        print(f"{plan}: {error.strerror or error}", file=sys.stderr)
    raise typer.Exit(exit_code)


if __name__ == "__main__":
    cli()
