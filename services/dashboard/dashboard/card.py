"""One target as a card, and the lines above and below the cards: answers in, HTML out. Knows no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import measures, moments
from dashboard.look import CHANNEL_ICONS, ICONS, NOTHING, banner, escaped, icon, pill, strip
from dashboard.status import (
    Light,
    Tally,
    cause_of,
    detail_of,
    is_stale,
    light_of,
    light_of_leg,
    notices_of,
    service_lines,
    verdict,
)
from shared.events import TestFailed, TestPassed
from shared.vocabulary import Leg, Result

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.wording import Words
    from shared.asks import BoardRead, BoardRow

RECENT = {
    "passed": Light.GOOD,
    "failed": Light.BAD,
    "inconclusive": Light.UNKNOWN,
    "missed": Light.WATCH,
}
SQUARES = 24


def outcome_word(name: str, words: Words) -> str:
    """The word for an outcome as the board's answer names it (``passed`` ...)."""
    return words(f"outcome.{name}") if name in RECENT else words("outcome.unknown")


def head(now: datetime, words: Words) -> str:
    """Title and both clocks."""
    return (
        f'<div class="sb-head"><div><h1>{escaped(words("board.title"))}</h1>'
        f"<p>{escaped(words('board.subtitle'))}</p></div>"
        f'<div class="sb-clock"><b>{moments.clock(now)} <small>WIB</small></b>'
        f"<span>{escaped(moments.date(now, words))} · {moments.utc_clock(now)} UTC</span></div></div>"
    )


def summary(count: Tally, words: Words) -> str:
    """The board in one sentence and four numbers."""
    total = count.good + len(count.failing) + len(count.unknown)
    if count.failing:
        title = words("summary.failing", n=len(count.failing), total=total)
    elif count.unknown:
        title = words("summary.unknown", n=len(count.unknown), total=total)
    else:
        title = words("summary.good", total=total) if total else words("summary.empty")
    named = ((count.failing, "figure.failing"), (count.unknown, "figure.unknown"))
    parts = [f"<b>{escaped(words(key).capitalize())}:</b> {escaped(', '.join(some))}" for some, key in named if some]
    names = " &nbsp; ".join(parts) or escaped(words("summary.calm" if total else "summary.wait"))
    numbers = (
        ("good", count.good, Light.GOOD),
        ("failing", len(count.failing), Light.BAD),
        ("unknown", len(count.unknown), Light.UNKNOWN),
        ("tickets", count.tickets, Light.WATCH),
    )
    figures = "".join(
        f'<div class="sb-figure sb-{light if n else "none"}"><b>{n}</b>'
        f"<span>{escaped(words(f'figure.{name}'))}</span></div>"
        for name, n, light in numbers
    )
    return (
        f'<div class="sb-summary sb-{count.light}">{icon(ICONS[count.light])}'
        f"<div><h2>{escaped(title)}</h2><p>{names}</p></div>"
        f'<div class="sb-figures">{figures}</div></div>'
    )


def card(row: BoardRow, now: datetime, words: Words, running: str = "") -> str:
    """All the board knows of a target. ``running``: what to say of a test that was asked for here."""
    light = light_of(row, now)
    target = row.target
    return (
        f'<div class="sb-card sb-{light}" data-target="{escaped(target.id)}" data-light="{light}">'
        f'<div class="sb-card-head"><span class="sb-channel" title="{escaped(words(f"channel.{target.channel}"))}">'
        f"{icon(CHANNEL_ICONS[target.channel])}</span>"
        f"<div><h3>{escaped(target.name)}</h3>"
        f"<p>{escaped(_about(row, words))}</p></div>{pill(light, _state(row, now, words))}</div>"
        f'<div class="sb-legs">{_leg(row, Leg.ACCESSIBILITY, now, words)}{_leg(row, Leg.AGENT, now, words)}</div>'
        f'<p class="sb-cause">{_cause(row, now, words)}</p>'
        f'<div class="sb-times"><span class="sb-age">{icon("history")}{escaped(_age(row, now, words))}</span>'
        f"{strip(_recent(row, words))}</div>"
        f'<div class="sb-times" data-run="{"yes" if running else "no"}">'
        f"<span>{icon('schedule')}{escaped(running or _next(row, now, words))}</span>{_agent_time(row, words)}</div>"
        "</div>"
    )


def line(row: BoardRow, now: datetime, words: Words) -> str:
    """A target in one line, for lists."""
    light = light_of(row, now)
    return (
        f'<div class="sb-row" data-target="{escaped(row.target.id)}">'
        f"{pill(light, _state(row, now, words))}"
        f'<span class="sb-grow"><b>{escaped(row.target.name)}</b> '
        f'<span class="sb-quiet">{escaped(_about(row, words))}</span></span>'
        f'<span class="sb-quiet sb-num">{escaped(_age(row, now, words))}</span></div>'
    )


def _state(row: BoardRow, now: datetime, words: Words) -> str:
    if row.last is None:
        return words("light.untested")
    return words("light.stale") if is_stale(row, now) else words(f"light.{light_of(row, now)}")


