from __future__ import annotations

import pytest
from pydantic import ValidationError

from reporting.settings import FORMS, ReportingSettings


def test_without_a_url_the_record_is_a_file_in_the_data_folder(tmp_path):
    assert str(ReportingSettings(data_dir=tmp_path).database) == f"sqlite:///{tmp_path}/reporting.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_gets_the_driver_that_is_installed(scheme):
    url = ReportingSettings(database_url=f"{scheme}://me@db:5432/sambung").database
    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.host, url.port, url.database) == ("me", "db", 5432, "sambung")


def test_the_password_comes_from_its_own_file(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("p@ss:w/rd\n")
    monkeypatch.setenv("SAMBUNG_DATABASE_PASSWORD_FILE", str(tmp_path / "secret"))
    url = ReportingSettings(database_url="postgresql://me@db/sambung").database
    assert url.password == "p@ss:w/rd"
    assert "p@ss" not in str(url)


@pytest.mark.parametrize(
    "url", ["mysql://me:geheim@db/x", "sqlite://", "sqlite:///:memory:", "postgresql://db", "geheim", "http://[geheim"]
)
def test_a_wrong_url_is_refused_with_what_is_allowed_and_without_its_secrets(url):
    with pytest.raises(ValidationError) as caught:
        ReportingSettings(database_url=url)
    assert FORMS in str(caught.value)
    assert "geheim" not in str(caught.value)
