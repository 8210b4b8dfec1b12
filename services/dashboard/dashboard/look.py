"""How things look: the theme and the small pieces of HTML. Everything that comes in is escaped here.

The style sheet is ``look.css``. Colour never speaks alone: each light has an icon and comes with a word.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from dashboard.status import Light

if TYPE_CHECKING:
    from collections.abc import Iterable

THEME = {
    "base": "light",
    "primaryColor": "#1f5fae",
    "backgroundColor": "#f5f7fa",
    "secondaryBackgroundColor": "#ffffff",
    "textColor": "#16202c",
    "linkColor": "#1f5fae",
    "linkUnderline": False,
    "borderColor": "#dde3ea",
    "baseRadius": "0.5rem",
    "buttonRadius": "0.5rem",
    "baseFontSize": 15,
    "showWidgetBorder": True,
    "showSidebarBorder": True,
}

COLOURS = {Light.GOOD: "#1d7f4c", Light.BAD: "#c0272d", Light.UNKNOWN: "#647184", Light.WATCH: "#a25a00"}

ICONS = {Light.GOOD: "check_circle", Light.BAD: "cancel", Light.UNKNOWN: "help", Light.WATCH: "warning"}

CHANNEL_ICONS = {
    "voice": "call",
    "webchat": "forum",
    "email": "mail",
    "whatsapp": "chat",
    "telegram": "send",
    "social": "public",
}

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&^=@/])")

NOTHING = '<span class="sb-nothing"></span>'
"""Keeps the place of a piece that has nothing to say, so that nothing below it moves up the tree."""


def escaped(text: object) -> str:
    """Safe inside an element and inside a quoted attribute."""
    return html.escape(str(text), quote=True)


def plain(text: object) -> str:
    """Safe as a label, where Streamlit reads Markdown."""
    return MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def icon(name: str) -> str:
    """A symbol of the font that Streamlit brings; silent for screen readers."""
    return f'<span class="sb-icon" aria-hidden="true">{escaped(name)}</span>'


def pill(light: Light, word: str) -> str:
    """A state: colour, icon and word."""
    return f'<span class="sb-pill sb-{light}">{icon(ICONS[light])}{escaped(word)}</span>'


def strip(outcomes: Iterable[tuple[Light, str]]) -> str:
    """Recent outcomes, oldest first. Height tells them apart as well as colour does."""
    squares = (f'<i class="sb-square sb-{light}" title="{escaped(word)}"></i>' for light, word in outcomes)
    return f'<span class="sb-strip">{"".join(squares)}</span>'


def banner(light: Light, text: str) -> str:
    """One line across the page."""
    return f'<div class="sb-banner sb-{light}" role="status">{icon(ICONS[light])}<span>{escaped(text)}</span></div>'


def tile(label: str, value: str, light: Light | None = None) -> str:
    """A figure with its name."""
    colour = f" sb-{light}" if light else ""
    return (
        f'<div class="sb-tile{colour}"><span class="sb-label">{escaped(label)}</span>'
        f'<span class="sb-value">{escaped(value)}</span></div>'
    )


def tiles(*shown: str) -> str:
    """Figures side by side."""
    return f'<div class="sb-tiles">{"".join(shown)}</div>'


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already; the heads are escaped here."""
    top = "".join(f"<th>{escaped(head)}</th>" for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="sb-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
