from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath

import pytest
from kept_call import healthy, write_kept
from lab.running import running_lab

from probe_runner.learn_terminal import LEARNED, NOTHING, Shelf, names_of, show_lesson
from probe_runner.voice.ear.hearing import Ear
from probe_runner.voice.ear.listener import read_reference
from probe_runner.voice.memory.learning import Proposal
from probe_runner.voice.timeline import Role

LIVE = """
[[target]]
id = "cc-inbound"
name = "Inbound"
channel = "voice"
address = "{address}"
[target.voice]
press = "9"
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kept(tmp_path_factory.mktemp("kept") / "call")


def plan_lines_of(text: str) -> dict[str, str]:
    """What a person would paste."""
    return tomllib.loads("\n".join(line for line in text.splitlines() if '.wav"' in line and " = " in line))


def test_what_is_learned_of_a_call_is_recognised_in_it(kept: Path, tmp_path: Path, capsys) -> None:
    assert show_lesson(kept, Shelf(tmp_path / "sounds", tmp_path, is_forced=False)) == LEARNED
    lines = plan_lines_of(capsys.readouterr().out)
    assert {role: Path(path).name for role, path in lines.items()} == {
        role: f"{role}.wav" for role in ("greeting", "transfer", "hold_music", "agent_greeting")
    }
    known = [
        read_reference(tmp_path, role, PurePosixPath(path), is_loop=role == "hold_music")
        for role, path in lines.items()
    ]
    ear = Ear(known)
    ear.hear(healthy())
    heard = list(dict.fromkeys(match.name for match in ear.matches))  # music may be found again at its seam
    assert heard == ["greeting", "transfer", "hold_music", "agent_greeting"]


def test_a_file_that_is_there_is_not_replaced_unless_told_so(kept: Path, tmp_path: Path, capsys) -> None:
    mine = tmp_path / "transfer.wav"
    mine.write_bytes(b"mine")
    assert show_lesson(kept, Shelf(tmp_path, tmp_path, is_forced=False)) == NOTHING
    assert "already has transfer.wav" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["transfer.wav"]
    assert show_lesson(kept, Shelf(tmp_path, tmp_path, is_forced=True)) == LEARNED
    assert mine.read_bytes() != b"mine"


def test_a_link_is_replaced_and_never_written_through(kept: Path, tmp_path: Path, capsys) -> None:
    precious, out = tmp_path / "precious.txt", tmp_path / "sounds"
    out.mkdir()
    precious.write_text("mine")
    (out / "greeting.wav").symlink_to(precious)
    (out / "transfer.wav").symlink_to(tmp_path / "nowhere")
    assert show_lesson(kept, Shelf(out, tmp_path, is_forced=False)) == NOTHING
    assert "already has greeting.wav, transfer.wav" in " ".join(capsys.readouterr().err.split())
    assert show_lesson(kept, Shelf(out, tmp_path, is_forced=True)) == LEARNED
    assert (precious.read_text(), (out / "greeting.wav").is_symlink()) == ("mine", False)


def test_a_file_in_place_of_the_folder_is_refused_in_words(kept: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "sounds").write_text("mine")
    assert show_lesson(kept, Shelf(tmp_path / "sounds", tmp_path, is_forced=True)) == NOTHING
    assert "is a file: name a folder" in " ".join(capsys.readouterr().err.split())


def test_what_cannot_be_read_teaches_nothing(tmp_path: Path, capsys) -> None:
    assert show_lesson(tmp_path, Shelf(tmp_path / "sounds", tmp_path, is_forced=False)) == NOTHING
    assert "timeline.json" in capsys.readouterr().err
    assert not (tmp_path / "sounds").exists()


def test_the_second_of_a_role_is_numbered() -> None:
    proposals = [Proposal(role, at, at + 2, "") for at, role in enumerate((Role.QUEUE, Role.CLOSED, Role.QUEUE))]
    assert list(names_of(proposals)) == ["queue.wav", "closed.wav", "queue-2.wav"]


def test_one_call_to_the_lab_teaches_all_that_is_played_there(tmp_path: Path) -> None:
    with running_lab(LAB_HOLD_SECONDS="6") as lab:
        (tmp_path / "plan.toml").write_text(LIVE.format(address=lab.uri("1500600")))
        command = [sys.executable, "-m", "probe_runner", "learn", "cc-inbound", "--listen-s", "30"]
        where = ["--plan", tmp_path / "plan.toml", "--out", tmp_path / "sounds"]
        ended = subprocess.run([*command, *where], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == LEARNED, ended.stdout + ended.stderr
    assert set(plan_lines_of(ended.stdout)) >= {"greeting", "transfer", "hold_music", "agent_greeting"}
    assert "\x1b" not in ended.stdout


def test_an_unknown_target_or_files_in_the_way_are_told_before_anybody_is_called(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(LIVE.format(address="sip:1@127.0.0.1:1"))
    (tmp_path / "greeting.wav").write_bytes(b"mine")
    command = [sys.executable, "-m", "probe_runner", "learn", "--plan", tmp_path / "plan.toml", "--out", tmp_path]
    unknown, taken = (
        subprocess.run([*command, target], capture_output=True, text=True, timeout=60, check=False)
        for target in ("cc-outbound", "cc-inbound")
    )
    assert (unknown.returncode, taken.returncode) == (NOTHING, NOTHING)
    assert "no voice target 'cc-outbound'; there are: cc-inbound" in unknown.stderr
    assert "already has greeting.wav" in taken.stderr
