"""The PIC's board, watched all day: every target now, drawn anew every 2 s in place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import streamlit as st

from dashboard import card, moments, session
from dashboard.client import NoAnswer
from dashboard.look import escaped, plain
from dashboard.status import tally
from shared.asks import BoardRead, BoardRow, ReadBoard, ReadTest, Refused, RunTest, TestAnnounced, TestRead
from shared.events import AnyTestFact

if TYPE_CHECKING:
    from dashboard.wording import Words

LONGEST_TEST = timedelta(minutes=5)
SHOWN_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Run:
    """A test that was asked for here: announced, perhaps ended, perhaps never announced (``said``)."""

    asked_at: datetime
    test_id: UUID | None = None
    test: AnyTestFact | None = None
    said: Refused | NoAnswer | None = None

    def is_waiting(self, now: datetime) -> bool:
        """Whether its end is still to be awaited."""
        return self.test_id is not None and self.test is None and now - self.asked_at < LONGEST_TEST


def page() -> None:
    """The board."""
    _live()


@st.fragment(run_every="2s")
def _live() -> None:
    words, now = session.speaking(), session.present()
    said = session.read(ReadBoard, BoardRead)
    if isinstance(said, BoardRead):
        st.session_state["board"] = said
    board: BoardRead | None = st.session_state.get("board")
    with st.container(key="board", gap="small"):
        st.html(card.head(now, words))
        st.html(session.trouble(said, words, since=moments.clock(board.at) if board else ""))
        if board is None:
            return
        st.html(card.summary(tally(board.rows, now), words))
        st.html(card.services(board, now, words))
        with st.container(key="cards"):
            for row in board.rows:
                _card(row, now, words)
        st.html(card.notices(board, now, words))


def _card(row: BoardRow, now: datetime, words: Words) -> None:
    target = row.target
    run = _follow(target.id, now)
    with st.container(key=f"card-{target.id}", gap=None):
        st.html(card.card(row, now, words, running_line(run, now, words) if run else ""))
        with st.container(
            key=f"foot-{target.id}", horizontal=True, vertical_alignment="center", gap="small", wrap=False
        ):
            address = {"target": target.id}
            st.page_link(session.link("target"), label=words("board.history"), query_params=address)
            if label := card.ticket_label(row, now, words):
                address = {"ticket": str(row.ticket.ticket) if row.ticket else ""}
                with st.container(key=f"ticket-of-{target.id}", width="content"):
                    st.page_link(session.link("ticket"), label=plain(label), query_params=address)
            else:
                st.html(f'<p class="sb-quiet">{escaped(words("ticket.none"))}</p>', width="content")
            st.space("stretch")
            st.button(
                words("board.test_now"),
                key=f"run-{target.id}",
                icon=":material/play_arrow:",
                disabled=run is not None and run.is_waiting(now),
                on_click=_test_now,
                args=(target.id,),
            )


def _runs() -> dict[str, Run]:
    runs: dict[str, Run] = st.session_state.setdefault("runs", {})
    return runs


def _test_now(target: str) -> None:
    now, runs = session.present(), _runs()
    known = runs.get(target)
    if known and known.is_waiting(now):
        return
    said = session.send(RunTest, TestAnnounced, target=target)
    if isinstance(said, TestAnnounced):
        runs[target] = Run(asked_at=now, test_id=said.test_id)
    else:
        runs[target] = Run(asked_at=now, said=said)


def _follow(target: str, now: datetime) -> Run | None:
    """The test that was asked for, with its end once it has one; None when it is of no interest any more."""
    runs = _runs()
    run = runs.get(target)
    if run is None:
        return None
    if run.is_waiting(now):
        said = session.read(ReadTest, TestRead, test_id=run.test_id)
        if isinstance(said, TestRead) and said.test:
            run = runs[target] = replace(run, test=said.test, asked_at=now)
    elif now - run.asked_at > SHOWN_AFTER:
        del runs[target]
        return None
    return run


def running_line(run: Run, now: datetime, words: Words) -> str:
    """What became of a test that was asked for here."""
    if run.test:
        outcome = run.test.type.removeprefix("Test").lower()
        return words("run.ended", outcome=card.outcome_word(outcome, words), time=moments.clock(run.test.at))
    if isinstance(run.said, Refused):
        return refused_line(run.said, words)
    if isinstance(run.said, NoAnswer):
        return words(f"no_answer.{run.said.why}", service=run.said.service, code=run.said.service)
    if not run.is_waiting(now):
        return words("run.lost")
    return words("run.waiting", length=moments.length((now - run.asked_at).total_seconds(), words))


def refused_line(said: Refused, words: Words) -> str:
    """Why no test was announced, and when one can be, if the refusal says so."""
    try:
        again = datetime.fromisoformat(said.values["possible_at"])
    except (KeyError, ValueError):
        return session.refusal(said, words)
    why = session.refusal(said.model_copy(update={"values": {}}), words)
    return words("run.possible", why=why, time=moments.clock(again))
