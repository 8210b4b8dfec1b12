from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hostile import HOSTILE, seen
from pretend import World
from telephone import CONCERNS

from dashboard import measures
from dashboard.status import Light
from dashboard.wording import words_in
from shared.vocabulary import Concern, Grade

ID, EN = words_in("id"), words_in("en")
NOW = datetime(2026, 11, 22, 7, 32, 7, tzinfo=UTC)


def passed(*concerns: Concern, **more: object) -> object:
    return World(NOW).test("ivr-pusat", NOW - timedelta(minutes=1), concerns=concerns, **more)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("post_dial_delay_s", 0.314, ("Jeda setelah memanggil", "0,31 s")),
        ("jitter_ms", 2.4, ("Jitter", "2,40 ms")),
        ("rtp_loss_percent", 0.0, ("Paket suara hilang", "0 %")),
        ("rtp_packets", 1_250.0, ("Paket suara diterima", "1250")),
        ("mos", 4.312, ("Mutu suara (MOS)", "4,31")),
        ("speech_level_dbfs", -33.5, ("Kekerasan suara", "-33,50 dBFS")),
        ("brand_new_hz", 425.5, ("brand new", "425,50 Hz")),
        ("greeting_drift", None, ("Salam IVR mulai berbeda dari acuan", "")),
        ("s", 1.5, ("s", "1,50")),
    ],
)
def test_a_measure_has_a_name_and_the_unit_that_ends_it(name: str, value: float | None, said: tuple[str, str]) -> None:
    assert measures.measured(name, value, ID) == said


def test_a_figure_beyond_its_limit_is_coloured_and_the_limit_is_said() -> None:
    html = measures.shown(passed(*CONCERNS, measures={"jitter_ms": 34.2, "mos": 3.91, "rtp_loss_percent": 0.0}), EN)
    assert html.count("data-grade") == 3
    assert '<b class="sb-num sb-beyond sb-bad" data-grade="critical">34.20 ms</b>' in html
    assert '<b class="sb-num sb-beyond sb-watch" data-grade="warning">3.91</b>' in html
    text = seen(html).text
    for said in ("30 ms · Critical", "4 · Warning", "IVR greeting drifts", "correlation of 0.66", "0 %"):
        assert said in text


def test_figures_that_are_all_good_have_no_limits() -> None:
    text = seen(measures.shown(passed(measures={"mos": 4.3}), EN)).text
    assert ("Limit" in text, "4.30" in text) == (False, True)
    assert "No measures." in seen(measures.shown(passed(), EN)).text


def test_the_graver_of_two_concerns_about_one_figure_is_shown() -> None:
    both = [
        Concern(name="mos", grade=grade, value=3.5, limit=limit) for grade, limit in (("critical", 3.6), ("warning", 4))
    ]
    for order in (both, both[::-1]):
        html = measures.shown(passed(*order, measures={"mos": 3.5}), EN)
        assert html.count("data-grade") == 1
        assert 'data-grade="critical"' in html


@pytest.mark.parametrize(
    ("concerns", "said", "light"),
    [
        ((), "", Light.GOOD),
        (CONCERNS[1:2], "Lulus, tetapi: Mutu suara (MOS) 3,91", Light.WATCH),
        (CONCERNS[2:], "Lulus, tetapi: Salam IVR mulai berbeda dari acuan", Light.WATCH),
        (CONCERNS[::-1], "Lulus, tetapi: Jitter 34,20 ms (+2 lagi)", Light.BAD),
    ],
)
def test_a_pass_says_its_worst_concern_and_how_many_more(
    concerns: tuple[Concern, ...], said: str, light: Light
) -> None:
    test = passed(*concerns)
    assert measures.but(test, ID) == said
    assert measures.light_of(test) is light


def test_hostile_concerns_stay_text() -> None:
    html = measures.shown(passed(Concern(name="x", grade=Grade.WARNING, note=HOSTILE)), EN)
    assert seen(html).is_harmless
    assert HOSTILE in seen(html).text
