from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.running import RunningLab, running_lab

PLANS = Path(__file__).parent / "plans"
PLAN = """
[[target]]
id = "webchat"
name = "Web Chat [1]"
channel = "webchat"
address = "ws://127.0.0.1:{port}/chat"
[target.chat]
agent_within_s = 4
agent_speaks_within_s = 2
dialogue = [{{ expect = "petugas" }}, {{ choose = "9", within_s = 1 }}]
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[RunningLab]:
    with running_lab(LAB_HOLD_SECONDS="0.2") as running:
        yield running


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "probe_runner", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def plan_for(lab: RunningLab, folder: Path) -> Path:
    file = folder / "plan.toml"
    file.write_text(PLAN.format(port=lab.http_port))
    return file


def test_a_good_plan_is_listed() -> None:
    ended = run("check", PLANS / "valid.toml")

    assert ended.returncode == 0
    assert "cc-inbound: voice, every 60 s, sip:1500600@127.0.0.1:5070" in ended.stdout


def test_a_bad_plan_is_told_by_file_and_line() -> None:
    file = PLANS / "invalid-bad-number.toml"
    ended = run("check", file)

    assert ended.returncode == 1
    assert ended.stderr == f"{file}:7: target 'cc-inbound': interval_s: allowed: whole seconds, 10 to 86400 (got 5)\n"


def test_a_number_of_thousands_of_digits_is_told_by_file_and_line() -> None:
    file = PLANS / "invalid-huge-number.toml"
    ended = run("check", file)

    assert (ended.returncode, ended.stderr) == (1, f"{file}:7: a number with too many digits\n")


def test_a_pipe_is_no_plan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.toml")
    ended = run("check", tmp_path / "plan.toml")

    assert (ended.returncode, ended.stderr) == (1, f"{tmp_path}/plan.toml: not a regular file\n")


def test_a_plan_that_is_not_there_is_told() -> None:
    ended = run("check", "nowhere.toml")

    assert (ended.returncode, ended.stderr) == (1, "nowhere.toml: No such file or directory\n")


def test_one_probe_that_passes_is_shown_with_its_evidence(lab: RunningLab, tmp_path: Path) -> None:
    lab.put("webchat", "none")
    ended = run("probe", "webchat", "--plan", plan_for(lab, tmp_path), "--evidence", tmp_path / "kept")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    for words in ("Web Chat [1]", "nothing of it is published", "joined.human", "PASSED", "queue_wait_s"):
        assert words in ended.stdout
    events = json.loads((tmp_path / "kept" / "transcript.json").read_text())["events"]
    assert events[0]["kind"] == "connected"


def test_one_probe_that_fails_says_why(lab: RunningLab, tmp_path: Path) -> None:
    lab.put("webchat", "agent-silent")
    ended = run("probe", "webchat", "--plan", plan_for(lab, tmp_path))

    assert ended.returncode == 1
    assert "agent.silent" in ended.stdout


def test_one_probe_that_cannot_judge_is_inconclusive(lab: RunningLab, tmp_path: Path) -> None:
    file = plan_for(lab, tmp_path)
    file.write_text(file.read_text().replace("127.0.0.1", "no-such-host.invalid"))
    ended = run("probe", "webchat", "--plan", file)

    assert ended.returncode == 2
    assert "prober.no_transport" in ended.stdout


def test_an_unknown_target_or_a_bad_plan_is_inconclusive_too(lab: RunningLab, tmp_path: Path) -> None:
    unknown = run("probe", "webchatt", "--plan", plan_for(lab, tmp_path))
    bad = run("probe", "webchat", "--plan", PLANS / "invalid-syntax.toml")

    assert (unknown.returncode, bad.returncode) == (2, 2)
    assert "no target 'webchatt'; known: webchat" in unknown.stderr
    assert "invalid-syntax.toml:5: not TOML" in bad.stderr
