from __future__ import annotations

from pathlib import Path

import pytest
from natsd import Nats
from targets import PretendProbe, chat_target, exhibit, job, outcome, probes

from probe_runner.probe import OnStep, Outcome
from probe_runner.run import Runner
from probe_runner.target import Target
from probe_runner.voice_target import Trunk
from shared.events import TestInconclusive, TestPassed
from shared.vocabulary import Cause, Channel, Origin


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


class NotingProbe:
    """Keeps by which trunks it was to call."""

    def __init__(self) -> None:
        self.trunks: list[str] = []

    async def __call__(self, target: Target, references: Path, on_step: OnStep) -> Outcome:  # noqa: ARG002
        self.trunks.append(target.trunk.id if target.trunk else "none")
        return outcome()


@pytest.mark.parametrize(
    ("origin", "trunk"),
    [
        (Origin.SCHEDULED, "first"),
        (Origin.ON_DEMAND, "first"),
        (Origin.RETEST, "first"),
        (Origin.CONFIRMING, "second"),
    ],
)
async def test_a_confirming_test_goes_by_the_next_trunk_and_every_test_says_by_which(
    nats: Nats, origin: Origin, trunk: str
) -> None:
    trunks = (Trunk(id="first"), Trunk(id="second"), Trunk(id="third"))
    target = Target.model_validate(
        {"id": "t", "name": "T", "channel": "voice", "address": "sip:1@h", "voice": {"press": "9"}, "trunks": trunks}
    )
    client, probe = await nats.client("probe-runner"), NotingProbe()

    fact = await Runner({Channel.VOICE: probe}, Path(), "r1").run(
        client.jetstream(), job(target, origin=origin), target
    )

    assert probe.trunks == [trunk]
    assert [(step.name, step.note) for step in fact.steps] == [("called_by_trunk", trunk)]
    await client.close()
