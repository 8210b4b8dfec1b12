"""The player in a real Chromium: a failed call, seen, heard and played from its marks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browser import WHY_NOT, has_browser
from hostile import HOSTILE
from playwright.async_api import Page, expect
from telephone import BEGIN_S, FINDINGS, LENGTH_S, failed_call, hertz, timeline
from visiting import House, Visit, running_house, visiting

from shared.vocabulary import Finding

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not has_browser(), reason=WHY_NOT),
]

ADDRESS = "/target?target=ivr-gangguan"
LEAD_S = 0.5

FIND = """
window.sound = () => {
  const roots = [...document.querySelectorAll(".st-key-one-test *")].map((each) => each.shadowRoot).filter(Boolean);
  return roots.map((root) => root.querySelector("audio")).find(Boolean);
};
"""
SOUND = "window.sound()"
WATCH = """
window.sought = [];
window.sound().addEventListener("seeking", (event) => window.sought.push(event.target.currentTime));
"""
"""What is sought is written down at once: playing goes on from there."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running_house(tmp_path_factory.mktemp("nats")) as house:
        yield house


class Listener:
    """Somebody at a failed call, with all that went wrong in the browser."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.page = visit, visit.page
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.page.on("console", lambda said: self.wrong.append(said.text) if _is_ours(said) else None)

    async def open(self, file: bytes | None = None, **more: Any) -> Page:
        failed_call(self.visit.world, datetime.now(UTC), file, **more)
        await self.page.add_init_script(FIND)
        page = await self.visit.to(ADDRESS, ".player .axis .tick")
        await page.wait_for_function(f"{SOUND}.readyState > 0")
        await page.evaluate(WATCH)
        return page

    async def sought(self) -> float:
        """Where the last act went, in the recording's seconds."""
        await self.page.wait_for_function("window.sought.length > 0")
        last: float = await self.page.evaluate("window.sought.splice(0).at(-1)")
        return last


def _is_ours(said: Any) -> bool:
    # Streamlit looks for its own foot of the address under every page's path first, and does not find it there.
    return said.type == "error" and "/_stcore/" not in said.location["url"]


@pytest_asyncio.fixture(loop_scope="module")
async def listener(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Listener]:
    async with visiting(house, tmp_path / f"{request.node.name}.png") as visit:
        yield Listener(visit)


async def is_playing(page: Page) -> None:
    """It plays, and the sound goes on."""
    await page.wait_for_function(f"!{SOUND}.paused")
    at = await page.evaluate(f"{SOUND}.currentTime")
    await page.wait_for_function(f"{SOUND}.currentTime > {at}")


async def test_the_verdicts_evidence_is_marked_and_plays_from_where_it_is(listener: Listener) -> None:
    page = await listener.open()
    pins = page.locator(".lane-findings .mark")
    await expect(pins).to_have_count(len(FINDINGS))
    for index, finding in enumerate(FINDINGS):
        await expect(pins.nth(index)).to_have_class(f"mark {'for' if finding.is_for else 'against'}")
        await pins.nth(index).click()
        assert await listener.sought() == pytest.approx(finding.at_s - LEAD_S, abs=0.02)
    await is_playing(page)
    lanes = {"heard": 12, "recognised": 4, "signalled": 3}
    for lane, count in lanes.items():
        await expect(page.locator(f".lane-{lane} .piece")).to_have_count(count)
    await expect(page.locator(".lane-steps .mark")).to_have_count(9)
    assert listener.wrong == []


async def test_what_sounds_is_what_stands_under_the_head(listener: Listener) -> None:
    page = await listener.open()
    await page.locator(".lane-findings .mark").nth(2).click()
    await page.evaluate(
        f"""() => {{
          const hearing = new AudioContext();
          const ear = new AnalyserNode(hearing, {{ fftSize: 8192, smoothingTimeConstant: 0 }});
          hearing.createMediaElementSource({SOUND}).connect(ear).connect(hearing.destination);
          window.pitch = () => {{
            const heard = new Float32Array(ear.frequencyBinCount);
            ear.getFloatFrequencyData(heard);
            return heard.indexOf(Math.max(...heard)) * hearing.sampleRate / 8192;
          }};
        }}"""
    )
    await page.wait_for_function(f"Math.abs(window.pitch() - {hertz(8)}) < 10 && Math.floor({SOUND}.currentTime) === 8")
    await expect(page.locator(".player .now")).to_contain_text("Musik")
    assert listener.wrong == []


async def test_a_click_anywhere_plays_from_there(listener: Listener) -> None:
    page = await listener.open()
    end_s = timeline()["now_s"]
    for name in (".wave", ".lane-heard", ".lane-recognised", ".axis"):
        row = page.locator(f".player {name}")
        width = await row.evaluate("each => each.clientWidth")
        await row.click(position={"x": width * 0.6, "y": 8})
        assert await listener.sought() == pytest.approx(0.6 * end_s - BEGIN_S, abs=0.1)
    await page.locator("table.findings tbody tr").nth(4).click(position={"x": 300, "y": 20})
    assert await listener.sought() == pytest.approx(FINDINGS[4].at_s - LEAD_S, abs=0.02)
    await is_playing(page)


