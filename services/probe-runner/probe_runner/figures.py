"""What this process counts, for Prometheus. Knows nothing of what it counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class Figures:
    """Tests by outcome and channel, tests running now, slots announced, messages parked."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.tests = Counter("sambung_tests", "Tests concluded", ["outcome", "channel"], registry=registry)
        self.running = Gauge("sambung_tests_running", "Tests running now", registry=registry)
        self.announced = Counter("sambung_slots_announced", "Slots this process announced first", registry=registry)
        self.parked = Counter("sambung_jobs_parked", "Jobs that nobody could read", registry=registry)
