"""Every name on the bus that is not already a field of a fact or an ask, in one screen.

The first word of a subject names its stream, so streams can never overlap.
"""

from __future__ import annotations

from shared.events import TestJob

TESTS = "TESTS"
TICKETS = "TICKETS"
DUE = "DUE"
DEAD = "DEAD"
PLAN = "PLAN"
EVIDENCE = "EVIDENCE"

ALL_TESTS = "test.>"
ALL_TICKETS = "ticket.>"
ALL_DUE = "due.test.>"
ALL_BEATS = "beat.>"
ALL_DEAD = "dead.>"

PROBE_WORKERS = "probe-runner"
"""The durable that all probe-runner replicas share: one job, one worker."""

TEST_REQUESTS = "escalation-test-requests"
"""The durable on which escalation carries its wishes for a test to the probe-runner."""

IOC = "ioc"
"""The durable made ready for the IOC's own tooling."""


def due(job: TestJob) -> str:
    """``due.test.<target>.<slot or test id>``: the stream keeps one message per subject, so one job per slot."""
    return f"due.test.{job.target.id}.{job.slot.token if job.slot else job.test_id}"


def beat(service: str, instance: str) -> str:
    """``beat.<service>.<instance>``."""
    return f"beat.{service}.{token(instance)}"


def token(text: str) -> str:
    """``text`` as one token of a subject, or a durable's name: what does not fit becomes a hyphen."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in text) or "one"


def dead(service: str, stream: str, sequence: int | str) -> str:
    """``dead.<service>.<stream>.<sequence>``: one parked message, once."""
    return f"dead.{service}.{stream}.{sequence}"


def target_key(target: str) -> str:
    """The key of a target in the PLAN bucket."""
    return f"target.{target}"
