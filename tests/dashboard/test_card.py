from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from day import busy_day
from hostile import HOSTILE, seen
from pretend import World
from scenery import TARGETS

from dashboard import card
from dashboard.status import tally
from dashboard.wording import words_in
from shared.asks import BoardRead, BoardRow
from shared.events import Beat, TestMissed, conclusion_id_for
from shared.vocabulary import Cause, LegVerdict, Result, Slot

ID, EN = words_in("id"), words_in("en")
NOW = datetime(2026, 11, 22, 7, 32, 7, tzinfo=UTC)


def row(number: int = 0, *, cause: Cause | None = None, age_s: float = 125, tested: bool = True) -> BoardRow:
    target = TARGETS[number]
    last = World(NOW).test(target.id, NOW - timedelta(seconds=age_s), cause) if tested else None
    slot = Slot.containing(NOW, target.interval_s).next
    return BoardRow(target=target, last=last, recent=("passed", "failed", "inconclusive", "missed"), next_slot=slot)


def test_a_passing_target_says_so_in_words() -> None:
    text = seen(card.card(row(), NOW, ID)).text
    for said in ("IVR 1500600 Pusat", "Tersambung", "Berfungsi", "Terhubung ke Agent", "2 mnt lalu", "15:00 WIB"):
        assert said in text


def test_a_failing_target_says_which_leg_and_why() -> None:
    html = card.card(row(cause=Cause.QUEUE_TIMEOUT), NOW, ID)
    assert 'data-light="bad"' in html
    for said in ("Gagal", "Tidak terhubung", "Antrean: tidak ada Agent sampai batas waktu"):
        assert said in seen(html).text


def test_an_old_pass_is_never_shown_as_passing() -> None:
    html = card.card(row(age_s=2 * TARGETS[0].interval_s + 1), NOW, EN)
    assert 'data-light="unknown"' in html
    assert "sb-good" not in html.split("sb-strip")[0]
    assert "Works" not in html
    assert "Two intervals have gone by" in html


def test_an_untested_target_is_unknown() -> None:
    html = card.card(row(tested=False), NOW, EN)
    assert 'data-light="unknown"' in html
    assert "Not tested yet" in html


def test_our_own_breakage_is_not_the_services_failure() -> None:
    html = card.card(row(cause=Cause.PROBER_CRASHED), NOW, EN)
    assert 'data-light="unknown"' in html
    assert "not the service" in seen(html).text


def test_a_missed_slot_says_so() -> None:
    passed, nothing = row().last, LegVerdict(result=Result.NOT_REACHED)
    assert passed
    body = passed.model_dump(exclude={"type", "id"}) | {"accessibility": nothing, "agent": nothing}
    missed = TestMissed(**body, id=conclusion_id_for(passed.test_id), detail="nobody was free")
    text = seen(card.card(row().model_copy(update={"last": missed}), NOW, EN)).text
    assert "Missed: nobody was free" in text


def test_a_due_slot_and_a_running_test_are_said() -> None:
    due = row().model_copy(update={"next_slot": Slot.containing(NOW, 1_800)})
    assert "Next test is due now" in card.card(due, NOW, EN)
    assert "Test is running" in card.card(due, NOW, EN, "Test is running · 3 s")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(12.9, "12 dtk"), (60.0, "1 mnt"), (72.5, "1 mnt 12 dtk"), (3_599.0, "59 mnt 59 dtk"), (4_320.0, "1 jam 12 mnt")],
)
def test_the_time_of_agents_used_today_is_said_in_a_corner(seconds: float, said: str) -> None:
    html = card.card(row().model_copy(update={"agent_time_day_s": seconds}), NOW, ID)
    assert said in seen(html).text
    assert f'title="Waktu Agent terpakai hari ini: {said}"' in html
    assert "Waktu Agent" not in card.card(row(), NOW, ID)


def test_the_ticket_of_a_target_is_one_line() -> None:
    world = busy_day(NOW)
    view = next(view for view in world.tickets.values() if not view.state.is_over)
    assert card.ticket_label(row().model_copy(update={"ticket": view}), NOW, ID) == "SBG-2026-0042 · Dibuka · 13 mnt"
    over = next(view for view in world.tickets.values() if view.state.is_over)
    assert card.ticket_label(row().model_copy(update={"ticket": over}), NOW, ID) == ""


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "No services in the test plan yet"),
        ([row(0), row(1)], "All 2 services reach an agent"),
        ([row(0), row(1, cause=Cause.TELCO_BUSY), row(2, tested=False)], "1 of 3 services failing"),
        ([row(0), row(2, tested=False)], "1 of 2 services in an unknown state"),
    ],
)
def test_the_summary_says_the_worst_first(rows: list[BoardRow], said: str) -> None:
    assert said in card.summary(tally(rows, NOW), EN)


def test_services_and_parked_messages_are_one_line() -> None:
    beats = (Beat(service="reporting", instance="1", at=NOW, started_at=NOW, is_ready=True, restarts=3),)
    html = card.services(BoardRead(at=NOW, rows=(), beats=beats, parked=2), NOW, ID)
    for said in ("Pencatatan", "siap · 3", "tidak terdengar", "2 pesan terparkir"):
        assert said in seen(html).text
    assert "terparkir" not in card.services(BoardRead(at=NOW, rows=()), NOW, ID)


def test_hostile_names_and_notices_stay_text() -> None:
    target = TARGETS[0].model_copy(update={"name": HOSTILE, "address": HOSTILE, "service_line": HOSTILE})
    hostile = row(cause=Cause.PROBER_CRASHED).model_copy(update={"target": target})
    hostile = hostile.model_copy(update={"last": hostile.last.model_copy(update={"detail": HOSTILE})})
    beat = Beat(service="lab", instance="1", at=NOW, started_at=NOW, is_ready=True, notices=(HOSTILE,))
    board = BoardRead(at=NOW, rows=(hostile,), beats=(beat,), notices=(HOSTILE,))
    for html in (
        card.card(hostile, NOW, ID, HOSTILE),
        card.summary(tally([hostile], NOW), ID),
        card.services(board, NOW, ID),
        card.notices(board, NOW, ID),
    ):
        assert seen(html).is_harmless
    assert HOSTILE in seen(card.notices(board, NOW, ID)).text
