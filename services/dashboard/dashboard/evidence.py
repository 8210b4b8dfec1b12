"""A test's evidence: fetched once, kept by checksum, and shown to be heard, read and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import conversation, session
from dashboard.client import NoAnswer, Spoiled, open_client
from dashboard.look import banner, escaped
from dashboard.status import Light
from shared.asks import Refused
from shared.vocabulary import Evidence, EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from dashboard.wording import Words
    from shared.events import AnyTestFact

KILO = 1_000
ORDER = (
    EvidenceKind.RECORDING,
    EvidenceKind.TRANSCRIPT,
    EvidenceKind.SCREENSHOT,
    EvidenceKind.SIP_TRACE,
    EvidenceKind.TIMELINE,
    EvidenceKind.PROBE_LOG,
)
LONGEST_SHOWN = 60_000
"""Characters of a text that are shown; the download has all."""


class Away(Exception):  # noqa: N818  carries an answer past the cache, which must not keep it
    """Nobody gave the bytes; ``said`` is what was said instead."""

    def __init__(self, what: str, said: Refused | NoAnswer) -> None:
        super().__init__(what)
        self.said = said


@st.cache_data(max_entries=48, ttl="1h", show_spinner=False)
def _bytes_of(sha256: str, _evidence: Evidence) -> bytes:
    """Kept by checksum: the same bytes for ever."""
    said = open_client().fetch(_evidence, session.acting())
    if isinstance(said, Refused | NoAnswer):
        raise Away(sha256, said)
    return said


def bytes_of(piece: Evidence) -> bytes:
    """The whole piece. Raises ``Away`` when nobody gives it, ``Spoiled`` when it is not what the test recorded."""
    return _bytes_of(piece.sha256, piece)


def show(test: AnyTestFact, words: Words, drawn: Collection[EvidenceKind] = ()) -> None:
    """Every piece. ``drawn``: the kinds that the page shows elsewhere, which are only offered to take away."""
    st.html(f"<h3>{escaped(words('test.evidence'))}</h3>")
    if not test.evidence:
        st.html(f'<p class="sb-quiet">{escaped(words("evidence.none"))}</p>')
    pieces = sorted(test.evidence, key=lambda piece: ORDER.index(piece.kind))
    with st.container(horizontal=True, gap="small"):
        for piece in pieces:
            if piece.kind in drawn and (data := _fetched(piece, words)):
                _download(piece, data, _title(piece, words))
    for piece in pieces:
        if piece.kind not in drawn and (data := _fetched(piece, words)) is not None:
            _piece(piece, data, words)


def _fetched(piece: Evidence, words: Words) -> bytes | None:
    """The bytes; None when that was not possible, and why is on the page."""
    try:
        return bytes_of(piece)
    except Away as away:
        st.html(session.trouble(away.said, words))
    except Spoiled as spoiled:
        text = words(f"evidence.{spoiled.reason}", kind=words(f"evidence.kind.{piece.kind}"))
        st.html(banner(Light.BAD, text))
    return None


def _title(piece: Evidence, words: Words) -> str:
    return words("evidence.title", kind=words(f"evidence.kind.{piece.kind}"), size=size(piece.size))


def _piece(piece: Evidence, data: bytes, words: Words) -> None:
    title, take = _title(piece, words), words("evidence.download")
    if piece.kind is EvidenceKind.RECORDING and data:
        st.html(f'<p class="sb-quiet">{escaped(title)}</p>')
        st.audio(data, format=piece.media_type if piece.media_type.startswith("audio/") else "audio/ogg")
        _download(piece, data, take)
        return
    with st.expander(title, icon=":material/description:"):
        if piece.kind is EvidenceKind.SCREENSHOT and piece.media_type in {"image/png", "image/jpeg"}:
            st.image(data)
        elif piece.kind is EvidenceKind.TRANSCRIPT and (lines := conversation.lines_of(data)):
            st.html(conversation.shown(lines, words))
        else:
            st.code(data.decode("utf-8", "replace")[:LONGEST_SHOWN], language=None, wrap_lines=True)
        _download(piece, data, take)


def _download(piece: Evidence, data: bytes, label: str) -> None:
    st.download_button(
        label,
        data,
        file_name=piece.name.rsplit("/", 1)[-1],
        mime=piece.media_type,
        key=f"download-{piece.name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def size(count: int) -> str:
    """Bytes for people."""
    if count < KILO:
        return f"{count} B"
    return f"{count / KILO:.0f} kB" if count < KILO * KILO else f"{count / KILO / KILO:.1f} MB"
