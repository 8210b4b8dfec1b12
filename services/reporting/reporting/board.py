"""The board, put together from its parts. Pure: the parts and the time come in as data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from reporting.projection import LatestRow
from shared.asks import BoardRow, TicketView
from shared.events import AnyTestFact, TestFact
from shared.vocabulary import Slot, TargetCard

_TEST_FACT: TypeAdapter[TestFact] = TypeAdapter(AnyTestFact)


@dataclass(frozen=True)
class AgentTime:
    """Seconds of agents that tests took, by target: on this day, and in the last hour."""

    day: Mapping[str, float] = field(default_factory=dict)
    hour: Mapping[str, float] = field(default_factory=dict)


def make_rows(
    targets: Sequence[TargetCard],
    latest: Mapping[str, LatestRow],
    tickets: Sequence[TicketView],
    agent_time: AgentTime,
    now: datetime,
) -> tuple[BoardRow, ...]:
    """One row per target, in the order of ``targets``. ``tickets``: those not over, newest first; drills give way."""
    by_target: dict[str, TicketView] = {}
    for ticket in sorted(tickets, key=lambda one: one.is_drill):
        by_target.setdefault(ticket.target, ticket)
    return tuple(_row(card, latest.get(card.id), by_target.get(card.id), agent_time, now) for card in targets)


def notices(targets: Sequence[TargetCard], tickets: Sequence[TicketView]) -> tuple[str, ...]:
    """What the rows cannot show: tickets whose target the plan no longer has."""
    known = {card.id for card in targets}
    return tuple(
        f"ticket {ticket.number} is {ticket.state.value}, but the plan has no target {ticket.target}"[:500]
        for ticket in tickets
        if ticket.target not in known
    )


def _row(
    card: TargetCard, latest: LatestRow | None, ticket: TicketView | None, agent_time: AgentTime, now: datetime
) -> BoardRow:
    return BoardRow(
        target=card,
        last=_TEST_FACT.validate_json(latest.body) if latest else None,
        recent=tuple(outcome for _, _, outcome in json.loads(latest.recent)) if latest else (),
        next_slot=Slot.containing(now, card.interval_s).next,
        ticket=ticket,
        agent_time_day_s=agent_time.day.get(card.id, 0.0),
        agent_time_hour_s=agent_time.hour.get(card.id, 0.0),
    )
