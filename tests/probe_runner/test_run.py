from __future__ import annotations

from pathlib import Path

from natsd import Nats
from targets import PretendProbe, chat_target, exhibit, job, outcome, probes

from probe_runner.run import Runner
from shared.events import TestInconclusive, TestPassed
from shared.vocabulary import Cause, Channel


async def test_evidence_that_cannot_be_stored_does_not_lose_the_test(nats: Nats) -> None:
    admin = await nats.client("admin")
    await admin.jetstream().delete_stream("OBJ_EVIDENCE")
    await admin.close()
    client = await nats.client("probe-runner")
    runner = Runner(probes(PretendProbe(outcome(exhibits=(exhibit(),)))), Path(), "r1")

    fact = await runner.run(client.jetstream(), job(), chat_target())

    assert isinstance(fact, TestPassed)
    assert fact.evidence == ()
    assert fact.steps[-1].name == "evidence.not_stored"
    await client.close()


async def test_a_channel_without_a_probe_here_is_our_misconfiguration(nats: Nats) -> None:
    client = await nats.client("probe-runner")

    fact = await Runner({Channel.VOICE: PretendProbe()}, Path(), "r1").run(client.jetstream(), job(), chat_target())

    assert isinstance(fact, TestInconclusive)
    assert (fact.cause, fact.detail) == (Cause.PROBER_MISCONFIGURED, "no probe for webchat in this process")
    await client.close()
