"""Figures for Prometheus about what escalation has done and what waits. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge

if TYPE_CHECKING:
    from escalation.outbox import Outbox
    from shared.inbox import Inbox


@dataclass
class Metrics:
    """``inbox`` and ``outbox`` are asked when somebody scrapes; the store's figures are as of the last look."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    inbox: Inbox | None = None
    outbox: Outbox | None = None
    last_place: int = 0

    def __post_init__(self) -> None:
        self._open = self._gauge("tickets_open", "Tickets that are neither closed nor cancelled")
        taken = self._gauge("facts_taken", "Messages of TESTS taken since the start of the process")
        taken.set_function(lambda: self.inbox.taken if self.inbox else 0)
        published = self._gauge("outbox_published", "Facts put into TICKETS since the start of the process")
        published.set_function(lambda: self.outbox.published if self.outbox else 0)
        position = self._gauge("outbox_position", "Place in the log of the last fact that is in TICKETS")
        position.set_function(lambda: self.outbox.position if self.outbox else 0)
        lag = self._gauge("outbox_lag", "Places of the log that TICKETS has still to get (some are not for the bus)")
        lag.set_function(lambda: max(0, self.last_place - (self.outbox.position if self.outbox else 0)))

    def see_store(self, open_tickets: int, last_place: int) -> None:
        """Take down what the store says."""
        self._open.set(open_tickets)
        self.last_place = last_place

    def _gauge(self, name: str, words: str) -> Gauge:
        return Gauge(f"sambung_escalation_{name}", words, registry=self.registry)
