"""``sambung tickets``: the IOC's desk in a terminal. Speaks only the published contract, as the user ``ioc``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from nats.aio.client import Client
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from sambung.desk import ask_or_end, desk, end
from shared import subjects
from shared.asks import (
    AcknowledgeTicket,
    Ask,
    CancelTicket,
    CloseTicket,
    ListTickets,
    NoteTicket,
    ReadTicket,
    ResolveTicket,
    TicketRead,
    TicketsListed,
    TicketView,
)
from shared.events import AnyTicketFact
from shared.vocabulary import Actor

COLUMNS = ("number", "target", "state", "cause", "opened (UTC)")
FACT: TypeAdapter[AnyTicketFact] = TypeAdapter(AnyTicketFact)

Data = Annotated[Path, typer.Option("--data", envvar="SAMBUNG_DATA_DIR", help="The folder of the running product.")]
By = Annotated[str, typer.Option("--by", envvar="SAMBUNG_ACTOR", help="Your id, as the ticket shall name you.")]
Number = Annotated[str, typer.Argument(help="The ticket's number (SB-…), or the beginning of its id.")]

tickets = typer.Typer(no_args_is_help=True, help="Tickets: list, follow, acknowledge, resolve.")


@tickets.command("list")
def list_tickets(
    data: Data = Path("data"),
    *,
    is_all: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
) -> None:
    """Show the open tickets, newest first."""
    listed = asyncio.run(_list(data, is_all=is_all))
    table = Table(*(Column(name, no_wrap=True) for name in COLUMNS), box=None)
    for view in listed.tickets:
        doubt = "" if view.is_confirmed or view.state.is_over else "?"
        state = f"{view.state.value}{doubt}{' (drill)' if view.is_drill else ''}"
        opened = f"{view.opened_at:%m-%d %H:%M}"
        table.add_row(view.number, view.target, state, view.cause.value, opened)
    Console().print(table if listed.tickets else "no open ticket")


@tickets.command()
def follow(data: Data = Path("data")) -> None:
    """Show every ticket fact as it happens, until Ctrl-C."""
    try:
        asyncio.run(_follow(data))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@tickets.command()
def show(number: Number, data: Data = Path("data")) -> None:
    """Show one ticket with everything that happened to it."""
    read = asyncio.run(_read(data, number))
    console = Console()
    console.print_json(read.view.model_dump_json(exclude_none=True))
    for fact in read.timeline:
        console.print(_spell(fact), soft_wrap=True)


@tickets.command()
def acknowledge(number: Number, note: str = "", by: By = "ioc", data: Data = Path("data")) -> None:
    """Say that you have seen it and work on it."""
    _command(data, number, lambda ticket: AcknowledgeTicket(**_who(by), ticket=ticket, note=note))


@tickets.command()
def note(number: Number, text: str, by: By = "ioc", data: Data = Path("data")) -> None:
    """Add a progress note."""
    _command(data, number, lambda ticket: NoteTicket(**_who(by), ticket=ticket, note=text))


@tickets.command()
def resolve(number: Number, note: str = "", by: By = "ioc", data: Data = Path("data")) -> None:
    """Claim that it is solved; a re-test runs at once, and closes or reopens it."""
    _command(data, number, lambda ticket: ResolveTicket(**_who(by), ticket=ticket, note=note))


@tickets.command()
def close(number: Number, reason: str, by: By = "ioc", data: Data = Path("data")) -> None:
    """Close it by hand, without a re-test."""
    _command(data, number, lambda ticket: CloseTicket(**_who(by), ticket=ticket, reason=reason))


@tickets.command()
def cancel(number: Number, reason: str, by: By = "ioc", data: Data = Path("data")) -> None:
    """Say that it was no incident."""
    _command(data, number, lambda ticket: CancelTicket(**_who(by), ticket=ticket, reason=reason))


def _who(actor: str) -> dict[str, Any]:
    return {"command_id": uuid4(), "actor": Actor(id=actor, role="ioc")}


def _command(data: Path, number: str, make: Callable[[UUID], Ask]) -> None:
    async def run() -> TicketView:
        async with desk(data, "ioc") as client:
            ticket = await _find(client, number)
            return await ask_or_end(client, make(ticket), TicketView)

    try:
        view = asyncio.run(run())
    except ValidationError as error:
        end("; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors()))
    Console().print(f"{view.number} {view.target}: {view.state.value}", markup=False)


async def _list(data: Path, *, is_all: bool) -> TicketsListed:
    async with desk(data, "ioc") as client:
        return await ask_or_end(client, ListTickets(**_who("ioc"), is_open_only=not is_all), TicketsListed)


async def _read(data: Path, number: str) -> TicketRead:
    async with desk(data, "ioc") as client:
        return await ask_or_end(client, ReadTicket(**_who("ioc"), ticket=await _find(client, number)), TicketRead)


async def _find(client: Client, number: str) -> UUID:
    """The one open ticket whose number or id begins so; if no open one does, the one of all."""
    for is_open_only in (True, False):
        question = ListTickets(**_who("ioc"), is_open_only=is_open_only, limit=200)
        listed = (await ask_or_end(client, question, TicketsListed)).tickets
        wanted = number.lower()
        found = [
            v for v in listed if wanted and (v.number.lower().startswith(wanted) or str(v.ticket).startswith(wanted))
        ]
        if len(found) == 1:
            return found[0].ticket
        if found:
            break
    fits = ", ".join(view.number for view in found) or "none"
    return end(f"{number!r} must name one ticket; it fits {fits}. `sambung tickets list --all` shows them")


async def _follow(data: Path) -> None:
    console = Console()
    async with desk(data, "ioc") as client:
        subscription = await client.subscribe(subjects.ALL_TICKETS)
        console.print("following; Ctrl-C ends it", style="dim")
        async for message in subscription.messages:
            console.print(_spell(FACT.validate_json(message.data)), soft_wrap=True)


def _spell(fact: AnyTicketFact) -> Text:
    """One line for a fact. What people and machines wrote is shown as it is: no markup, no control characters."""
    hidden = {"id", "type", "at", "ticket", "version", "target", "actor", "command_id"}
    rest = json.loads(fact.model_dump_json(exclude=hidden, exclude_none=True))
    words = " ".join(f"{key}={value}" for key, value in rest.items() if value not in ("", None))
    by = f" by {fact.actor.id}" if fact.actor else ""
    plain = "".join(letter if letter.isprintable() else " " for letter in f"{by} {words}")
    return Text.assemble(f"{fact.at:%H:%M:%S} {fact.target} ", (fact.verb, "bold"), plain)
