"""At most one open ticket per target."""

from __future__ import annotations

import pytest
from tellings import NOON, failed, wish

from escalation.decision import conclude, obey
from escalation.docket import Docket, DocketCleared, DocketOpened, Twin, docket_id_for, enter, project
from escalation.ticket import project as ticket_of
from shared.asks import CancelTicket, CloseTicket, NoteTicket

OPENING = conclude(None, failed(), NOON)
TICKET = ticket_of(None, OPENING)
OPEN = project(Docket("cc-inbound"), enter(Docket("cc-inbound"), OPENING))


def test_an_opened_ticket_is_entered():
    (entry,) = enter(Docket("cc-inbound"), OPENING)

    assert isinstance(entry, DocketOpened)
    assert (entry.docket, entry.version, entry.ticket) == (docket_id_for("cc-inbound"), 1, TICKET.id)
    assert (OPEN.ticket, OPEN.last) == (TICKET.id, TICKET.id)


@pytest.mark.parametrize("kind", [CloseTicket, CancelTicket])
def test_an_ended_ticket_is_cleared_but_remembered(kind):
    (entry,) = enter(OPEN, obey(TICKET, wish(kind, TICKET.id, reason="mended"), NOON))

    assert isinstance(entry, DocketCleared)
    assert project(OPEN, [entry]) == Docket("cc-inbound", 2, None, TICKET.id)


def test_what_neither_opens_nor_ends_is_not_entered():
    assert enter(OPEN, obey(TICKET, wish(NoteTicket, TICKET.id, note="on it"), NOON)) == []


def test_a_twin_is_a_bug():
    with pytest.raises(Twin, match="cc-inbound"):
        enter(OPEN, conclude(None, failed("another"), NOON))
