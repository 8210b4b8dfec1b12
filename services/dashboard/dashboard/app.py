"""The frame the pages stand in: the connection, the beat, health, metrics, and which asks they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import asks
from shared.bus import make_broker
from shared.service import Health, make_service

if TYPE_CHECKING:
    from faststream.asgi import AsgiFastStream

    from dashboard.client import Client
    from dashboard.settings import Settings

ASKED = (
    asks.ReadBoard,
    asks.ReadTests,
    asks.ReadTest,
    asks.ReadTicketRecord,
    asks.ReadTicketRecords,
    asks.ReadEvidence,
    asks.ListTickets,
    asks.RunTest,
    asks.AcknowledgeTicket,
    asks.NoteTicket,
    asks.ResolveTicket,
    asks.CloseTicket,
    asks.CancelTicket,
)


def make_app(settings: Settings, client: Client) -> AsgiFastStream:
    """Health, metrics and AsyncAPI over HTTP; ``client`` gets the connection once there is one."""
    broker = make_broker(settings)
    for ask in ASKED:
        # Only declared, so that the AsyncAPI document names them: the client itself sends and waits.
        broker.publisher(ask.subject, title=ask.__name__, description=ask.__doc__, schema=ask)
    return make_service(settings, broker, Health(), loops=[client.speak])
