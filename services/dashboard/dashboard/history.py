"""What happened to a ticket, fact by fact, and how its clocks stand: facts in, sentences out. Knows no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from dashboard import moments
from dashboard.look import escaped, icon, pill, tile, tiles
from dashboard.status import Light
from shared.events import (
    TicketAcknowledged,
    TicketCancelled,
    TicketClosed,
    TicketFailureRepeated,
    TicketNoted,
    TicketOpened,
    TicketPassNoted,
    TicketReopened,
    TicketResolved,
    TicketTestRequested,
)
from shared.vocabulary import TicketState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dashboard.wording import Words
    from shared.asks import TicketView
    from shared.events import AnyTicketFact

LIGHTS = {
    TicketState.OPENED: Light.BAD,
    TicketState.REOPENED: Light.BAD,
    TicketState.ACKNOWLEDGED: Light.WATCH,
    TicketState.RESOLVED: Light.WATCH,
    TicketState.CLOSED: Light.GOOD,
    TicketState.CANCELLED: Light.UNKNOWN,
}


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. ``said`` is what a person or a test added in free text."""

    light: Light
    symbol: str
    sentence: str
    said: str = ""


def entry(fact: AnyTicketFact, now: datetime, words: Words) -> Entry:  # noqa: C901, PLR0911  one case per fact
    """A fact as a line of the timeline."""
    match fact:
        case TicketOpened():
            values = {"leg": words(f"leg.{fact.leg}"), "cause": words(f"cause.{fact.cause}")}
            return Entry(Light.BAD, "error", words("fact.opened", number=fact.number, **values), fact.summary)
        case TicketFailureRepeated():
            cause = words(f"cause.{fact.cause}")
            return Entry(Light.BAD, "repeat", words("fact.failure_repeated", cause=cause), fact.summary)
        case TicketPassNoted():
            return Entry(Light.GOOD, "check", words("fact.pass_noted"))
        case TicketTestRequested():
            earliest, purpose = moments.stamp(fact.not_before, now, words), words(f"origin.{fact.purpose}")
            said = words("fact.test_requested", purpose=purpose, n=fact.attempt, time=earliest)
            return Entry(Light.UNKNOWN, "schedule", said)
        case TicketAcknowledged():
            return Entry(Light.WATCH, "visibility", words("fact.acknowledged"), fact.note)
        case TicketNoted():
            return Entry(Light.UNKNOWN, "edit_note", words("fact.noted"), fact.note)
        case TicketResolved():
            return Entry(Light.WATCH, "build", words("fact.resolved"), fact.note)
        case TicketReopened():
            cause = words(f"cause.{fact.cause}")
            return Entry(Light.BAD, "undo", words("fact.reopened", cause=cause), fact.summary)
        case TicketClosed():
            said = words("fact.closed_by_test") if fact.test_id else words("fact.closed_by_hand")
            return Entry(Light.GOOD, "task_alt", said, fact.reason)
        case TicketCancelled():
            return Entry(Light.UNKNOWN, "block", words("fact.cancelled"), fact.reason)
        case _:
            assert_never(fact)


def timeline(facts: Iterable[AnyTicketFact], now: datetime, words: Words) -> str:
    """All facts, oldest first, with times and actors."""
    lines = []
    for fact in sorted(facts, key=lambda fact: fact.version):
        line = entry(fact, now, words)
        who = fact.actor.id if fact.actor else words("actor.system")
        said = f"<blockquote>{escaped(line.said)}</blockquote>" if line.said else ""
        lines.append(
            f'<li class="sb-{line.light}" data-fact="{escaped(fact.type)}">'
            f'<time title="{escaped(fact.at.isoformat())}">{escaped(moments.stamp(fact.at, now, words))}</time>'
            f'{icon(line.symbol)}<div><b>{escaped(line.sentence)}</b> <span class="sb-who">{escaped(who)}</span>'
            f"{said}</div></li>"
        )
    return f'<ol class="sb-timeline">{"".join(lines)}</ol>'


def headline(ticket: TicketView, words: Words) -> str:
    """Number, state, target and cause."""
    flags = [words("ticket.drill")] if ticket.is_drill else []
    flags += [words("ticket.confirmed" if ticket.is_confirmed else "ticket.unconfirmed")]
    return (
        f'<div class="sb-headline" data-state="{ticket.state}"><div><h1>{escaped(ticket.number)}</h1>'
        f"{pill(LIGHTS[ticket.state], words(f'state.{ticket.state}'))}"
        f'<span class="sb-flags">{escaped(" · ".join(flags))}</span></div>'
        f"<h2>{escaped(ticket.target_name)} · {escaped(words(f'leg.{ticket.leg}'))}</h2>"
        f"<p><b>{escaped(words(f'cause.{ticket.cause}'))}</b></p>"
        f'<p class="sb-quiet">{escaped(ticket.summary)}</p></div>'
    )


def clocks(ticket: TicketView, now: datetime, words: Words) -> str:
    """When it opened, how long until it was acknowledged and resolved, and how often it failed."""
    over = ticket.state.is_over
    return tiles(
        tile(words("clock.opened"), moments.stamp(ticket.opened_at, now, words)),
        _elapsed("acknowledged", ticket, ticket.acknowledged_at, words),
        _elapsed("resolved", ticket, ticket.resolved_at, words),
        _elapsed("ended", ticket, ticket.ended_at, words)
        if over
        else tile(
            words("clock.open_for"), moments.length((now - ticket.opened_at).total_seconds(), words), Light.WATCH
        ),
        tile(words("clock.failures"), str(ticket.failures)),
        tile(words("clock.reopenings"), str(ticket.reopenings)),
    )


def _elapsed(name: str, ticket: TicketView, moment: datetime | None, words: Words) -> str:
    """How long after the opening it happened; that it has not, while it still may."""
    if moment:
        took = moments.length((moment - ticket.opened_at).total_seconds(), words)
        return tile(words(f"clock.{name}"), took, Light.GOOD)
    if ticket.state.is_over:
        return tile(words(f"clock.{name}"), words("clock.never"))
    return tile(words(f"clock.{name}"), words("clock.not_yet"), Light.WATCH)


def row(ticket: TicketView, now: datetime, words: Words) -> str:
    """A ticket as one line of a list."""
    ended = ticket.ended_at or now
    age = moments.length((ended - ticket.opened_at).total_seconds(), words)
    drill = f" · {escaped(words('ticket.drill'))}" if ticket.is_drill else ""
    return (
        f'<div class="sb-row" data-state="{ticket.state}">{pill(LIGHTS[ticket.state], words(f"state.{ticket.state}"))}'
        f'<span class="sb-grow"><b>{escaped(ticket.target_name)}</b> '
        f'<span class="sb-quiet">{escaped(words(f"cause.{ticket.cause}"))}{drill}</span></span>'
        f'<span class="sb-quiet sb-num">{escaped(moments.stamp(ticket.opened_at, now, words))} WIB</span>'
        f'<span class="sb-num sb-short">{escaped(age)}</span></div>'
    )
