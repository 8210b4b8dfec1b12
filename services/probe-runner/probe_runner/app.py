"""The probe-runner, put together: asks in, loops on, facts out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from prometheus_client import CollectorRegistry

from probe_runner.by_hand import announce_by_hand
from probe_runner.caps import CapReached
from probe_runner.courtesy import AgentTimeWatch
from probe_runner.due import Announcer
from probe_runner.figures import Figures
from probe_runner.jobs import SERVICE, Jobs
from probe_runner.plan_book import PlanBook
from probe_runner.run import Runner
from shared.asks import Refused, RunTest, RunTicketTest, TestAnnounced
from shared.bus import announce, make_broker
from shared.events import TestFailed, TestInconclusive, TestJob, TestMissed, TestPassed
from shared.service import Health, make_service
from shared.vocabulary import NAMESPACE, Channel, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faststream.asgi import AsgiFastStream
    from faststream.nats import NatsBroker

    from probe_runner.probe import Probe
    from probe_runner.settings import ProbeRunnerSettings


def make_app(settings: ProbeRunnerSettings, probes: Mapping[Channel, Probe]) -> AsgiFastStream:
    """The service as an ASGI application; nothing runs before it is served."""
    broker, health, figures = make_broker(settings), Health(), Figures(CollectorRegistry())
    book = PlanBook(settings.plan, health)
    announcer = Announcer(book, figures, health)
    runner = Runner(probes, settings.references, settings.instance)
    jobs = Jobs(book, runner, figures, health, settings.instance, settings.concurrency)
    _declare_facts(broker)
    _hear_asks(broker, book)
    courtesy = AgentTimeWatch(book, health)
    loops = (book.follow_plan, announcer.announce_slots, jobs.take_jobs, courtesy.watch_agent_time)
    return make_service(settings, broker, health, loops=loops, registry=figures.registry)


def _hear_asks(broker: NatsBroker, book: PlanBook) -> None:
    @broker.subscriber(RunTest.subject, queue=SERVICE, description=RunTest.__doc__)
    async def on_run_test(question: RunTest) -> TestAnnounced | Refused:
        return await run(question, test_id=uuid5(NAMESPACE, f"asked/{question.command_id}"), origin=Origin.ON_DEMAND)

    @broker.subscriber(RunTicketTest.subject, queue=SERVICE, description=RunTicketTest.__doc__)
    async def on_run_ticket_test(question: RunTicketTest) -> TestAnnounced | Refused:
        return await run(question, test_id=question.test_id, origin=question.origin, ticket=question.ticket)

    async def run(
        question: RunTest | RunTicketTest, *, test_id: UUID, origin: Origin, ticket: UUID | None = None
    ) -> TestAnnounced | Refused:
        client = await broker.connect()
        if question.target not in book.targets:
            await book.look(client.jetstream())
        target = book.targets.get(question.target)
        if target is None:
            known = ", ".join(book.targets) or "none: no plan is in force"
            message = f"No target {question.target!r} in the plan. Known: {known}"[:4_000]
            return Refused(refused="unknown_target", message=message, values={"target": question.target})
        job = TestJob(
            test_id=test_id,
            target=target.card,
            origin=origin,
            ticket=ticket,
            requested_by=question.actor,
            is_drill=question.is_drill,
            announced_at=datetime.now(UTC),
        )
        try:
            if origin is Origin.ON_DEMAND:
                await announce_by_hand(client, job, target)
            else:
                await announce(client.jetstream(), job)  # False: asked before; it runs once
        except CapReached as reached:
            return Refused(refused=reached.kind, message=str(reached), values=reached.values)
        return TestAnnounced(test_id=job.test_id)


def _declare_facts(broker: NatsBroker) -> None:
    """For the AsyncAPI document only: facts are said through ``shared.bus.say``, which waits for the stream."""
    for fact in (TestPassed, TestFailed, TestInconclusive, TestMissed):
        outcome = fact.__name__.removeprefix("Test").lower()
        broker.publisher(f"test.{outcome}.{{target}}", schema=fact, title=fact.__name__, description=fact.__doc__)
