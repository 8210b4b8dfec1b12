from __future__ import annotations

import os
from pathlib import Path

import pytest

from probe_runner import regular_file
from probe_runner.regular_file import open_regular


def test_a_regular_file_is_opened_also_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")

    with open_regular(tmp_path / "link") as stream:
        assert stream.read() == b"text"


def test_a_pipe_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for file in (tmp_path / "pipe", tmp_path, Path("/dev/null")):
        with pytest.raises(OSError, match="not a regular file"):
            open_regular(file)


def test_a_file_that_becomes_a_pipe_meanwhile_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"text")
    really_open = os.open

    def replace_and_open(path: Path, flags: int) -> int:
        file.unlink()
        os.mkfifo(file)
        return really_open(path, flags)

    monkeypatch.setattr(regular_file.os, "open", replace_and_open)
    with pytest.raises(OSError, match="not a regular file"):
        open_regular(file)
