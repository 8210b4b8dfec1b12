"""Figures about the way in, for Prometheus. Knows the inboxes; knows nothing of the facts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import nats
import structlog
from prometheus_client import CollectorRegistry, Gauge

from shared.inbox import Inbox

MEASURE_AGAIN_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Gauges:
    """By stream: facts this process has taken since it started, and facts that still wait for it."""

    taken: Gauge
    waiting: Gauge


def make_gauges(registry: CollectorRegistry) -> Gauges:
    """The gauges, on show in ``registry``."""
    taken = Gauge(
        "sambung_reporting_facts_taken", "Facts taken since this process began", ["stream"], registry=registry
    )
    waiting = Gauge(
        "sambung_reporting_facts_waiting", "Facts of the stream not delivered yet", ["stream"], registry=registry
    )
    return Gauges(taken, waiting)


async def measure(gauges: Gauges, inboxes: Mapping[str, Inbox]) -> None:
    """Measure again and again, for ever."""
    while True:
        for stream, inbox in list(inboxes.items()):  # one may be added meanwhile
            gauges.taken.labels(stream).set(inbox.taken)
            try:
                consumer = await inbox.js.consumer_info(stream, inbox.durable)
            except nats.js.errors.NotFoundError:
                continue  # the inbox makes it in a moment
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                log.warning("lag_not_measured", stream=stream, error=repr(error))
            else:
                gauges.waiting.labels(stream).set(consumer.num_pending or 0)
        await asyncio.sleep(MEASURE_AGAIN_S)
