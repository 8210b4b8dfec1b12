"""The steps of a test as a timeline to look at. The one room that knows Altair."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import altair as alt

from dashboard import moments
from dashboard.look import COLOURS
from dashboard.status import Light

if TYPE_CHECKING:
    from dashboard.wording import Words
    from shared.events import AnyTestFact

LANE, AXIS = 24, 50
"""Pixels: one step's height, and what the axis below takes."""

SHORTEST = 0.05
"""A step that ends at once is still drawn, in seconds."""


def step_rows(test: AnyTestFact, words: Words) -> list[dict[str, Any]]:
    """Each step from its moment to the next one's, in seconds after the test began."""
    total = max((test.at - test.started_at).total_seconds(), *(step.at_s for step in test.steps), 0.0)
    ends = [later.at_s for _, later in pairwise(test.steps)] + [total]
    return [
        {
            "order": order,
            "step": named(step.name, words),
            "from": step.at_s,
            "to": max(end, step.at_s + SHORTEST),
            "ok": words("step.ok" if step.is_ok else "step.not_ok"),
            "colour": COLOURS[Light.GOOD if step.is_ok else Light.BAD],
            "note": step.note,
            "label": moments.exact(max(0.0, end - step.at_s), words),
        }
        for order, (step, end) in enumerate(zip(test.steps, ends, strict=True))
    ]


def named(name: str, words: Words) -> str:
    """A step's name in words; steps come from the probes, so a new one shows as it is."""
    return words.either(f"did.{name}", name.replace("_", " ").replace(".", " · "))


def steps_chart(test: AnyTestFact, words: Words) -> alt.LayerChart | alt.FacetChart:
    """One bar per step, in the order of the steps; red ones did not go as they should."""
    rows = step_rows(test, words)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "step:N",
            sort=alt.SortField("order"),
            title=None,
            axis=alt.Axis(labelLimit=220, ticks=False, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("step:N", title=words("step.name")),
            alt.Tooltip("from:Q", title=words("step.from"), format=".2f"),
            alt.Tooltip("to:Q", title=words("step.to"), format=".2f"),
            alt.Tooltip("ok:N", title=words("step.result")),
            alt.Tooltip("note:N", title=words("step.note")),
        ],
    )
    bars = base.mark_bar(cornerRadius=3, height=14).encode(
        x=alt.X("from:Q", title=words("step.axis"), axis=alt.Axis(grid=True)),
        x2="to:Q",
        color=alt.Color("colour:N", scale=None, legend=None),
    )
    labels = base.mark_text(align="left", dx=6, baseline="middle", fontSize=11, color="#475467").encode(
        x=alt.X("to:Q"), text="label:N"
    )
    return alt.layer(bars, labels).properties(height=LANE * max(1, len({row["step"] for row in rows})) + AXIS)
