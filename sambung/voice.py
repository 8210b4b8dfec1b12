"""``sambung voice``: judge kept calls again with today's rules, and learn what to register of a target."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer

from sambung.desk import desk, end, running
from sambung.evidence import USER, NoEvidence, lay_out, recorded
from sambung.period import Period, rejudge_period
from sambung.services import call_service
from shared.vocabulary import FIRST_YEAR, LAST_YEAR

Data = Annotated[Path, typer.Option("--data", envvar="SAMBUNG_DATA_DIR", help="The folder of the running product.")]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan", help="The plan with the recordings. Default: the plan of the running product.", dir_okay=False
    ),
]
Since = Annotated[str, typer.Option(help="Every call from this day on: 2026-11-01, or 2026-11-01T08:00+07:00.")]
Until = Annotated[str, typer.Option(help="Up to and with this day, or before this moment. Default: now.")]
Expected = Annotated[
    Literal["stored", "plan"],
    typer.Option(help="Judge by what was expected then (stored), or by what the plan expects today (plan)."),
]
Json = Annotated[bool, typer.Option("--json", help="For machines: one JSON object a line.")]

Call = Annotated[str, typer.Argument(metavar="CALL", help="A test's id, a kept call's folder, or a recording.")]
Callee = Annotated[str, typer.Argument(metavar="TARGET", help="The target's id in the plan; it is called once.")]

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
voice = typer.Typer(no_args_is_help=True, help="Voice tests: judge kept calls again, learn a target's recordings.")


@voice.command()
def rejudge(
    what: Call = "",
    since: Since = "",
    until: Until = "",
    target: Annotated[str, typer.Option(help="Only this target; with a kept call: whose expectations.")] = "",
    expectations: Expected = "stored",
    plan: PlanFile = None,
    data: Data = Path("data"),
    *,
    is_json: Json = False,
) -> None:
    """Judge a recorded call with today's rules, or with --since all calls of a period.

    Exit code: 0 the same verdict, 3 another one, 2 it cannot be judged.
    """
    if bool(what) == bool(since):
        end("name one call (a test's id, a folder, a recording), or a period with --since")
    words = ["--plan", str(plan or Path(running(data)["plan"])), "--expectations", expectations]
    if since:
        period = period_of(since, until, target, datetime.now(UTC))
        raise typer.Exit(asyncio.run(_rejudge_period(data, period, words, is_json=is_json)))
    words += ["--target", target] if target else []
    words += ["--json"] if is_json else []
    raise typer.Exit(_with_kept(what, data, lambda place: call_service("probe_runner", ["rejudge", place, *words])))


@voice.command()
def learn(
    target: Annotated[
        str, typer.Argument(help="The target's id in the plan; it is called once.", metavar="TARGET")
    ] = "",
    kept: Annotated[str, typer.Option("--from", help="Do not call: learn from this test's id or kept call.")] = "",
    listen_s: Annotated[float, typer.Option(min=5, max=600, help="How long to listen after the key, in seconds.")] = 60,
    out: Annotated[Path, typer.Option(help="The folder for the proposed recordings.")] = Path("sounds"),
    plan: PlanFile = None,
    data: Data = Path("data"),
    *,
    is_forced: Annotated[bool, typer.Option("--force", help="Replace recordings that are there.")] = False,
) -> None:
    """Show what is heard in a call, and propose what to register; the plan stays as it is.

    Exit code: 0 something was proposed, 2 nothing.
    """
    if bool(target) == bool(kept):
        end("name a target to call, or with --from a call that is there already")
    words = ["--plan", str(plan or Path(running(data)["plan"])), "--out", str(out), *(["--force"] if is_forced else [])]
    if target:
        calls = ["learn", target, "--listen-s", str(listen_s), *words]
        raise typer.Exit(call_service("probe_runner", calls, {"SAMBUNG_DATA_DIR": str(data)}))
    raise typer.Exit(
        _with_kept(kept, data, lambda place: call_service("probe_runner", ["learn", "--from", place, *words]))
    )


def period_of(since: str, until: str, target: str, now: datetime) -> Period:
    """The period in words of a person: days are those of this machine's clock; an end that is a day is included."""
    begin, finish = _moment(since, 0), _moment(until, 1) if until else now
    if target and not SLUG.fullmatch(target):
        end(f"--target {target!r} is no target's id: a-z, 0-9 and inner hyphens, 1 to 64 characters")
    if begin >= finish:
        end(f"--since {since} does not lie before {until or 'now'}")
    return Period(begin, finish, target)


def _moment(text: str, days_on: int) -> datetime:
    """A day (and so many on) or a moment; without an offset, by this machine's clock."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            return _within_reason(datetime.fromisoformat(text), text).astimezone()
        except ValueError:
            end(f"{text!r} is no day (2026-11-01) and no moment (2026-11-01T08:00+07:00)")
    first = _within_reason(datetime.combine(day, time()), text)
    return (first + timedelta(days=days_on)).astimezone()


def _within_reason(moment: datetime, text: str) -> datetime:
    """At the ends of the calendar another time zone cannot even be told."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        end(f"{text!r} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def _with_kept(what: str, data: Path, use: Callable[[str], int]) -> int:
    """Use a kept call: what lies there, or a recorded test's evidence, fetched for as long as that takes."""
    if _is_there(what):
        return use(what)
    try:
        test_id = UUID(what)
    except ValueError:
        end(f"{what!r} is neither a test's id, nor a folder or a recording that is there")
    with tempfile.TemporaryDirectory(prefix="sambung-kept-") as folder:
        asyncio.run(_lay_out(data, test_id, Path(folder)))
        return use(folder)


def _is_there(what: str) -> bool:
    try:
        return Path(what).exists()
    except OSError:  # a name too long to be one
        return False


async def _lay_out(data: Path, test_id: UUID, folder: Path) -> None:
    async with desk(data, USER) as client:
        try:
            await lay_out(client, await recorded(client, test_id), folder)
        except NoEvidence as gone:
            end(f"test {test_id} cannot be looked at again: {gone}")


async def _rejudge_period(data: Path, period: Period, words: list[str], *, is_json: bool) -> int:
    async with desk(data, USER) as client:
        return await rejudge_period(client, period, words, is_json=is_json)
