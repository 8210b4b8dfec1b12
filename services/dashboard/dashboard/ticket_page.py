"""Tickets: the list, or one with its timeline and the forms to act on it. What is typed survives every redraw."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import streamlit as st
from pydantic import ValidationError

from dashboard import history, pager, session
from dashboard.client import NoAnswer
from dashboard.look import NOTHING, banner, escaped, plain
from dashboard.status import Light
from shared.asks import (
    AcknowledgeTicket,
    Ask,
    CancelTicket,
    CloseTicket,
    ListTickets,
    NoteTicket,
    ReadTicketRecord,
    ReadTicketRecords,
    Refused,
    ResolveTicket,
    TicketRead,
    TicketRecordsRead,
    TicketsListed,
    TicketView,
)
from shared.vocabulary import TicketState

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.wording import Words

PAGE = 25
LONGEST_NOTE = 4_000

FORMS: dict[str, tuple[type[Ask], str]] = {
    "acknowledge": (AcknowledgeTicket, "note"),
    "note": (NoteTicket, "note"),
    "resolve": (ResolveTicket, "note"),
    "close": (CloseTicket, "reason"),
    "cancel": (CancelTicket, "reason"),
}
"""By name: what it asks, and the field that holds the text."""

NEEDS_TEXT = frozenset({"note", "close", "cancel"})
LAST_RESORTS = ("close", "cancel")


def page() -> None:
    """One ticket when the address names it, else all."""
    asked = st.query_params.get("ticket")
    if not asked:
        _list()
        return
    try:
        ticket = UUID(asked)
    except ValueError:
        st.html(banner(Light.WATCH, session.speaking()("ticket.bad_address")))
        return
    _one(ticket)


# --- the list ---------------------------------------------------------------------------------------------------


@st.fragment(run_every="2s")
def _list() -> None:
    words, now = session.speaking(), session.present()
    listed = session.read(ListTickets, TicketsListed, is_open_only=True, limit=200)
    recorded = session.read(ReadTicketRecords, TicketRecordsRead, limit=PAGE, before=pager.cursor("tickets"))
    opened, ended = split(listed, recorded)
    with st.container(key="tickets", gap="small"):
        st.html(f'<div class="sb-head"><div><h1>{escaped(words("tickets.title"))}</h1></div></div>')
        st.html(session.trouble(listed, words))
        st.html(session.trouble(recorded, words))
        st.html(f"<h2>{escaped(words('tickets.open', n=len(opened)))}</h2>")
        _rows("open", opened, now, words)
        st.html(f"<h2>{escaped(words('tickets.ended'))}</h2>")
        _rows("ended", ended, now, words)
        pager.turn("tickets", recorded.next if isinstance(recorded, TicketRecordsRead) else None, words)


def split(
    listed: TicketsListed | Refused | NoAnswer, recorded: TicketRecordsRead | Refused | NoAnswer
) -> tuple[tuple[TicketView, ...], tuple[TicketView, ...]]:
    """Open tickets as their owner has them, or as recorded when it does not answer; and the recorded ended ones."""
    records = recorded.tickets if isinstance(recorded, TicketRecordsRead) else ()
    opened = listed.tickets if isinstance(listed, TicketsListed) else records
    return (
        tuple(ticket for ticket in opened if not ticket.state.is_over),
        tuple(ticket for ticket in records if ticket.state.is_over),
    )


def _rows(name: str, tickets: tuple[TicketView, ...], now: datetime, words: Words) -> None:
    with st.container(key=f"rows-{name}", gap=None):
        if not tickets:
            st.html(f'<p class="sb-quiet">{escaped(words(f"tickets.no_{name}"))}</p>')
        for ticket in tickets:
            with st.container(key=f"row-{ticket.ticket}", horizontal=True, vertical_alignment="center", gap="small"):
                address = {"ticket": str(ticket.ticket)}
                st.page_link(session.link("ticket"), label=plain(ticket.number), query_params=address)
                st.html(history.row(ticket, now, words))


# --- one ticket -------------------------------------------------------------------------------------------------


def _one(ticket: UUID) -> None:
    words = session.speaking()
    st.page_link(session.link("ticket"), label=words("tickets.all"), icon=":material/arrow_back:")
    story, acts = st.columns([0.64, 0.36], gap="large")
    with story:
        _story(ticket)
    with acts:
        _acts(ticket, st.session_state.get(f"state-{ticket}"), words)


@st.fragment(run_every="2s")
def _story(ticket: UUID) -> None:
    words, now = session.speaking(), session.present()
    said = session.read(ReadTicketRecord, TicketRead, ticket=ticket)
    if isinstance(said, TicketRead):
        st.session_state["ticket"] = said
    known: TicketRead | None = st.session_state.get("ticket")
    st.html(session.trouble(said, words))
    if known is None or known.view.ticket != ticket:
        st.html(f'<p class="sb-quiet">{escaped(words("ticket.waiting"))}</p>')
        return
    with st.container(key="story", gap="small"):
        st.html(history.headline(known.view, words))
        st.html(history.clocks(known.view, now, words))
        st.page_link(
            session.link("target"),
            label=words("ticket.to_target", name=plain(known.view.target_name)),
            icon=":material/history:",
            query_params={"target": known.view.target},
        )
        st.html(f"<h3>{escaped(words('ticket.timeline'))}</h3>{history.timeline(known.timeline, now, words)}")
    # The forms stand outside, so that nothing typed there is lost; they are told only when the state has moved on.
    if st.session_state.get(f"state-{ticket}") is not known.view.state:
        st.session_state[f"state-{ticket}"] = known.view.state
        st.rerun()


def _acts(ticket: UUID, state: TicketState | None, words: Words) -> None:
    with st.container(key="acts", gap="small"):
        st.html(f"<h2>{escaped(words('act.title'))}</h2>")
        st.html(st.session_state.get(f"said-{ticket}", NOTHING))
        st.html(f'<p class="sb-quiet">{escaped(words("act.as", actor=session.acting().id))}</p>')
        for name in FORMS:
            if name not in LAST_RESORTS:
                _form(name, ticket, state, words)
        with st.expander(words("act.last_resorts")):
            for name in LAST_RESORTS:
                _form(name, ticket, state, words)


def is_offered(name: str, state: TicketState | None) -> bool:
    """Whether the act makes sense in that state; the owner has the last word."""
    if state is None or state.is_over:
        return False
    if name == "acknowledge":
        return state in {TicketState.OPENED, TicketState.REOPENED}
    return not (name == "resolve" and state is TicketState.RESOLVED)


def _form(name: str, ticket: UUID, state: TicketState | None, words: Words) -> None:
    field = f"{name}-{ticket}"
    with st.form(f"form-{field}", enter_to_submit=False):
        st.text_area(
            words(f"act.{name}.label"),
            key=field,
            max_chars=LONGEST_NOTE,
            height=68,
            placeholder=words(f"act.{name}.hint"),
        )
        st.form_submit_button(
            words(f"act.{name}.button"),
            key=f"send-{field}",
            type="primary" if name == "acknowledge" else "secondary",
            disabled=not is_offered(name, state),
            on_click=_act,
            args=(name, ticket),
        )


def _act(name: str, ticket: UUID) -> None:
    words, field = session.speaking(), f"{name}-{ticket}"
    kind, text = FORMS[name]
    typed = str(st.session_state.get(field) or "").strip()
    try:
        said = session.send(kind, TicketView, ticket=ticket, **{text: typed})
    except ValidationError:
        st.session_state[f"said-{ticket}"] = banner(Light.WATCH, words("act.too_short"))
        return
    if isinstance(said, TicketView):
        st.session_state[field] = ""
        done = words("act.done", act=words(f"act.{name}.button"), state=words(f"state.{said.state}"))
        st.session_state[f"said-{ticket}"] = banner(Light.GOOD, done)
    else:
        st.session_state[f"said-{ticket}"] = session.trouble(said, words)
