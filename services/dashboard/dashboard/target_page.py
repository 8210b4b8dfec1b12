"""One target: its tests, newest first, and the chosen one in full."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from dashboard import card, measures, moments, one_test, pager, session
from dashboard.client import NoAnswer
from dashboard.look import ICONS, banner, escaped, plain, tile
from dashboard.status import Light, cause_of, light_of_test
from shared.asks import BoardRead, BoardRow, ReadBoard, ReadTest, ReadTests, Refused, TestRead, TestsRead
from shared.events import TestPassed
from shared.vocabulary import Slug

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.wording import Words
    from shared.events import AnyTestFact

PAGE = 20
MARKDOWN_COLOURS = {Light.GOOD: "green", Light.BAD: "red", Light.UNKNOWN: "gray", Light.WATCH: "orange"}


def page() -> None:
    """The target that the address names; else a list to choose from."""
    words = session.speaking()
    asked = st.query_params.get("target")
    try:
        target = TypeAdapter(Slug).validate_python(asked)
    except ValidationError:
        _choose()
        return
    row = next((row for row in _rows() if row.target.id == target), None)
    st.html(title(target, row, words))
    tests, chosen = st.columns([0.3, 0.7], gap="large")
    with tests:
        _tests(target)
    with chosen:
        _chosen(target, words)


def title(target: str, row: BoardRow | None, words: Words) -> str:
    """What the target is, and how long its agents were kept today; its id alone while nobody says more."""
    if row is None:
        return f'<div class="sb-head"><div><h1>{escaped(target)}</h1></div></div>'
    known = row.target
    parts = (known.service_line, words(f"channel.{known.channel}"), known.address)
    about = " · ".join(
        part for part in (*parts, words("target.every", length=moments.length(known.interval_s, words))) if part
    )
    spent = tile(words("target.agent_time"), card.agent_time(row, words))
    return f'<div class="sb-head"><div><h1>{escaped(known.name)}</h1><p>{escaped(about)}</p></div>{spent}</div>'


def _rows() -> tuple[BoardRow, ...]:
    said = session.read(ReadBoard, BoardRead)
    if isinstance(said, BoardRead):
        st.session_state["board"] = said
    known: BoardRead | None = st.session_state.get("board")
    return known.rows if known else ()


@st.fragment(run_every="5s")
def _choose() -> None:
    words, now, rows = session.speaking(), session.present(), _rows()
    st.html(f'<div class="sb-head"><div><h1>{escaped(words("target.choose"))}</h1></div></div>')
    if not rows:
        st.html(banner(Light.UNKNOWN, words("target.none")))
    with st.container(key="choose", gap=None):
        for row in rows:
            with st.container(key=f"row-{row.target.id}", horizontal=True, vertical_alignment="center", gap="small"):
                st.html(card.line(row, now, words))
                address = {"target": row.target.id}
                st.page_link(session.link("target"), label=words("board.history"), query_params=address)


@st.fragment(run_every="5s")
def _tests(target: str) -> None:
    words, now = session.speaking(), session.present()
    before = pager.cursor(target)
    said = session.read(ReadTests, TestsRead, target=target, limit=PAGE, before=before)
    with st.container(key="tests", gap="xsmall"):
        st.html(f"<h3>{escaped(words('target.tests'))}</h3>")
        if not isinstance(said, TestsRead):
            st.html(session.trouble(said, words))
            return
        if not said.tests:
            st.html(f'<p class="sb-quiet">{escaped(words("target.no_tests"))}</p>')
        shown = st.query_params.get("test")
        if shown is None and said.tests and not before:
            shown = str(said.tests[0].test_id)
        for test in said.tests:
            if _test_button(test, now, words, is_shown=str(test.test_id) == shown):
                st.query_params["test"] = str(test.test_id)
                st.rerun()
        pager.turn(target, said.next, words)


def _test_button(test: AnyTestFact, now: datetime, words: Words, *, is_shown: bool) -> bool:
    light = light_of_test(test)
    if light is Light.GOOD and test.concerns:
        light = Light.WATCH
    return st.button(
        f":{MARKDOWN_COLOURS[light]}[:material/{ICONS[light]}:] {label(test, now, words)}",
        key=f"test-{test.test_id}",
        type="secondary" if is_shown else "tertiary",
        width="stretch",
        wrap=False,
    )


def label(test: AnyTestFact, now: datetime, words: Words) -> str:
    """When, and how it ended or why."""
    cause = cause_of(test)
    said = words(f"cause.{cause}") if cause else words(f"outcome.{test.type.removeprefix('Test').lower()}")
    if isinstance(test, TestPassed):
        said = measures.but(test, words) or said
    return plain(f"{moments.stamp(test.started_at, now, words)} · {said}")


def _chosen(target: str, words: Words) -> None:
    test, said = _asked_for(target)
    if test:
        one_test.show(test, session.present(), words)
    elif said is not None:
        st.html(session.trouble(said, words))
    else:
        st.html(banner(Light.UNKNOWN, words("test.unknown" if st.query_params.get("test") else "target.no_tests")))


def _asked_for(target: str) -> tuple[AnyTestFact | None, Refused | NoAnswer | None]:
    """The test that the address names, else the newest; a test of another target is not shown here."""
    asked = st.query_params.get("test")
    if asked is None:
        newest = session.read(ReadTests, TestsRead, target=target, limit=1)
        if not isinstance(newest, TestsRead):
            return None, newest
        return (newest.tests[0] if newest.tests else None), None
    try:
        said = session.read(ReadTest, TestRead, test_id=UUID(asked))
    except ValueError:
        return None, None
    if not isinstance(said, TestRead):
        return None, said
    return (said.test if said.test and said.test.target == target else None), None
