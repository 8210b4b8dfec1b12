from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from day import busy_day
from natsd import Nats
from pretend import CHUNK, World, answering
from sight import connected

from dashboard.client import LARGEST_EVIDENCE, NoAnswer, Spoiled, Why, open_client
from shared.asks import (
    AcknowledgeTicket,
    BoardRead,
    EvidenceRead,
    ReadBoard,
    ReadEvidence,
    Refused,
    TicketRead,
    TicketView,
)
from shared.vocabulary import Actor, EvidenceKind

ME = Actor(id="budi")


def board() -> ReadBoard:
    return ReadBoard(command_id=uuid4(), actor=ME)


def acknowledge(world: World, command_id: UUID) -> AcknowledgeTicket:
    ticket = next(view.ticket for view in world.tickets.values() if not view.state.is_over)
    return AcknowledgeTicket(command_id=command_id, actor=ME, ticket=ticket)


async def test_an_answer_comes_back_typed(world: World) -> None:
    said = await asyncio.to_thread(open_client().ask, board(), BoardRead)
    assert isinstance(said, BoardRead)
    assert [row.target.id for row in said.rows] == [card.id for card in world.targets]


async def test_a_refusal_comes_back_as_one(world: World) -> None:
    refusal = Refused(refused="ticket_over", message="over", values={"state": "closed"})
    world.refuse["ask.ticket.acknowledge"] = refusal
    assert await asyncio.to_thread(open_client().command, acknowledge(world, uuid4()), TicketView) == refusal


async def test_nobody_there_names_the_service_that_should_answer(nats: Nats) -> None:
    async with connected(nats):
        said = await asyncio.to_thread(open_client().ask, board(), BoardRead)
    assert said == NoAnswer("reporting", Why.SILENT)


async def test_an_answer_of_another_shape_is_no_answer(world: World) -> None:
    assert world.targets
    said = await asyncio.to_thread(open_client().ask, board(), TicketRead)
    assert said == NoAnswer("reporting", Why.UNREADABLE)


async def test_without_a_connection_the_bus_is_away_at_once() -> None:
    open_client.cache_clear()
    said = await asyncio.to_thread(open_client().ask, board(), BoardRead)
    assert said == NoAnswer("nats", Why.BUS_AWAY)


async def test_a_server_that_dies_and_comes_back_is_asked_again_by_itself(nats: Nats) -> None:
    world = busy_day(datetime.now(UTC))
    async with answering(nats, world), connected(nats):
        nats.kill()
        while (said := await asyncio.to_thread(open_client().ask, board(), BoardRead, 0.3)) is None or isinstance(
            said, BoardRead
        ):
            await asyncio.sleep(0.05)
        assert isinstance(said, NoAnswer)
        await nats.start()
        async with asyncio.timeout(20):
            while not isinstance(await asyncio.to_thread(open_client().ask, board(), BoardRead, 0.3), BoardRead):
                await asyncio.sleep(0.1)


async def test_the_same_command_is_sent_once_and_answered_twice(world: World) -> None:
    command = acknowledge(world, uuid4())
    said = await asyncio.gather(*(asyncio.to_thread(open_client().command, command, TicketView) for _ in range(5)))
    assert len(world.commands) == 1
    assert len({answer.version for answer in said if isinstance(answer, TicketView)}) == 1


async def test_another_command_is_sent_on_its_own(world: World) -> None:
    for _ in range(2):
        await asyncio.to_thread(open_client().command, acknowledge(world, uuid4()), TicketView)
    assert len({command.command_id for command in world.commands}) == 2


async def test_a_command_nobody_answered_may_be_sent_again_with_the_same_id(nats: Nats) -> None:
    world = busy_day(datetime.now(UTC))
    command = acknowledge(world, uuid4())
    async with connected(nats):
        said = await asyncio.to_thread(open_client().command, command, TicketView)
        assert said == NoAnswer("escalation", Why.SILENT)
        async with answering(nats, world):
            assert isinstance(await asyncio.to_thread(open_client().command, command, TicketView), TicketView)
    assert [asked.command_id for asked in world.commands] == [command.command_id]


async def test_evidence_larger_than_an_answer_comes_whole(world: World) -> None:
    data = bytes(range(256)) * 500
    assert len(data) > 2 * CHUNK
    piece = world.keep(EvidenceKind.RECORDING, "x/call.ogg", "audio/ogg", data)
    assert await asyncio.to_thread(open_client().fetch, piece, ME) == data


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sha256": "0" * 64}, "changed"),
        ({"size": 11}, "cut_short"),
        ({"size": LARGEST_EVIDENCE + 1}, "too_large"),
    ],
)
async def test_evidence_that_is_not_what_it_was_is_not_shown(
    world: World, changes: dict[str, object], reason: str
) -> None:
    piece = world.keep(EvidenceKind.TRANSCRIPT, "x/t.txt", "text/plain", b"ten bytes!").model_copy(update=changes)
    with pytest.raises(Spoiled, match=reason):
        await asyncio.to_thread(open_client().fetch, piece, ME)


async def test_the_bytes_survive_the_wire(world: World) -> None:
    world.objects["x"] = b"\x00\xff"
    question = ReadEvidence(command_id=uuid4(), actor=ME, name="x")
    said = await asyncio.to_thread(open_client().ask, question, EvidenceRead)
    assert isinstance(said, EvidenceRead)
    assert (said.data, said.size) == (b"\x00\xff", 2)
    assert base64.b64encode(said.data)
