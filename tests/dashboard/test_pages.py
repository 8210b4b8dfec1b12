"""The pages as Streamlit runs them, against a pretend world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sight
from day import busy_day
from hostile import HOSTILE, seen
from natsd import Nats
from pretend import World, answering
from sight import button, connected, html, look, run
from streamlit.testing.v1 import AppTest

from shared.asks import AcknowledgeTicket, Refused, RunTest
from shared.vocabulary import Cause, TargetCard, TicketState


def open_one(world: World) -> UUID:
    return next(view.ticket for view in world.tickets.values() if not view.state.is_over)


def calm(app: AppTest) -> AppTest:
    assert not app.exception, [error.value for error in app.exception]
    return app


def text(app: AppTest) -> str:
    return seen(html(calm(app))).text


# --- board --------------------------------------------------------------------------------------------------------


async def test_the_board_shows_every_target_in_indonesian(world: World) -> None:
    said = text(await look(sight.board))
    assert "Papan PIC" in said
    for card in world.targets:
        assert card.name in said
    for words in ("1 dari 6 layanan gagal", "Antrean: tidak ada Agent", "3 pesan terparkir", "plan: refused: line 14"):
        assert words in said


async def test_the_switch_turns_it_to_english(world: World) -> None:
    assert world.targets
    app = await look(sight.board, lang="en")
    assert "PIC board" in text(app)
    assert "1 of 6 services failing" in text(app)


async def test_a_language_nobody_offers_is_answered_in_indonesian(world: World) -> None:
    assert world.targets
    for wrong in ("xx", "../en", ""):
        assert "Papan PIC" in text(await look(sight.board, lang=wrong))


async def test_nobody_answering_is_named_and_what_was_known_stays(nats: Nats) -> None:
    async with connected(nats):
        async with answering(nats, busy_day(datetime.now(UTC))):
            app = await look(sight.board)
            assert "IVR 1500600 Pusat" in text(app)
        said = text(await run(app))
        assert "Layanan Pencatatan (reporting) tidak menjawab." in said
        assert "IVR 1500600 Pusat" in said


async def test_a_board_that_never_had_an_answer_says_why(nats: Nats) -> None:
    async with connected(nats):
        said = text(await look(sight.board))
    assert "reporting" in said
    assert "layanan tersambung" not in said


async def test_test_now_announces_one_test_and_then_shows_its_result(world: World) -> None:
    app = await look(sight.board)
    app.session_state["actor"] = "Budi Santoso"
    button(app, "run-ivr-pusat").click()
    said = text(await run(app))
    assert "Uji sedang berjalan" in said
    assert button(app, "run-ivr-pusat").disabled
    (asked,) = world.commands
    assert isinstance(asked, RunTest)
    assert (asked.target, asked.actor.id) == ("ivr-pusat", "Budi.Santoso")
    world.test("ivr-pusat", datetime.now(UTC), Cause.TELCO_BUSY, test_id=asked.command_id)
    said = text(await run(app))
    assert "Hasil uji Anda pukul" in said
    assert not button(app, "run-ivr-pusat").disabled


async def test_a_refused_test_says_so_with_its_values(world: World) -> None:
    world.refuse["ask.test.run"] = Refused(refused="cap_reached", message="too many", values={"target": "ivr-pusat"})
    app = await look(sight.board)
    button(app, "run-ivr-pusat").click()
    assert "Ditolak: too many (target: ivr-pusat)" in text(await run(app))


@pytest.mark.parametrize(
    ("again", "said"),
    [
        ("2026-11-22T07:32:07+00:00", "tercapai. Uji berikutnya dapat diminta mulai pukul 14:32:07 WIB."),
        ("some day", "tercapai (possible_at: some day)"),
    ],
)
async def test_a_test_beyond_the_cap_says_when_the_next_is_possible(world: World, again: str, said: str) -> None:
    world.refuse["ask.test.run"] = Refused(refused="too_many_tests", message="used up", values={"possible_at": again})
    app = await look(sight.board)
    button(app, "run-ivr-pusat").click()
    assert f"Ditolak: batas jumlah uji per jam untuk layanan ini sudah {said}" in text(await run(app))


async def test_hostile_targets_are_shown_as_text(world: World) -> None:
    card = world.targets[0]
    hostile = {"name": HOSTILE, "address": HOSTILE, "service_line": HOSTILE}
    world.targets = (TargetCard(**card.model_dump() | hostile), *world.targets[1:])
    app = await look(sight.board)
    assert seen(html(calm(app)).split("</style>")[-1]).is_harmless
    assert HOSTILE in text(app)


# --- one target -----------------------------------------------------------------------------------------------------


async def test_a_target_shows_its_newest_test_in_full(world: World) -> None:
    said = text(await look(sight.target, target="ivr-gangguan"))
    for words in ("IVR 1500700 Gangguan", "diuji setiap 30 mnt", "Menelepon", "Mendukung", "4,31", "Rekaman · "):
        assert words in said
    assert world.tests


async def test_a_target_says_how_long_its_agents_were_kept_today(world: World) -> None:
    world.agent_time_day_s = {"ivr-pusat": 72.5}
    said = text(await look(sight.target, target="ivr-pusat"))
    assert "Waktu Agent terpakai hari ini1 mnt 12 dtk" in said


async def test_an_older_test_is_shown_when_it_is_chosen(world: World) -> None:
    older = [test for test in world.tests if test.target == "ivr-gangguan"][5]
    app = await look(sight.target, target="ivr-gangguan")
    button(app, f"test-{older.test_id}").click()
    assert f'data-test="{older.test_id}"' in html(calm(await run(app)))


async def test_the_tests_of_a_target_are_paged(world: World) -> None:
    for back in range(30):
        world.tests.append(world.test("email", datetime.now(UTC) - timedelta(days=2, hours=back)))
    mine = [test for test in world.tests if test.target == "email"]
    app = await look(sight.target, target="email")
    keys = [each.key for each in app.button if str(each.key).startswith("test-")]
    assert keys == [f"test-{test.test_id}" for test in mine[:20]]
    button(app, "older-email").click()
    keys = [each.key for each in (await run(app)).button if str(each.key).startswith("test-")]
    assert keys == [f"test-{test.test_id}" for test in mine[20:40]]


async def test_a_test_of_another_target_is_not_shown_here(world: World) -> None:
    other = next(test for test in world.tests if test.target == "email")
    app = await look(sight.target, target="whatsapp", test=str(other.test_id))
    assert "belum ada dalam catatan" in text(app)


async def test_an_address_without_a_target_offers_them_all(world: World) -> None:
    assert world.targets
    for query in ({}, {"target": "../etc"}, {"target": "<b>"}):
        assert "Pilih layanan" in text(await look(sight.target, **query))


async def test_spoiled_evidence_is_not_played(world: World) -> None:
    for name in world.objects:
        if name.endswith(".ogg"):
            world.objects[name] = world.objects[name][:-1] + b"\x00"
    assert "tidak cocok dengan sidik" in text(await look(sight.target, target="ivr-gangguan"))


# --- tickets --------------------------------------------------------------------------------------------------------


async def test_open_tickets_come_first_and_ended_ones_after(world: World) -> None:
    assert world.tickets
    said = text(await look(sight.ticket))
    assert said.index("Terbuka (1)") < said.index("IVR 1500700") < said.index("Selesai") < said.index("WhatsApp Bot")


async def test_a_ticket_tells_its_story(world: World) -> None:
    said = text(await look(sight.ticket, ticket=str(open_one(world))))
    for words in ("SBG-2026-0042", "Dibuka", "gangguan terkonfirmasi", "Uji konfirmasi ke-1 diminta", "Uji gagal lagi"):
        assert words in said


async def test_an_address_that_is_no_ticket_says_so(world: World) -> None:
    assert world.tickets
    assert "tidak menunjuk tiket" in text(await look(sight.ticket, ticket="42"))
    unknown = await look(sight.ticket, ticket=str(UUID(int=1)))
    assert "tiket itu belum ada dalam catatan" in text(unknown)


async def act(world: World, name: str, typed: str) -> AppTest:
    ticket = open_one(world)
    app = await look(sight.ticket, ticket=str(ticket))
    app.session_state["actor"] = "ioc.dewi"
    app.text_area(key=f"{name}-{ticket}").set_value(typed)
    button(app, f"send-{name}-{ticket}").click()
    return await run(app)


async def test_each_form_sends_its_command_once_with_who_did_it(world: World) -> None:
    expected = {
        "acknowledge": TicketState.ACKNOWLEDGED,
        "note": TicketState.ACKNOWLEDGED,
        "resolve": TicketState.RESOLVED,
        "close": TicketState.CLOSED,
    }
    for number, (name, state) in enumerate(expected.items(), 1):
        ticket = open_one(world)
        app = await act(world, name, f"alasan {name}")
        assert "tercatat" in text(app)
        assert len(world.commands) == number
        assert world.commands[-1].actor.id == "ioc.dewi"
        assert world.tickets[ticket].state is state
        assert app.text_area(key=f"{name}-{ticket}").value == ""


async def test_a_second_click_is_the_same_command(world: World) -> None:
    ticket = open_one(world)
    app = await look(sight.ticket, ticket=str(ticket))
    for _ in range(2):
        app.text_area(key=f"note-{ticket}").set_value("cek trunk")
        button(app, f"send-note-{ticket}").click()
        calm(await run(app))
    assert len(world.commands) == 1


async def test_a_reason_that_is_missing_is_asked_for_and_nothing_is_sent(world: World) -> None:
    for name in ("note", "close", "cancel"):
        assert "paling sedikit 3 huruf" in text(await act(world, name, "  "))
    assert world.commands == []


async def test_a_refusal_is_shown_in_words_and_what_was_typed_stays(world: World) -> None:
    values = {"by": "budi", "at": "10:00"}
    refused = Refused(refused="already_acknowledged", message="Ticket was acknowledged.", values=values)
    world.refuse[AcknowledgeTicket.subject] = refused
    app = await act(world, "acknowledge", "saya lihat")
    assert "Ditolak: tiket itu sudah diterima (by: budi, at: 10:00)" in text(app)
    assert app.text_area(key=f"acknowledge-{open_one(world)}").value == "saya lihat"


async def test_a_ticket_that_is_over_offers_nothing(world: World) -> None:
    over = next(view.ticket for view in world.tickets.values() if view.state.is_over)
    app = await look(sight.ticket, ticket=str(over))
    offered: list[Any] = [each for each in app.button if str(each.key).startswith("send-")]
    assert offered
    assert all(each.disabled for each in offered)


async def test_a_name_that_cannot_be_recorded_is_told_and_not_used(world: World) -> None:
    app = await look(sight.board)
    app.text_input(key="actor").set_value("<script>")
    await run(app)
    assert app.error
    button(app, "run-email").click()
    calm(await run(app))
    assert world.commands[0].actor.id == "pic"
