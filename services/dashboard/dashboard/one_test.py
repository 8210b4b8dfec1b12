"""One test in full: verdicts, cause, the call to hear and see, steps, findings, measures, and its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import evidence, figures, measures, moments
from dashboard.client import Spoiled
from dashboard.look import ICONS, banner, escaped, icon, pill, table, tile, tiles
from dashboard.player import component, timeline, view
from dashboard.status import OF_RESULT, Light, cause_of, detail_of, light_of_test, verdict
from shared.vocabulary import EvidenceKind, Leg, Result

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.wording import Words
    from shared.events import AnyTestFact

PLAYED = frozenset({EvidenceKind.RECORDING, EvidenceKind.TIMELINE})


def show(test: AnyTestFact, now: datetime, words: Words) -> None:
    """The whole test; a call with a recording and a timeline as one player."""
    with st.container(key="one-test", gap="small"):
        st.html(headline(test, now, words))
        st.html(facts(test, now, words))
        is_played = _player(test, words)
        if is_played:
            _beside_the_player(test, words)
        else:
            _without_a_player(test, words)
        evidence.show(test, words, PLAYED if is_played else ())


def _player(test: AnyTestFact, words: Words) -> bool:
    """Whether the call is shown as a player; what cannot be fetched is told among the evidence."""
    pieces = {piece.kind: piece for piece in test.evidence if piece.kind in PLAYED and piece.size}
    if pieces.keys() != PLAYED:
        return False
    recording = pieces[EvidenceKind.RECORDING]
    try:
        sound = evidence.bytes_of(recording)
        call = timeline.timeline_of(evidence.bytes_of(pieces[EvidenceKind.TIMELINE]))
    except (evidence.Away, Spoiled):
        return False
    except timeline.Unreadable as unreadable:
        st.html(banner(Light.WATCH, words("player.unreadable", place=unreadable.place)))
        return False
    key = str(test.test_id)
    address = component.address_of(sound, recording.media_type, key)
    st.html(f"<h3>{escaped(words('player.title'))}</h3>")
    component.show(view.view_of(call, test.findings, address, words), key)
    return True


def _beside_the_player(test: AnyTestFact, words: Words) -> None:
    st.html(measures.shown(test, words))
    if test.steps:
        with st.expander(words("test.steps_table")):
            st.html(steps_table(test, words))


def _without_a_player(test: AnyTestFact, words: Words) -> None:
    if test.steps:
        st.html(f"<h3>{escaped(words('test.steps'))}</h3>")
        st.altair_chart(figures.steps_chart(test, words), width="stretch", alt=words("test.steps"))
        with st.expander(words("test.steps_table")):
            st.html(steps_table(test, words))
    left, right = st.columns(2, gap="medium")
    left.html(findings(test, words))
    right.html(measures.shown(test, words))


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
