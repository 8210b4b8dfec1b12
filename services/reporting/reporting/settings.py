"""Where the record is kept: read once from the environment. ``SAMBUNG_DATABASE_URL`` is SQLite or PostgreSQL."""

from __future__ import annotations

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from shared.settings import Settings

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
FORMS = "sqlite:///<file> or postgresql://<user>@<host>:<port>/<database>"


class ReportingSettings(Settings):
    """What every process needs, and the database. A password is better kept out of the URL, in its own file."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)  # a URL may hold a password

    service: str = "reporting"
    database_url: str = ""
    database_password: SecretStr = SecretStr("")

    @field_validator("database_url")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value:
            database_url(value)
        return value

    @property
    def database(self) -> URL:
        """The database with its driver and password; without a URL a file in the data folder."""
        url = database_url(self.database_url or f"sqlite:///{self.data_dir}/reporting.db")
        password = self.database_password.get_secret_value()
        return url.set(password=password) if password and url.get_backend_name() == "postgresql" else url


def database_url(text: str) -> URL:
    """The URL with the driver that is installed here. Raises ``BadDatabaseUrl``."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise BadDatabaseUrl from error
    driver = DRIVERS.get(url.drivername.split("+")[0])
    if driver is None or url.database in {None, "", ":memory:"}:  # every connection would have a memory of its own
        raise BadDatabaseUrl
    return url.set(drivername=driver)


class BadDatabaseUrl(ValueError):  # noqa: N818  says what it is
    """Neither SQLite nor PostgreSQL, or no URL at all. The URL is not repeated: it may hold a password."""

    def __init__(self) -> None:
        super().__init__(f"not a database this service can use; allowed: {FORMS}")
