"""The frame around the pages: language, name, navigation. Streamlit runs this file for every browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import board, session, target_page, ticket_page
from dashboard.look import escaped, plain
from dashboard.wording import LANGUAGES

HERE = Path(__file__).parent
PAGES = {"board": board.page, "target": target_page.page, "ticket": ticket_page.page}
ADDRESSES = {"board": "board", "target": "target", "ticket": "tickets"}
ICONS = {"board": "dashboard", "target": "history", "ticket": "confirmation_number"}
SIDEBAR = 232


def show(first: str = "board") -> None:
    """Draw the frame and the page inside it. ``first``: the page that opens without an address."""
    st.set_page_config(
        page_title="Sambung", page_icon=str(HERE / "icon.svg"), layout="wide", initial_sidebar_state=SIDEBAR
    )
    st.html(HERE / "look.css")
    st.logo(str(HERE / "logo.svg"), size="large", icon_image=str(HERE / "icon.svg"))
    side = st.sidebar.container(key="side", gap="small")
    with side:
        st.segmented_control(
            "Bahasa · Language",
            LANGUAGES,
            default=LANGUAGES[0],
            required=True,
            key="lang",
            bind="query-params",
        )
    words = session.speaking()
    pages = {
        name: st.Page(
            function,
            title=words(f"nav.{name}"),
            icon=f":material/{ICONS[name]}:",
            url_path=ADDRESSES[name],
            default=name == first,
        )
        for name, function in PAGES.items()
    }
    st.session_state["pages"] = pages
    chosen = st.navigation(list(pages.values()))
    with side:
        name = st.text_input(
            words("side.name"), value=session.NOBODY, key="actor", max_chars=100, help=words("side.name_help")
        )
        if session.actor_named(name or "") is None:
            st.error(plain(words("side.bad_name", actor=session.NOBODY)))
        st.html(f'<p class="sb-foot">{escaped(words("side.foot"))}</p>')
    chosen.run()


if __name__ == "__main__":
    show()
