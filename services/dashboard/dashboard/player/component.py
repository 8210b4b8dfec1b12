"""The player on a page: the one room that knows Streamlit's components. What it draws is drawn in the browser.

No build and no package: the style sheet and the scripts beside this file go to the browser as they are.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit import runtime

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent
SCRIPTS = ("pieces.js", "plot.js", "around.js", "player.js")
"""One script in four files; the last one is what Streamlit calls."""


@cache
def _component() -> ComponentRenderer:
    """Nothing is made at import: there the runtime that it belongs to may not have begun."""
    script = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (HERE / "player.css").read_text(encoding="utf-8")
    return st.components.v2.component("sambung_player", css=style, js=script)


def address_of(recording: bytes, media_type: str, key: str) -> str:
    """Where the browser gets the recording: in ranges, so that it can seek. Kept while this page shows it."""
    kind = media_type if media_type.startswith("audio/") else "audio/ogg"
    return runtime.get_instance().media_file_mgr.add(recording, kind, f"player-{key}")


def show(view: dict[str, Any], key: str) -> None:
    """Draw a player. ``key``: the test's, so that another test gets another player."""
    _component()(key=f"player-{key}", data=view)
