from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from kept_call import PROMPTS, voice, write_kept
from samples import failed, passed

from probe_runner.rejudge_terminal import CANNOT, CHANGED, SAME, expected_of, review
from probe_runner.voice.memory.comparison import Word
from probe_runner.voice_target import Voice

GOOD = passed(state="agent_confirmed")
STORED = expected_of(None, "")
PLAN = """
[[target]]
id = "cc-inbound"
name = "Inbound"
channel = "voice"
address = "sip:1500600@127.0.0.1:5070"
[target.voice]
press = "9"
greeting = "greeting.wav"
transfer = "transfer.wav"
hold_music = "hold.wav"
agent_greeting = "agent.wav"
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kept(tmp_path_factory.mktemp("kept") / "good", GOOD)


def run(*words: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "probe_runner", "rejudge", *map(str, words)]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)


def plan_in(folder: Path) -> Path:
    """A plan beside the lab's prompts."""
    for sound in PROMPTS.glob("*.wav"):
        (folder / sound.name).write_bytes(sound.read_bytes())
    (folder / "plan.toml").write_text(PLAN)
    return folder / "plan.toml"


def test_a_kept_call_with_the_same_verdict_ends_with_0(kept: Path, tmp_path: Path) -> None:
    ended = run(kept, "--plan", plan_in(tmp_path))
    assert (ended.returncode, ended.stderr) == (SAME, "")
    assert "Same verdict." in ended.stdout
    assert "agent_confirmed" in ended.stdout


def test_another_verdict_is_told_with_what_differs(tmp_path: Path) -> None:
    made = review(write_kept(tmp_path / "kept", failed()), PROMPTS, STORED)
    assert (made.code, made.word, made.then, made.today) == (CHANGED, "changed", "failed (telco.busy)", "passed")
    assert made.comparison is not None
    assert [difference.what for difference in made.comparison.differences] == [
        "outcome",
        "state",
        "accessibility",
        "agent",
    ]


def test_a_call_without_its_verdict_cannot_be_compared(tmp_path: Path) -> None:
    made = review(write_kept(tmp_path / "kept"), PROMPTS, STORED)
    assert (made.code, made.word, made.today) == (CANNOT, Word.UNCOMPARED, "passed")


def test_the_recording_itself_may_be_named(kept: Path) -> None:
    assert review(kept / "call.ogg", PROMPTS, STORED).code == SAME


def test_folders_are_read_line_by_line_and_a_bad_one_does_not_stop_it(kept: Path, tmp_path: Path) -> None:
    ended = run("-", "--plan", plan_in(tmp_path), given=f"{tmp_path}/nowhere\n{kept}\n")
    first, second = map(json.loads, ended.stdout.splitlines())
    assert "timeline.json" in first["why"]
    assert (second["word"], second["then"], second["today"]) == ("same", "passed", "passed")


def test_todays_expectations_are_those_of_the_plan(tmp_path: Path) -> None:
    wrong = voice(greeting=PurePosixPath("wrong-prompt.wav"))
    kept = write_kept(tmp_path / "kept", failed(), wrong)
    ended = run(kept, "--plan", plan_in(tmp_path), "--expectations", "plan", "--json")
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["word"], said["today"]) == (CHANGED, "changed", "passed")
    assert review(kept, PROMPTS, STORED).today != "passed"


def test_a_target_that_is_not_in_the_plan_is_told_with_those_that_are(kept: Path, tmp_path: Path) -> None:
    ended = run(kept, "--plan", plan_in(tmp_path), "--expectations", "plan", "--target", "cc-outbound")
    assert ended.returncode == CANNOT
    assert "cc-outbound: no voice target of the plan; name one with --target, there are: cc-inbound" in ended.stderr


@pytest.mark.parametrize(
    ("file", "data", "says"),
    [
        ("timeline.json", None, "no such file"),
        ("timeline.json", b"{}", "now_s: Field required"),
        ("call.ogg", None, "call.ogg or call.wav"),
        ("call.ogg", b"OggS nonsense", "not readable as sound"),
        ("test.json", b"{}", "not a test's conclusion"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, file: str, data: bytes | None, says: str) -> None:
    kept = write_kept(tmp_path / "kept", GOOD)
    (kept / file).unlink()
    if data is not None:
        (kept / file).write_bytes(data)
    made = review(kept, PROMPTS, STORED)
    assert made.code == CANNOT
    assert says in made.why


def test_a_recording_of_the_plan_that_is_gone_is_named(tmp_path: Path) -> None:
    gone: Voice = voice(greeting=PurePosixPath("gone.wav"))
    made = review(write_kept(tmp_path / "kept", GOOD, gone), PROMPTS, STORED)
    assert (made.code, "greeting = 'gone.wav'" in made.why) == (CANNOT, True)
