from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hostile import HOSTILE, seen
from pretend import World

from dashboard import history
from dashboard.status import Light
from dashboard.wording import words_in
from shared import events
from shared.vocabulary import Actor, Cause, Leg, Origin

ID, EN = words_in("id"), words_in("en")
NOW = datetime(2026, 11, 22, 7, 32, 7, tzinfo=UTC)
AT = {"leg": Leg.AGENT, "cause": Cause.QUEUE_TIMEOUT}


def a_ticket() -> tuple[World, events.AnyTicketFact]:
    world = World(NOW)
    failed = world.test("ivr-pusat", NOW - timedelta(minutes=10), Cause.QUEUE_TIMEOUT)
    return world, world.open_ticket(failed, "T-1", NOW - timedelta(minutes=10))


@pytest.mark.parametrize(
    ("kind", "more", "said", "light"),
    [
        (events.TicketFailureRepeated, {"test_id": uuid4(), **AT}, "Uji gagal lagi: Antrean", Light.BAD),
        (events.TicketPassNoted, {"test_id": uuid4()}, "Sebuah uji lulus", Light.GOOD),
        (
            events.TicketTestRequested,
            {"test_id": uuid4(), "purpose": Origin.RETEST, "attempt": 2, "not_before": NOW},
            "Uji uji ulang ke-2",
            Light.UNKNOWN,
        ),
        (events.TicketAcknowledged, {"note": "saya lihat"}, "Tiket diterima", Light.WATCH),
        (events.TicketNoted, {"note": "cek trunk"}, "Catatan perkembangan", Light.UNKNOWN),
        (events.TicketResolved, {}, "Dinyatakan selesai", Light.WATCH),
        (events.TicketReopened, {"test_id": uuid4(), "cause": Cause.TELCO_BUSY}, "Nada sibuk", Light.BAD),
        (events.TicketClosed, {"test_id": uuid4()}, "uji ulang lulus", Light.GOOD),
        (events.TicketClosed, {"reason": "sudah benar"}, "Ditutup manual", Light.GOOD),
        (events.TicketCancelled, {"reason": "latihan"}, "Dibatalkan", Light.UNKNOWN),
    ],
)
def test_every_fact_is_a_sentence(kind: type, more: dict[str, object], said: str, light: Light) -> None:
    world, ticket = a_ticket()
    world.happened(ticket, kind, NOW, **more)
    entry = history.entry(world.timelines[ticket][-1], NOW, ID)
    assert said in entry.sentence
    assert entry.light is light
    assert entry.said == str(more.get("note", more.get("reason", "")))


def test_the_timeline_is_in_order_and_names_who_did_it() -> None:
    world, ticket = a_ticket()
    world.happened(ticket, events.TicketAcknowledged, NOW, actor=Actor(id="ioc.dewi"), note="on it")
    html = history.timeline(reversed(world.timelines[ticket]), NOW, EN)
    assert html.index("TicketOpened") < html.index("TicketAcknowledged")
    text = seen(html).text
    assert "ioc.dewi" in text
    assert "system" in text
    assert "14:22:07" in text


def test_the_clocks_say_how_long_it_took_or_that_it_has_not_happened() -> None:
    world, ticket = a_ticket()
    text = seen(history.clocks(world.tickets[ticket], NOW, EN)).text
    assert "Acknowledged afternot yet" in text
    assert "Open for10 min" in text
    world.happened(ticket, events.TicketAcknowledged, NOW - timedelta(minutes=7))
    assert "Acknowledged after3 min" in seen(history.clocks(world.tickets[ticket], NOW, EN)).text
    world.happened(ticket, events.TicketCancelled, NOW, reason="drill")
    text = seen(history.clocks(world.tickets[ticket], NOW, EN)).text
    assert "Claimed solved afternever" in text
    assert "Ended after10 min" in text


def test_hostile_notes_stay_text() -> None:
    world, ticket = a_ticket()
    world.happened(ticket, events.TicketNoted, NOW, note=HOSTILE)
    view = world.tickets[ticket].model_copy(update={"target_name": HOSTILE, "summary": HOSTILE, "number": HOSTILE})
    for html in (
        history.timeline(world.timelines[ticket], NOW, ID),
        history.headline(view, ID),
        history.row(view, NOW, ID),
    ):
        assert seen(html).is_harmless
        assert HOSTILE in seen(html).text