def _about(row: BoardRow, words: Words) -> str:
    target = row.target
    parts = (target.service_line, words(f"channel.{target.channel}"), target.address)
    return " · ".join(part for part in parts if part)


def _leg(row: BoardRow, leg: Leg, now: datetime, words: Words) -> str:
    light = light_of_leg(row, leg, now)
    if row.last is None or is_stale(row, now):
        word = words("result.nothing")
    else:
        result = verdict(row.last, leg).result
        word = (
            words(f"result.{leg}.{result}") if result in {Result.PASSED, Result.FAILED} else words(f"result.{result}")
        )
    return (
        f'<div class="sb-leg sb-{light}" data-leg="{leg}"><span class="sb-label">{escaped(words(f"leg.{leg}"))}</span>'
        f"<b>{icon(ICONS[light])}{escaped(word)}</b></div>"
    )


def _cause(row: BoardRow, now: datetime, words: Words) -> str:
    if row.last is None:
        return "&nbsp;"
    if is_stale(row, now):
        return escaped(words("board.stale"))
    if isinstance(row.last, TestPassed):
        if but := measures.but(row.last, words):
            light = measures.light_of(row.last)
            return f'<span class="sb-{light}" title="{escaped(but)}">{icon(ICONS[Light.WATCH])} {escaped(but)}</span>'
        took = moments.exact((row.last.at - row.last.started_at).total_seconds(), words)
        return f'<span class="sb-quiet">{escaped(words("board.took", length=took))}</span>'
    cause, detail = cause_of(row.last), detail_of(row.last)
    said = words(f"cause.{cause}") if cause else words("outcome.missed")
    if isinstance(row.last, TestFailed) or not detail:
        return escaped(said)
    return escaped(f"{said}: {detail}")


def _age(row: BoardRow, now: datetime, words: Words) -> str:
    return moments.ago(row.last.at, now, words) if row.last else words("light.untested")


def _next(row: BoardRow, now: datetime, words: Words) -> str:
    seconds = (row.next_slot.start - now).total_seconds()
    if seconds <= 0:
        return words("next.now")
    return words("next.at", time=moments.hour(row.next_slot.start), left=moments.countdown(seconds, words))


def agent_time(row: BoardRow, words: Words) -> str:
    """How long tests kept its agents today: ``1 mnt 12 dtk``."""
    minutes, seconds = divmod(int(row.agent_time_day_s), moments.MINUTE)
    if not (minutes and seconds) or row.agent_time_day_s >= moments.HOUR:
        return moments.length(row.agent_time_day_s, words)
    return " ".join((words("length.minutes", n=minutes), words("length.seconds", n=seconds)))


def _agent_time(row: BoardRow, words: Words) -> str:
    """The same in a corner of the card; nothing while no agent was kept."""
    if not row.agent_time_day_s:
        return ""
    length = agent_time(row, words)
    said = escaped(words("board.agent_time", length=length))
    return f'<span class="sb-age" title="{said}">{icon("support_agent")}{escaped(length)}</span>'


def _recent(row: BoardRow, words: Words) -> list[tuple[Light, str]]:
    return [(RECENT.get(name, Light.UNKNOWN), outcome_word(name, words)) for name in row.recent[-SQUARES:]]


def ticket_label(row: BoardRow, now: datetime, words: Words) -> str:
    """The open ticket of a target in one line; "" when there is none."""
    ticket = row.ticket
    if ticket is None or ticket.state.is_over:
        return ""
    age = moments.length((now - ticket.opened_at).total_seconds(), words)
    drill = f" · {words('ticket.drill')}" if ticket.is_drill else ""
    return f"{ticket.number} · {words(f'state.{ticket.state}')} · {age}{drill}"


def services(board: BoardRead, now: datetime, words: Words) -> str:
    """Every service's life, and the parked messages, in one slim line."""
    chips = []
    for line in service_lines(board.beats, now):
        said = words(f"life.{line.life}")
        if line.total > 1:
            said = words("life.count", ready=line.ready, total=line.total, said=said)
        if line.restarts:
            said += " · " + words("life.restarts", n=line.restarts)
        name = words.either(f"service.{line.service}", line.service)
        chips.append(
            f'<span class="sb-chip sb-{line.light}" data-service="{escaped(line.service)}"'
            f' title="{escaped(line.service)}">'
            f"{icon(ICONS[line.light])}<b>{escaped(name)}</b> {escaped(said)}</span>"
        )
    if board.parked:
        parked = escaped(words("parked", n=board.parked))
        chips.append(f'<span class="sb-chip sb-watch" data-service="parked">{icon("inbox")}<b>{parked}</b></span>')
    return f'<div class="sb-services">{"".join(chips)}</div>'


def notices(board: BoardRead, now: datetime, words: Words) -> str:
    """What the processes want a PIC to know, one line each."""
    said = [
        words("notice", service=_named(service, words), text=text) for service, text in notices_of(board.beats, now)
    ]
    lines = [banner(Light.WATCH, text) for text in (*said, *board.notices)]
    return f'<div class="sb-notices">{"".join(lines)}</div>' if lines else NOTHING


def _named(service: str, words: Words) -> str:
    return words.either(f"service.{service}", service)
