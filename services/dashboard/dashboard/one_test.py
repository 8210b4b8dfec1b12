"""One test in full: verdicts, cause, steps, findings, measures, and its evidence to hear, read and keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import conversation, figures, moments, session
from dashboard.client import NoAnswer, Spoiled, open_client
from dashboard.look import ICONS, banner, escaped, icon, pill, table, tile, tiles
from dashboard.status import OF_RESULT, Light, cause_of, detail_of, light_of_test, verdict
from shared.asks import Refused
from shared.vocabulary import Evidence, EvidenceKind, Leg, Result

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.wording import Words
    from shared.events import AnyTestFact

UNITS = {"s": "s", "ms": "ms", "hz": "Hz", "db": "dB", "dbfs": "dBFS", "pct": "%", "percent": "%", "kbps": "kbit/s"}
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


def show(test: AnyTestFact, now: datetime, words: Words) -> None:
    """The whole test."""
    with st.container(key="one-test", gap="small"):
        st.html(headline(test, now, words))
        st.html(facts(test, now, words))
        if test.steps:
            st.html(f"<h3>{escaped(words('test.steps'))}</h3>")
            st.altair_chart(figures.steps_chart(test, words), width="stretch", alt=words("test.steps"))
            with st.expander(words("test.steps_table")):
                st.html(steps_table(test, words))
        left, right = st.columns(2, gap="medium")
        left.html(findings(test, words))
        right.html(measures(test, words))
        _evidence(test, words)


def headline(test: AnyTestFact, now: datetime, words: Words) -> str:
    """When, how it ended, both legs, and the cause."""
    light = light_of_test(test)
    outcome = test.type.removeprefix("Test").lower()
    cause, detail = cause_of(test), detail_of(test)
    said = f"<p><b>{escaped(words(f'cause.{cause}'))}</b></p>" if cause else ""
    said += f'<p class="sb-quiet">{escaped(detail)}</p>' if detail else ""
    return (
        f'<div class="sb-headline" data-test="{test.test_id}"><div>'
        f"<h2>{escaped(moments.stamp(test.started_at, now, words))} WIB</h2>{pill(light, words(f'outcome.{outcome}'))}"
        f'<span class="sb-flags">{escaped(words("ticket.drill")) if test.is_drill else ""}</span></div>{said}'
        f'<div class="sb-legs">{_leg(test, Leg.ACCESSIBILITY, words)}{_leg(test, Leg.AGENT, words)}</div></div>'
    )


def _leg(test: AnyTestFact, leg: Leg, words: Words) -> str:
    said = verdict(test, leg)
    light, judged = OF_RESULT[said.result], said.result in {Result.PASSED, Result.FAILED}
    word = words(f"result.{leg}.{said.result}") if judged else words(f"result.{said.result}")
    because = " · ".join(part for part in (words(f"cause.{said.cause}") if said.cause else "", said.note) if part)
    return (
        f'<div class="sb-leg sb-{light}" data-leg="{leg}"><span class="sb-label">{escaped(words(f"leg.{leg}"))}</span>'
        f"<b>{icon(ICONS[light])}{escaped(word)}</b><small>{escaped(because)}</small></div>"
    )


def facts(test: AnyTestFact, now: datetime, words: Words) -> str:
    """How far it came, how long it took, why it ran, and who asked."""
    seconds = (test.at - test.started_at).total_seconds()
    state = words.either(f"reached.{test.state}", test.state.replace("_", " ")) if test.state else "-"
    shown = [
        tile(words("test.reached"), state),
        tile(words("test.length"), moments.exact(seconds, words)),
        tile(words("test.origin"), words(f"origin.{test.origin}")),
    ]
    if test.slot:
        shown.append(tile(words("test.slot"), moments.hour(test.slot.start)))
    if test.requested_by:
        shown.append(tile(words("test.requested_by"), test.requested_by.id))
    shown.append(tile(words("test.ended"), moments.ago(test.at, now, words)))
    return tiles(*shown)


def steps_table(test: AnyTestFact, words: Words) -> str:
    """Every step with its moment and its note."""
    rows = (
        (
            f'<span class="sb-num">{moments.number(step.at_s, 2, words)}</span>',
            escaped(figures.named(step.name, words)),
            pill(Light.GOOD if step.is_ok else Light.BAD, words("step.ok" if step.is_ok else "step.not_ok")),
            escaped(step.note),
        )
        for step in test.steps
    )
    return table((words("step.axis"), words("step.name"), words("step.result"), words("step.note")), rows)


def findings(test: AnyTestFact, words: Words) -> str:
    """What speaks for and against a connected agent, each with the second to replay."""
    rows = (
        (
            f'<span class="sb-num">{moments.number(finding.at_s, 2, words)}</span>',
            pill(
                Light.GOOD if finding.is_for else Light.BAD,
                words("finding.for" if finding.is_for else "finding.against"),
            ),
            escaped(words.either(f"found.{finding.name}", finding.name.replace("_", " ")))
            + f'<br><span class="sb-quiet">{escaped(finding.note)}</span>',
        )
        for finding in sorted(test.findings, key=lambda finding: finding.at_s)
    )
    title = f"<h3>{escaped(words('test.findings'))}</h3>"
    if not test.findings:
        return f'{title}<p class="sb-quiet">{escaped(words("finding.none"))}</p>'
    return title + table((words("step.axis"), words("finding.side"), words("finding.what")), rows)


def measures(test: AnyTestFact, words: Words) -> str:
    """Every measured figure with its unit."""
    title = f"<h3>{escaped(words('test.measures'))}</h3>"
    if not test.measures:
        return f'{title}<p class="sb-quiet">{escaped(words("measure.none"))}</p>'
    rows = (
        (escaped(label), f'<span class="sb-num">{escaped(value)}</span>')
        for label, value in (measured(name, value, words) for name, value in sorted(test.measures.items()))
    )
    return title + table((words("measure.name"), words("measure.value")), rows)


def measured(name: str, value: float, words: Words) -> tuple[str, str]:
    """A measure's name in words, and its value with the unit that ends the name."""
    stem, _, last = name.rpartition("_")
    unit = UNITS.get(last, "") if stem else ""
    label = words.either(f"measured.{name}", (stem if unit else name).replace("_", " "))
    places = 0 if value == int(value) or abs(value) >= KILO else 2
    return label, f"{moments.number(value, places, words)} {unit}".strip()


