from __future__ import annotations

import os
from pathlib import Path

import pytest

from probe_runner.secrets import LARGEST_SECRET, NoSecretError, Secrets

HELD = "kata sandi-ü 7"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    return tmp_path / "secrets"


def test_a_secret_is_read_from_the_environment_or_from_its_file_without_the_space_around_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNK_PASSWORD", f" {HELD}\n")
    (folder / "trunk").write_text(f"{HELD}\n")

    assert [Secrets(folder).read(ref) for ref in ("env:TRUNK_PASSWORD", "file:trunk")] == [HELD, HELD]


def test_a_secret_is_read_anew_each_time(folder: Path) -> None:
    secrets = Secrets(folder)
    (folder / "trunk").write_text("old")
    assert secrets.read("file:trunk") == "old"

    (folder / "trunk").write_text("new")
    assert secrets.read("file:trunk") == "new"


def test_a_link_inside_the_folder_is_followed_as_kubernetes_makes_them(folder: Path) -> None:
    (folder / "..data").mkdir()
    (folder / "..data" / "trunk").write_text(HELD)
    (folder / "trunk").symlink_to(Path("..data") / "trunk")

    assert Secrets(folder).read("file:trunk") == HELD


def lays_nothing(_file: Path) -> None:
    """There is no such file."""


def lays_a_circle(file: Path) -> None:
    file.symlink_to(file)


def lays_a_way_out(file: Path) -> None:
    outside = file.parent.parent / "outside"
    outside.write_text(HELD)
    file.symlink_to(outside)


WRONG = {
    "missing": (lays_nothing, "No such file"),
    "pipe": (os.mkfifo, "not a regular file"),
    "folder": (Path.mkdir, "not a regular file"),
    "circle": (lays_a_circle, "cannot be read"),
    "outside": (lays_a_way_out, "lies outside"),
    "empty": (lambda file: file.write_text(" \n"), "empty"),
    "huge": (lambda file: file.write_text("x" * (LARGEST_SECRET + 1)), f"larger than {LARGEST_SECRET} bytes"),
    "binary": (lambda file: file.write_bytes(b"kata\xff"), "not UTF-8"),
    "two lines": (lambda file: file.write_text("kata\r\nX-Header: sandi"), "cannot be printed"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_secret_is_refused_by_its_reference_and_never_shown(folder: Path, name: str) -> None:
    lay, says = WRONG[name]
    lay(folder / "trunk")

    with pytest.raises(NoSecretError, match=says) as caught:
        Secrets(folder).read("file:trunk")
    assert caught.value.ref == "file:trunk"
    assert not {"kata", "sandi", HELD} & set(str(caught.value).split())
    assert caught.value.__cause__ is None


def test_a_variable_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(NoSecretError, match="env:NO_SUCH_SECRET cannot be used: not in the environment"):
        Secrets(folder).read("env:NO_SUCH_SECRET")


def test_the_bus_s_own_credentials_are_no_plan_s_to_send_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMBUNG_NATS_PASSWORD", HELD)

    with pytest.raises(NoSecretError, match="the bus's own"):
        Secrets(folder).read("env:SAMBUNG_NATS_PASSWORD")
