"""How long a customer waited for each thing, from a chat's events. Judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe_runner.digital.dialogue import Event, Kind, Who

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from probe_runner.digital.reading import Reading


def measures(events: Sequence[Event], reading: Reading) -> dict[str, float]:
    """Seconds: to connect, to the first reply, to the hand-over, in the queue, until the agent wrote."""
    connected = _first(event for event in events if event.kind is Kind.CONNECTED)
    asked = _first(event for event in events if event.kind in {Kind.SAID, Kind.CHOSE}) or connected
    if reading.heard and asked and asked.at_s > reading.heard.at_s:
        asked = connected  # the bot spoke first
    handed = _first(event for event in (reading.queued, reading.joined) if event)
    human = _first(
        event
        for event in events
        if event.kind is Kind.HEARD and event.who is Who.HUMAN and reading.joined and event.at_s >= reading.joined.at_s
    )
    spans = {
        "connect_s": (Event(Kind.CONNECTED, 0.0), connected),
        "first_reply_s": (asked, reading.heard),
        "handover_s": (reading.requested, handed),
        "queue_wait_s": (reading.queued, reading.joined),
        "agent_answer_s": (reading.joined, human),
    }
    return {
        name: round(end.at_s - start.at_s, 3)
        for name, (start, end) in spans.items()
        if start and end and end.at_s >= start.at_s
    }


def _first(events: Iterable[Event]) -> Event | None:
    return next(iter(events), None)