# --- evidence ---------------------------------------------------------------------------------------------------


class _Away(Exception):  # noqa: N818  carries an answer past the cache, which must not keep it
    def __init__(self, what: str, said: Refused | NoAnswer) -> None:
        super().__init__(what)
        self.said = said


@st.cache_data(max_entries=48, ttl="1h", show_spinner=False)
def _bytes_of(sha256: str, _evidence: Evidence) -> bytes:
    """Kept by checksum: the same bytes for ever."""
    said = open_client().fetch(_evidence, session.acting())
    if isinstance(said, Refused | NoAnswer):
        raise _Away(sha256, said)
    return said


def _evidence(test: AnyTestFact, words: Words) -> None:
    st.html(f"<h3>{escaped(words('test.evidence'))}</h3>")
    if not test.evidence:
        st.html(f'<p class="sb-quiet">{escaped(words("evidence.none"))}</p>')
    for piece in sorted(test.evidence, key=lambda piece: ORDER.index(piece.kind)):
        try:
            data = _bytes_of(piece.sha256, piece)
        except _Away as away:
            st.html(session.trouble(away.said, words))
        except Spoiled as spoiled:
            text = words(f"evidence.{spoiled.reason}", kind=words(f"evidence.kind.{piece.kind}"))
            st.html(banner(Light.BAD, text))
        else:
            _piece(piece, data, words)


def _piece(piece: Evidence, data: bytes, words: Words) -> None:
    title = words("evidence.title", kind=words(f"evidence.kind.{piece.kind}"), size=size(len(data)))
    if piece.kind is EvidenceKind.RECORDING and data:
        st.html(f'<p class="sb-quiet">{escaped(title)}</p>')
        st.audio(data, format=piece.media_type if piece.media_type.startswith("audio/") else "audio/ogg")
        _download(piece, data, words)
        return
    with st.expander(title, icon=":material/description:"):
        if piece.kind is EvidenceKind.SCREENSHOT and piece.media_type in {"image/png", "image/jpeg"}:
            st.image(data)
        elif piece.kind is EvidenceKind.TRANSCRIPT and (lines := conversation.lines_of(data)):
            st.html(conversation.shown(lines, words))
        else:
            st.code(data.decode("utf-8", "replace")[:LONGEST_SHOWN], language=None, wrap_lines=True)
        _download(piece, data, words)


def _download(piece: Evidence, data: bytes, words: Words) -> None:
    st.download_button(
        words("evidence.download"),
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
