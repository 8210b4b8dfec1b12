from __future__ import annotations

import asyncio

from natsd import Nats
from samples import NOW, at
from structlog.testing import capture_logs
from waiting import eventually

from reporting.beats import Beats
from reporting.hearing import LONGEST_BEAT, Parked, hear_beats
from shared.events import Beat
from shared.subjects import dead


def beat(instance: str = "one", **more: object) -> bytes:
    values = {"service": "escalation", "instance": instance, "at": NOW, "started_at": NOW, "is_ready": True}
    return Beat(**{**values, **more}).model_dump_json().encode()


async def test_beats_are_heard_and_what_is_no_beat_is_ignored_with_a_line(nats: Nats):
    client, other = await nats.client("reporting"), await nats.client("escalation")
    beats = Beats()
    listening = asyncio.create_task(hear_beats(client, beats, lambda: at(1)))

    async def send() -> tuple[Beat, ...]:
        await other.publish("beat.escalation.bad", b"{}")
        await other.publish("beat.escalation.bad", b"\xff" * (LONGEST_BEAT + 1))
        await other.publish("beat.escalation.one", beat())
        await other.flush()
        return beats.lately(at(2))

    with capture_logs() as logs:
        heard = await eventually(send)
    assert [one.instance for one in heard] == ["one"]
    reasons = {line["reason"] for line in logs if line["event"] == "beat_ignored"}
    assert any("service: Field required" in reason for reason in reasons)
    assert any("longer than" in reason for reason in reasons)
    listening.cancel()
    await client.close()
    await other.close()


async def test_the_dead_letter_is_counted_and_stays_as_it_was_while_the_bus_is_away(nats: Nats, monkeypatch):
    monkeypatch.setattr("reporting.hearing.COUNT_AGAIN_S", 0)
    client, other = await nats.client("reporting"), await nats.client("escalation")
    parked = Parked()
    assert await parked.count(client) == 0
    for number in range(3):
        await other.jetstream().publish(dead("escalation", "TESTS", number), b"?")
    assert await parked.count(client) == 3
    await other.close()
    nats.kill()
    assert await parked.count(client) == 3
    await client.close()


async def test_the_dead_letter_is_not_counted_again_at_every_ask(nats: Nats):
    client, other = await nats.client("reporting"), await nats.client("escalation")
    parked = Parked()
    await parked.count(client)
    await other.jetstream().publish(dead("escalation", "TESTS", 1), b"?")
    assert await parked.count(client) == 0
    await client.close()
    await other.close()
