from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    import os  # noqa: PLC0415  only here

    for name in [name for name in os.environ if name.startswith("SAMBUNG_")]:
        monkeypatch.delenv(name)


def test_values_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SAMBUNG_NATS_URL", "nats://one:4222,nats://two:4222")
    monkeypatch.setenv("SAMBUNG_DATA_DIR", str(tmp_path))
    settings = Settings()
    assert settings.nats_url == "nats://one:4222,nats://two:4222"
    assert settings.data_dir == tmp_path


def test_a_secret_comes_from_its_file_without_the_line_end(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("geheim\n", encoding="utf-8")
    monkeypatch.setenv("SAMBUNG_NATS_PASSWORD_FILE", str(tmp_path / "secret"))
    settings = Settings()
    assert settings.nats_password.get_secret_value() == "geheim"
    assert "geheim" not in repr(settings)


def test_what_is_said_outright_wins_over_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from the file", encoding="utf-8")
    monkeypatch.setenv("SAMBUNG_NATS_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SAMBUNG_NATS_PASSWORD", "outright")
    assert Settings().nats_password.get_secret_value() == "outright"


def test_a_file_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("SAMBUNG_NATS_PASSWORD_FILE", "/nowhere/secret")
    with pytest.raises(OSError, match="/nowhere/secret"):
        Settings()


@pytest.mark.parametrize(("name", "value"), [("HTTP_PORT", "65536"), ("HTTP_PORT", "web"), ("LOG_FORMAT", "xml")])
def test_a_wrong_value_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"SAMBUNG_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_each_user_has_an_inbox_of_its_own():
    assert Settings(nats_user="dashboard").inbox == "_INBOX_dashboard"
    assert Settings().inbox == "_INBOX"


def test_two_processes_are_two_instances():
    assert Settings().instance
    assert Settings(instance="a").instance == "a"
