from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lab.calling import Heard, Order, place
from lab.many_numbers import NUMBERS
from lab.running import running_lab

HOLD_SECONDS = 1.5
RFC4733, INFO = "rfc4733", "info"
SCRIPTS = {
    "none": (8.5, [(0.8, "9", RFC4733)]),
    "unreachable": (3, []),
    "busy": (3, []),
    "rings-for-ever": (4, []),
    "dead-air": (4, []),
    "wrong-prompt": (4, []),
    "ignores-dtmf": (7, [(0.8, "9", RFC4733)]),
    "no-agent": (8.5, [(0.8, "9", RFC4733)]),
    "agent-silent": (8.5, [(0.8, "9", INFO)]),
    "drops-mid-greeting": (6, []),
    "early-media": (9, []),
    "session-timer": (10.5, [(0.8, "9", RFC4733)]),
    "agent-via-reinvite": (10.5, [(0.8, "9", RFC4733)]),
    "agent-via-update": (10.5, [(0.8, "9", RFC4733)]),
    "agent-holds": (16, [(0.8, "9", RFC4733)]),
}
WANDERING = (8, [(0.8, "1", RFC4733), (5.0, "5", RFC4733)])


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Heard]:
    """One call for each fault, and one that wanders through the menu, all at the same time."""
    program = str(Path(__file__).with_name("many_numbers.py"))
    with running_lab(program, LAB_HOLD_SECONDS=str(HOLD_SECONDS)) as lab:
        orders = {}
        for number in NUMBERS:
            if number.name not in SCRIPTS:
                continue
            lab.put(number.number, number.name)
            orders[number.name] = Order(lab.uri(number.number), *SCRIPTS[number.name])
        healthy = next(number.number for number in NUMBERS if number.name == "none")
        orders["wandering"] = Order(lab.uri(healthy), *WANDERING)
        orders["unknown number"] = Order(lab.uri("1500001"), 3)
        calls = place(list(orders.values()), tmp_path_factory.mktemp("calls"))
    return dict(zip(orders, calls, strict=True))


def test_a_healthy_call_reaches_an_agent_who_speaks(heard: dict[str, Heard]) -> None:
    call = heard["none"]
    assert call.codes[:3] == [0, 180, 200]
    times = [call.at(prompt) for prompt in ("greeting", "transfer", "hold", "agent")]
    assert None not in times
    assert times == sorted(times)
    assert not call.ended_by_far_end


def test_a_prompt_arrives_as_it_was_recorded(heard: dict[str, Heard]) -> None:
    assert heard["none"].share("transfer") > 0.75


def test_a_digit_cuts_the_greeting_short(heard: dict[str, Heard]) -> None:
    call = heard["none"]
    assert call.at("transfer") < 2.0
    assert call.share("greeting") < 0.5


def test_hold_music_lasts_as_long_as_it_was_set(heard: dict[str, Heard]) -> None:
    call = heard["none"]
    assert HOLD_SECONDS < call.at("agent") - call.at("hold") < HOLD_SECONDS + 1.5


def test_information_and_an_unknown_digit_lead_back_to_the_menu(heard: dict[str, Heard]) -> None:
    call = heard["wandering"]
    information, unavailable = call.at("information"), call.at("unavailable")
    assert information is not None
    assert unavailable is not None
    assert information < unavailable
    assert call.at("menu") is not None


def test_unreachable_is_not_found_and_never_rings(heard: dict[str, Heard]) -> None:
    assert heard["unreachable"].codes == [0, 404]


def test_a_number_the_lab_does_not_have_is_not_found(heard: dict[str, Heard]) -> None:
    assert heard["unknown number"].codes == [0, 404]


def test_busy_is_busy_here(heard: dict[str, Heard]) -> None:
    assert heard["busy"].codes == [0, 486]


def test_rings_for_ever_rings_until_the_caller_gives_up(heard: dict[str, Heard]) -> None:
    call = heard["rings-for-ever"]
    assert call.codes == [0, 180, 487]
    assert call.answered_after is None


def test_dead_air_answers_and_sends_silence(heard: dict[str, Heard]) -> None:
    call = heard["dead-air"]
    assert 200 in call.codes
    assert len(call.sound) > 8000
    assert call.loudness() < 20


def test_wrong_prompt_plays_another_recording(heard: dict[str, Heard]) -> None:
    call = heard["wrong-prompt"]
    assert call.at("wrong-prompt") is not None
    assert call.at("greeting") is None


def test_ignores_dtmf_goes_on_with_its_greeting(heard: dict[str, Heard]) -> None:
    call = heard["ignores-dtmf"]
    assert call.share("greeting") > 0.75
    assert call.share("transfer") < 0.3  # not none: greeting and transfer have words in common


def test_no_agent_holds_for_ever(heard: dict[str, Heard]) -> None:
    call = heard["no-agent"]
    assert call.at("agent") is None
    assert call.loudness_at_the_end() > 500
    assert not call.ended_by_far_end


def test_agent_silent_ends_the_music_and_says_nothing(heard: dict[str, Heard]) -> None:
    call = heard["agent-silent"]
    assert call.at("agent") is None
    assert call.loudness_at_the_end() < 20
    assert not call.ended_by_far_end


def test_drops_mid_greeting_hangs_up_before_its_end(heard: dict[str, Heard]) -> None:
    call = heard["drops-mid-greeting"]
    assert call.ended_by_far_end
    assert call.at("greeting") is not None
    assert call.share("greeting") < 0.5


def test_a_real_stack_hears_the_early_media_before_the_answer(heard: dict[str, Heard]) -> None:
    call = heard["early-media"]
    assert call.codes[:3] == [0, 183, 200]
    assert call.loudness() > 500
    assert call.at("greeting") > call.at("ringback-tone")


@pytest.mark.parametrize(
    ("fault", "method", "least"),
    [
        ("session-timer", "UPDATE", 2),
        ("agent-via-reinvite", "INVITE", 1),
        ("agent-via-update", "UPDATE", 1),
        ("agent-holds", "INVITE", 2),
    ],
)
def test_a_real_stack_accepts_what_the_carrier_asks_for_by_itself(
    heard: dict[str, Heard], fault: str, method: str, least: int
) -> None:
    call = heard[fault]
    served = [status for name, status in call.served if name == method]
    # The centre itself sends one re-INVITE right after the answer.
    own = 1 if method == "INVITE" else 0
    assert len(served) >= least + own
    assert set(served) == {200}
    assert call.share("agent") > 0.3
    assert not call.ended_by_far_end


def test_a_call_keeps_what_it_met_while_its_number_is_switched(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    with running_lab() as lab, ThreadPoolExecutor() as pool:
        lab.put("1500600", "dead-air")
        first = pool.submit(place, [Order(lab.uri("1500600"), 5)], tmp_path / "first")
        assert any("event=call.answered" in line for line in lab.process.stdout)
        lab.put("1500600", "wrong-prompt")
        lab.put("1500700", "rings-for-ever")
        second, third = place([Order(lab.uri("1500600"), 3), Order(lab.uri("1500700"), 3)], tmp_path)
        assert first.result()[0].loudness() < 20
    assert second.at("wrong-prompt") is not None
    assert third.codes == [0, 180, 487]
