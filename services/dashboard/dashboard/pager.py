"""Turning the pages of a long list: newer, older. Lives inside the fragment that draws the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from dashboard.wording import Words


def cursor(name: str) -> str | None:
    """Where the page that is open begins; None for the newest."""
    cursors = _cursors(name)
    return cursors[-1] if cursors else None


def turn(name: str, after: str | None, words: Words) -> None:
    """Both buttons. ``after``: the cursor of the page after, None on the last."""
    cursors = _cursors(name)
    if not cursors and after is None:
        return
    with st.container(key=f"pager-{name}", horizontal=True, gap="small"):
        st.button(
            words("page.newer"),
            key=f"newer-{name}",
            icon=":material/arrow_back:",
            disabled=not cursors,
            on_click=_newer,
            args=(name,),
        )
        st.button(
            words("page.older"),
            key=f"older-{name}",
            icon=":material/arrow_forward:",
            disabled=after is None,
            on_click=_older,
            args=(name, after),
        )


def _newer(name: str) -> None:
    if cursors := _cursors(name):
        cursors.pop()


def _older(name: str, after: str) -> None:
    cursors = _cursors(name)
    if after not in cursors:
        cursors.append(after)


def _cursors(name: str) -> list[str]:
    cursors: list[str] = st.session_state.setdefault(f"cursors-{name}", [])
    return cursors