async def test_the_keyboard_does_all_of_it(listener: Listener) -> None:
    page = await listener.open()
    await page.locator(".player .wave").focus()
    for key, at in (("End", LENGTH_S), ("ArrowLeft", 19), ("Shift+ArrowLeft", 14), ("ArrowRight", 15), ("Home", 0)):
        await page.keyboard.press(key)
        assert await listener.sought() == pytest.approx(at, abs=0.05)
    await expect(page.locator(".player .wave")).to_have_attribute("aria-valuetext", "Detik 1,2, Hening")
    await page.keyboard.press("Space")
    await is_playing(page)
    await page.keyboard.press("Space")
    await page.wait_for_function(f"{SOUND}.paused")
    await page.keyboard.press("Tab")
    await expect(page.locator(".lane-findings .mark").first).to_be_focused()
    await expect(page.locator(".player .tip")).to_contain_text("Salam IVR cocok dengan rekaman acuan")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await listener.sought() == pytest.approx(FINDINGS[1].at_s - LEAD_S, abs=0.02)
    await is_playing(page)
    assert listener.wrong == []


async def test_every_mark_has_a_name_and_the_list_says_all_of_it(listener: Listener) -> None:
    page = await listener.open()
    said = "Membantah, Ucapan berulang sama persis: rekaman, Detik 15,2, the same as at second 6.2 (weight -5)"
    await expect(page.get_by_role("button", name=said)).to_be_visible()
    for name in ("Putar", "Tanda sebelumnya", "Tanda berikutnya", "Perbesar", "Perkecil"):
        await expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    await expect(page.get_by_role("slider", name="Gelombang suara")).to_be_visible()
    await page.get_by_text("Semuanya sebagai daftar").click()
    entries = page.locator(".player .all li")
    await expect(entries).to_have_count(6 + 12 + 4 + 3 + 5 + 9)
    await expect(entries.filter(has_text="Dikenali · Musik tunggu · Detik 9,2 sampai 14,1")).to_contain_text("hold.wav")
    await entries.filter(has_text="Terdengar · Nada sibuk").get_by_role("button").click()
    assert await listener.sought() == pytest.approx(18.2 - BEGIN_S, abs=0.02)


async def test_another_language_changes_the_words_and_not_the_place(listener: Listener) -> None:
    page = await listener.open()
    await page.locator(".player .wave").focus()
    await page.keyboard.press("End")
    await listener.sought()
    await page.locator(".st-key-lang").get_by_text("en", exact=True).click()
    await expect(page.locator(".player .lane-heard .piece").nth(6)).to_have_text("Music")
    await expect(page.locator(".player .clock")).to_have_text("21.2 / 21.3")
    assert await page.evaluate(f"{SOUND}.currentTime") == pytest.approx(LENGTH_S, abs=0.05)
    await page.get_by_role("button", name="Zoom in").click()
    wide = await page.locator(".player").evaluate(
        "each => [each.querySelector('.plot'), each.querySelector('.scroller')].map(one => one.clientWidth)"
    )
    assert wide[0] > 1.8 * wide[1]
    assert listener.wrong == []


async def test_text_that_wants_to_be_more_stays_text(listener: Listener) -> None:
    file = timeline(
        signalling={"signs": [{"name": "held", "at_s": 3, "note": HOSTILE}], "ended_s": 20, "reason": HOSTILE},
        matches=[{"name": "menu", "start_s": 3, "end_s": 9, "file": HOSTILE}],
    )
    found = (Finding(name="x", is_for=False, at_s=4, note=HOSTILE),)
    page = await listener.open(json.dumps(file).encode(), findings=found)
    await page.get_by_text("Semuanya sebagai daftar").click()
    for place in ("table.findings", ".player .all li >> nth=0"):
        await expect(page.locator(place)).to_be_visible()
    await page.locator(".lane-recognised .piece").hover()
    await expect(page.locator(".player .tip")).to_contain_text(HOSTILE)
    await expect(page.locator("table.findings")).to_contain_text(HOSTILE)
    assert await page.locator(".player script, .player img").count() == 0
    assert listener.wrong == []


async def test_a_timeline_that_cannot_be_read_leaves_the_recording(listener: Listener) -> None:
    failed_call(listener.visit.world, datetime.now(UTC), b'{"version": 1, "now_s": "<script>alert(1)</script>"}')
    page = await listener.visit.to(ADDRESS, "audio")
    await expect(page.get_by_text("Garis waktu panggilan ini tidak dapat dibaca (now_s:")).to_be_visible()
    await expect(page.get_by_text("Aliran suara (RTP) terputus sesaat")).to_be_visible()
    assert await page.locator(".player").count() == 0
    assert listener.wrong == []


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800), (1920, 1080)])
async def test_it_fits_a_telephone_a_laptop_and_a_wall(house: House, tmp_path: Path, width: int, height: int) -> None:
    async with visiting(house, tmp_path / f"{width}.png", width, height) as visit:
        page = await Listener(visit).open()
        box = await page.locator(".player").bounding_box()
        assert box
        assert (box["x"] >= 0, box["x"] + box["width"] <= width) == (True, True)
        own = await page.locator(".player").evaluate("each => [each.scrollWidth, each.clientWidth]")
        assert own[0] <= own[1] + 1
        for pin in await page.locator(".player .lane-findings .mark").all():
            await expect(pin).to_be_visible()
        overlapping = await page.locator(".player .lane-findings").evaluate(
            """lane => {
              const boxes = [...lane.querySelectorAll('.mark')].map((mark) => mark.getBoundingClientRect());
              return boxes.some((one, at) => boxes.slice(at + 1).some((other) =>
                one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom));
            }"""
        )
        assert overlapping is False
