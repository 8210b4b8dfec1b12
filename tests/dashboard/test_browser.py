"""The pages in a real Chromium, against a pretend world on a real nats-server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from browser import WHY_NOT, has_browser
from playwright.async_api import expect
from visiting import House, Visit, running_house, visiting

from shared.asks import AcknowledgeTicket, NoteTicket
from shared.vocabulary import Cause

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not has_browser(), reason=WHY_NOT),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running_house(tmp_path_factory.mktemp("nats")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def visit(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Visit]:
    async with visiting(house, tmp_path / f"{request.node.name}.png") as visit:
        yield visit


async def test_the_board_shows_the_targets_and_switches_its_language(visit: Visit) -> None:
    page = await visit.to("/", ".sb-card")
    await expect(page.locator(".sb-card")).to_have_count(len(visit.world.targets))
    await expect(page.locator("h1", has_text="Papan PIC")).to_be_visible()
    failing = page.locator('.sb-card[data-target="ivr-gangguan"]')
    await expect(failing).to_have_attribute("data-light", "bad")
    await expect(failing.locator('.sb-leg[data-leg="agent"]')).to_contain_text("Tidak terhubung")
    await page.locator(".st-key-lang").get_by_text("en", exact=True).click()
    await expect(page.locator("h1", has_text="PIC board")).to_be_visible()
    await page.locator(".st-key-card-ivr-pusat").get_by_text("Test history").click()
    await expect(page.locator("h1", has_text="IVR 1500600 Pusat")).to_be_visible()
    await expect(page.get_by_text("Step by step")).to_be_visible()
    assert "lang=en" in page.url


async def test_a_failing_fact_shows_by_itself_without_a_reload(visit: Visit) -> None:
    page = await visit.to("/", '.sb-card[data-target="webchat"][data-light="good"]')
    await page.evaluate("window.isTheSamePage = true")
    visit.world.test("webchat", datetime.now(UTC), Cause.BOT_NO_REPLY)
    await expect(page.locator('.sb-card[data-target="webchat"]')).to_have_attribute("data-light", "bad")
    await expect(page.locator('.sb-card[data-target="webchat"]')).to_contain_text("Bot tidak membalas")
    assert await page.evaluate("window.isTheSamePage") is True


async def test_a_double_click_acknowledges_once_with_the_name_of_who_clicked(visit: Visit) -> None:
    ticket = next(view.ticket for view in visit.world.tickets.values() if not view.state.is_over)
    page = await visit.to(f"/tickets?ticket={ticket}", ".sb-timeline")
    await page.locator(".st-key-actor input").fill("Budi Santoso")
    await page.locator(".st-key-actor input").press("Enter")
    await expect(page.get_by_text("Dicatat atas nama: Budi.Santoso")).to_be_visible()
    await page.locator(f".st-key-send-acknowledge-{ticket} button").dblclick()
    await expect(page.locator(".sb-headline")).to_have_attribute("data-state", "acknowledged")
    await expect(page.locator('.sb-timeline li[data-fact="TicketAcknowledged"]')).to_contain_text("Budi.Santoso")
    await expect(page.locator(f".st-key-send-acknowledge-{ticket} button")).to_be_disabled()
    (command,) = visit.world.commands
    assert isinstance(command, AcknowledgeTicket)
    assert (command.ticket, command.actor.id) == (ticket, "Budi.Santoso")


async def test_what_is_typed_survives_the_redraws_and_a_change_of_state(visit: Visit) -> None:
    ticket = next(view.ticket for view in visit.world.tickets.values() if not view.state.is_over)
    page = await visit.to(f"/tickets?ticket={ticket}", ".sb-timeline")
    field = page.locator(f".st-key-note-{ticket} textarea")
    await field.click()
    await field.press_sequentially("sedang cek ")
    before = visit.world.asked["ask.record.ticket"]
    visit.world.on_acknowledgeticket(AcknowledgeTicket(command_id=ticket, actor={"id": "ioc"}, ticket=ticket))
    await expect(page.locator(".sb-headline")).to_have_attribute("data-state", "acknowledged")
    await expect(page.locator(f".st-key-send-acknowledge-{ticket} button")).to_be_disabled()
    async with asyncio.timeout(60):
        while visit.world.asked["ask.record.ticket"] < before + 3:
            await asyncio.sleep(0.1)
    await field.press_sequentially("trunk")
    await expect(field).to_have_value("sedang cek trunk")
    await page.locator(f".st-key-send-note-{ticket} button").click()
    await expect(page.locator('.sb-timeline li[data-fact="TicketNoted"]')).to_contain_text("sedang cek trunk")
    await expect(field).to_have_value("")
    assert [command.note for command in visit.world.commands if isinstance(command, NoteTicket)] == ["sedang cek trunk"]


async def test_the_recording_can_be_played_and_the_transcript_read(visit: Visit) -> None:
    page = await visit.to("/target?target=ivr-gangguan", "audio")
    async with asyncio.timeout(60):
        while not await page.locator("audio").evaluate("player => player.duration > 2"):
            await asyncio.sleep(0.1)
    await page.get_by_text("Transkrip ·").click()
    await expect(page.get_by_text("dengan Rina, ada yang dapat dibantu?")).to_be_visible()
    await expect(page.locator("svg, canvas").first).to_be_visible()


async def test_nothing_is_fetched_from_anywhere_else(visit: Visit) -> None:
    elsewhere: list[str] = []
    own = ("data:", "blob:", visit.address, visit.address.replace("http", "ws"))
    visit.page.on("request", lambda request: None if request.url.startswith(own) else elsewhere.append(request.url))
    for path, landmark in (("/", ".sb-card"), ("/tickets", ".sb-row"), ("/target?target=ivr-gangguan", "audio")):
        await visit.to(path, landmark)
    assert elsewhere == []
