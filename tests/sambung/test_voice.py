from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sambung.cli import app
from sambung.period import Period
from sambung.voice import period_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    """Midnight of a November day by this machine's clock."""
    return datetime(2026, 11, number).astimezone()


def utc(day_of_month: int, hour: int) -> datetime:
    return datetime(2026, 11, day_of_month, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "begin", "finish"),
    [
        ("2026-11-01", "", day(1), NOW),
        ("2026-11-01", "2026-11-02", day(1), day(3)),
        ("2026-11-01T08:00+07:00", "2026-11-01T02:00Z", utc(1, 1), utc(1, 2)),
        ("2026-11-01T08:00", "2026-11-02", day(1) + timedelta(hours=8), day(3)),
    ],
)
def test_a_period_is_what_a_person_means_by_it(since: str, until: str, begin: datetime, finish: datetime) -> None:
    assert period_of(since, until, "cc-inbound", NOW) == Period(begin, finish, "cc-inbound")


@pytest.mark.parametrize(
    ("since", "until", "target", "says"),
    [
        ("yesterday", "", "", "'yesterday' is no day (2026-11-01) and no moment"),
        ("2026-11-31", "", "", "is no day"),
        ("0001-01-01", "", "", "lies outside the years 2000 to 2199"),
        ("2026-11-01", "9999-12-31", "", "lies outside the years 2000 to 2199"),
        ("2026-11-02", "2026-11-01", "", "does not lie before 2026-11-01"),
        ("2030-01-01", "", "", "does not lie before now"),
        ("2026-11-01", "", "Not An Id", "no target's id: a-z, 0-9"),
    ],
)
def test_what_is_no_period_is_refused_with_what_is_allowed(since, until, target, says, capsys) -> None:
    with pytest.raises(typer.Exit):
        period_of(since, until, target, NOW)
    assert says in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rejudge"], "name one call"),
        (["rejudge", "x", "--since", "2026-11-01"], "name one call"),
        (["rejudge", "no-such-folder", "--plan", "plan.toml"], "neither a test's id, nor a folder"),
        (["learn"], "name a target to call"),
        (["learn", "cc-inbound", "--from", "x"], "name a target to call"),
        (["rejudge", "6f0d1a52-5a3b-4c1e-9c39-4d1d0c1f5a77"], "nothing runs on"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_what_is_allowed(tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "plan.toml").touch()
    given = [str(tmp_path / word) if word == "plan.toml" else word for word in words]
    ended = CliRunner().invoke(app, ["voice", *given, "--data", str(tmp_path)])
    assert ended.exit_code == 2
    assert says in " ".join(ended.output.split())


def test_a_name_too_long_to_be_a_file_is_answered_in_words(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"plan": "plan.toml"}', encoding="utf-8")
    said = CliRunner().invoke(app, ["voice", "rejudge", "x" * 5_000, "--data", str(tmp_path)])
    assert (said.exit_code, isinstance(said.exception, SystemExit)) == (2, True)
    assert "is neither a test's id" in said.output


def test_the_lab_is_found_where_the_running_product_put_it(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"lab_http_port": 9}', encoding="utf-8")
    said = CliRunner().invoke(app, ["lab", "list", "--data", str(tmp_path)], env={"LAB_HTTP_PORT": "8070"})
    assert "does not answer at http://127.0.0.1:9" in " ".join(said.output.split())
