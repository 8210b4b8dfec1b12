"""Start it: the service without words, or a word for people: ``check`` a plan, ``probe`` one target now."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe_runner.plan import Plan, PlanRefused
from probe_runner.plan_file import load_plan
from probe_runner.settings import ProbeRunnerSettings
from probe_runner.terminal import INCONCLUSIVE, show_probe
from shared import logs
from shared.vocabulary import Channel

if TYPE_CHECKING:
    from probe_runner.probe import Probe

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
    probes = {channel: make_probe(channel, settings.data_dir / "calls") for channel in (Channel.VOICE, Channel.WEBCHAT)}
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
    plan: Annotated[Path, typer.Option(help="The plan file.", envvar="SAMBUNG_PLAN")] = Path("plan.toml"),
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
        tool = make_probe(chosen.channel, Path(work_dir))
        raise typer.Exit(asyncio.run(show_probe(tool, chosen, plan.resolve().parent, evidence)))


def make_probe(channel: Channel, work_dir: Path) -> Probe:
    """The probe of a channel. ``work_dir``: where the voice probe keeps a call's files while it lasts."""
    if channel is Channel.WEBCHAT:
        from probe_runner.digital.webchat import make_webchat_probe  # noqa: PLC0415  loaded only when used

        return make_webchat_probe()
    from probe_runner.voice.probe import make_voice_probe  # noqa: PLC0415  loaded only when used

    return make_voice_probe(work_dir)


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
