"""Where escalation keeps its events. Knows the two kinds of database; opens neither."""

from __future__ import annotations

from urllib.parse import SplitResult, quote, unquote, urlsplit

from pydantic import SecretStr

from shared.settings import Settings as SharedSettings

ALLOWED = "sqlite:///<file> or postgresql://<user>[:<password>]@<host>[:<port>]/<database>"
PATIENCE_S = 3
"""How long one call may wait for a database that is away, before it says so."""


class Settings(SharedSettings):
    """``database_password`` takes the place of the one in ``database_url``; it may come from a file."""

    service: str = "escalation"
    database_url: str = ""
    database_password: SecretStr = SecretStr("")

    @property
    def event_store(self) -> dict[str, str]:
        """The event store's own variables. Raises ``BadDatabaseUrl``."""
        return event_store(
            self.database_url or f"sqlite:///{quote(str(self.data_dir))}/escalation.db",
            self.database_password.get_secret_value(),
        )


def event_store(url: str, password: str = "") -> dict[str, str]:
    """Turn a database URL into eventsourcing's variables. Raises ``BadDatabaseUrl``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return {
            "PERSISTENCE_MODULE": "escalation.recorder:SqliteFactory",
            "SQLITE_DBNAME": unquote(parts.path[1:]),
            "SQLITE_LOCK_TIMEOUT": str(PATIENCE_S),
        }
    if parts.scheme in {"postgresql", "postgres"} and parts.hostname and parts.username and len(parts.path) > 1:
        return _postgres(parts, password, url)
    raise BadDatabaseUrl(url)


def _postgres(parts: SplitResult, password: str, url: str) -> dict[str, str]:
    try:
        port = parts.port or 5432
    except ValueError:
        raise BadDatabaseUrl(url) from None
    # Never POSTGRES_ENABLE_DB_FUNCTIONS: with it, eventsourcing 9.5.6 silently drops the position.
    return {
        "PERSISTENCE_MODULE": "escalation.recorder:PostgresFactory",
        "POSTGRES_DBNAME": unquote(parts.path[1:]),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(port),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": password or unquote(parts.password or ""),
        "POSTGRES_CONNECT_TIMEOUT": str(PATIENCE_S),
        "POSTGRES_PRE_PING": "yes",
        "POSTGRES_POOL_SIZE": "2",
        "POSTGRES_MAX_OVERFLOW": "6",
    }


class BadDatabaseUrl(ValueError):  # noqa: N818  says what it is
    """The database URL is of no kind we know. The password is not repeated."""

    def __init__(self, url: str) -> None:
        shown = url.rsplit("@", 1)[-1]
        super().__init__(f"SAMBUNG_DATABASE_URL ends in {shown!r}; allowed is {ALLOWED}")
        self.shown = shown
