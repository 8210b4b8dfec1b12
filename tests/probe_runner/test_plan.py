from __future__ import annotations

import codecs
import re
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_runner.plan import LARGEST, MOST_TARGETS, MOST_TRUNKS, PlanRefused, read_plan
from shared.vocabulary import Channel, Severity

PLANS = Path(__file__).parent / "plans"
TARGET = '[[target]]\nid = "t{0}"\nname = "T"\nchannel = "voice"\naddress = "sip:1@h"\nvoice = {{ press = "9" }}\n'


def fault(path: PurePosixPath) -> str:
    return "no such sound file beside the plan" if path.name == "nowhere.wav" else ""


def refused(text: bytes) -> PlanRefused:
    with pytest.raises(PlanRefused) as caught:
        read_plan(text, "plan.toml", fault)
    return caught.value


@pytest.mark.parametrize("sample", sorted(PLANS.glob("invalid-*.toml")), ids=lambda path: path.stem)
def test_a_bad_plan_is_refused_with_file_line_key_and_what_is_allowed(sample: Path) -> None:
    text = sample.read_text()
    expected = sorted(re.findall(r"^# expect: (.*)$", text, re.MULTILINE))

    assert sorted(refused(text.encode()).lines) == [f"plan.toml:{line}" for line in expected]


def test_a_good_plan_is_read_however_it_is_written() -> None:
    plan = read_plan((PLANS / "valid.toml").read_bytes(), "plan.toml", fault)

    voice, chat = plan.by_id["cc-inbound"], plan.by_id["webchat"]
    assert (voice.channel, voice.interval_s, voice.severity) == (Channel.VOICE, 60, Severity.CRITICAL)
    assert voice.voice is not None
    assert voice.voice.agent_within_s == 20
    assert chat.chat is not None
    assert [turn.choose for turn in chat.chat.dialogue] == [None, "9"]
    assert chat.card.address == "wss://chat.example/ws?inbox=1"


def test_several_problems_are_all_named_in_the_order_of_their_lines() -> None:
    text = TARGET.format("A") + "speed = 1\n" + TARGET.format("x").replace("9", "nine")

    assert [problem.line for problem in refused(text.encode()).problems] == [2, 7, 13]


def test_a_plan_too_large_is_refused_before_it_is_parsed() -> None:
    assert f"at most {LARGEST}" in str(refused(b"#" * (LARGEST + 1)))


def test_too_many_targets_are_refused() -> None:
    text = "".join(TARGET.format(number) for number in range(MOST_TARGETS + 1))

    assert refused(text.encode()).lines == [f"plan.toml:{6 * MOST_TARGETS + 1}: 501 targets; at most 500 are allowed"]


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    assert refused(b"# plan\n[[target]]\nid = '\xff'\n").lines == ["plan.toml:3: not UTF-8, which TOML must be"]


def test_the_mark_that_some_editors_put_in_front_changes_nothing() -> None:
    marked = codecs.BOM_UTF8 + TARGET.format("1").encode()

    assert list(read_plan(marked, "plan.toml", fault).by_id) == ["t1"]
    assert refused(codecs.BOM_UTF8 + TARGET.format("A").encode()).problems[0].line == 2
    assert refused(codecs.BOM_UTF8 + b"#\n'\xff'").problems[0].line == 2


def test_a_plan_nested_too_deeply_is_refused() -> None:
    assert "nested too deeply" in str(refused(b"x = " + b"[" * 100_000))


@given(st.binary(max_size=200) | st.text(alphabet='[]{}="\n.,#target id', max_size=200).map(str.encode))
def test_no_text_whatever_does_anything_but_be_read_or_refused(text: bytes) -> None:
    with suppress(PlanRefused):
        assert read_plan(text, "plan.toml", fault).targets


TRUNKS = """
[[trunk]]
id = "jakarta"
proxy = "[2001:db8::5]"
transport = "tls"
srtp = "required"
is_registered = true
username = "probe"
password = "file:jakarta"

[[trunk]]
id = "surabaya"
codecs = ["g722"]
local_address = "192.0.2.7"
"""


def test_the_trunks_a_target_names_go_with_it_in_its_own_order() -> None:
    named = TARGET.format("1").replace("press", 'trunks = ["surabaya", "jakarta"], press')
    first, second = read_plan((TRUNKS + named + TARGET.format("2")).encode(), "plan.toml", fault).targets

    assert [(trunk.id, trunk.transport, trunk.dtmf) for trunk in first.trunks] == [
        ("surabaya", "udp", "auto"),
        ("jakarta", "tls", "auto"),
    ]
    assert first.trunks[0].codecs == ("g722",)
    assert second.trunks == ()


def test_too_many_trunks_are_refused() -> None:
    text = "".join(f'[[trunk]]\nid = "t{number}"\n' for number in range(MOST_TRUNKS + 1)) + TARGET.format("1")

    assert refused(text.encode()).lines == [f"plan.toml:{2 * MOST_TRUNKS + 1}: 51 trunks; at most 50 are allowed"]


@pytest.mark.parametrize(
    "wrong", ["trunk = 7\n", "[[trunk]]\n", "trunk = ['a']\n", "[trunk.a]\n", "[[trunk]]\nid = 7\n"]
)
def test_trunks_that_are_none_are_refused_whatever_they_are(wrong: str) -> None:
    assert refused(wrong.encode() + TARGET.format("1").encode()).problems
