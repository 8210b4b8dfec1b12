from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from probe_runner.settings import ProbeRunnerSettings


def test_the_plan_and_the_places_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMBUNG_PLAN", "/etc/sambung/plan.toml")
    monkeypatch.setenv("SAMBUNG_CONCURRENCY", "7")

    settings = ProbeRunnerSettings()

    assert (settings.plan, settings.concurrency) == (Path("/etc/sambung/plan.toml"), 7)
    assert settings.references == Path("/etc/sambung")
    assert settings.service == "probe-runner"


@pytest.mark.parametrize("places", ["0", "65", "many"])
def test_no_process_runs_no_or_too_many_tests_at_once(monkeypatch: pytest.MonkeyPatch, places: str) -> None:
    monkeypatch.setenv("SAMBUNG_CONCURRENCY", places)

    with pytest.raises(ValidationError, match="concurrency"):
        ProbeRunnerSettings()


def test_secrets_lie_beside_the_data_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMBUNG_DATA_DIR", "/var/lib/sambung/data")
    assert ProbeRunnerSettings().secrets.folder == Path("/var/lib/sambung/secrets")

    monkeypatch.setenv("SAMBUNG_SECRETS_DIR", "/run/secrets")
    assert ProbeRunnerSettings().secrets.folder == Path("/run/secrets")
