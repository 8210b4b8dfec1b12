"""A test's measured figures, and what of them is no longer good: facts in, sentences and HTML out. Knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import moments
from dashboard.look import ICONS, escaped, icon, table
from dashboard.status import Light
from shared.vocabulary import Concern, Grade

if TYPE_CHECKING:
    from dashboard.wording import Words
    from shared.events import AnyTestFact

UNITS = {"s": "s", "ms": "ms", "hz": "Hz", "db": "dB", "dbfs": "dBFS", "pct": "%", "percent": "%", "kbps": "kbit/s"}
KILO = 1_000
LIGHTS = {Grade.WARNING: Light.WATCH, Grade.CRITICAL: Light.BAD}


def shown(test: AnyTestFact, words: Words) -> str:
    """Every figure with its unit, coloured where it is beyond its limit; then what is of concern and no figure."""
    title = f"<h3>{escaped(words('test.measures'))}</h3>"
    concerns = {concern.name: concern for concern in sorted(test.concerns, key=_gravity, reverse=True)}
    if not test.measures and not concerns:
        return f'{title}<p class="sb-quiet">{escaped(words("measure.none"))}</p>'
    rows = [_row(name, value, concerns.get(name), words) for name, value in sorted(test.measures.items())]
    rows += [_row(name, each.value, each, words) for name, each in concerns.items() if name not in test.measures]
    heads = [words("measure.name"), words("measure.value")]
    if not concerns:
        return title + table(heads, (row[:2] for row in rows))
    return title + table([*heads, words("measure.limit")], rows)


def _row(name: str, value: float | None, concern: Concern | None, words: Words) -> tuple[str, str, str]:
    label, said = measured(name, value, words)
    if concern is None:
        return escaped(label), f'<span class="sb-num">{escaped(said)}</span>', ""
    light = LIGHTS[concern.grade]
    limit = measured(name, concern.limit, words)[1]
    judged = " · ".join(part for part in (limit, words(f"grade.{concern.grade}")) if part)
    note = f'<br><span class="sb-quiet">{escaped(concern.note)}</span>' if concern.note else ""
    return (
        escaped(label) + note,
        f'<b class="sb-num sb-beyond sb-{light}" data-grade="{concern.grade}">{escaped(said)}</b>',
        f'<span class="sb-num sb-beyond sb-{light}">{icon(ICONS[light])}{escaped(judged)}</span>',
    )


def measured(name: str, value: float | None, words: Words) -> tuple[str, str]:
    """A measure's name in words, and its value with the unit that ends the name; "" for no value."""
    stem, _, last = name.rpartition("_")
    unit = UNITS.get(last, "") if stem else ""
    label = words.either(f"measured.{name}", (stem if unit else name).replace("_", " "))
    if value is None:
        return label, ""
    places = 0 if value == int(value) or abs(value) >= KILO else 2
    return label, f"{moments.number(value, places, words)} {unit}".strip()


def but(test: AnyTestFact, words: Words) -> str:
    """What a test that passed has against it, the worst in words and how many more; "" for nothing."""
    if not test.concerns:
        return ""
    worst = min(test.concerns, key=_gravity)
    label, value = measured(worst.name, worst.value, words)
    more = words("concern.more", n=len(test.concerns) - 1) if len(test.concerns) > 1 else ""
    return " ".join(part for part in (words("concern.passed_but", what=f"{label} {value}".strip()), more) if part)


def light_of(test: AnyTestFact) -> Light:
    """The colour of a test's gravest concern; good without any."""
    return LIGHTS[min(test.concerns, key=_gravity).grade] if test.concerns else Light.GOOD


def _gravity(concern: Concern) -> int:
    return (Grade.CRITICAL, Grade.WARNING).index(concern.grade)
