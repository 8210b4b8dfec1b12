"""``python -m escalation``: settings from the environment, then serve."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from escalation.app import make_app
from escalation.application import Tickets
from escalation.settings import BadDatabaseUrl, Settings
from shared.logs import configure
from shared.service import serve


def main() -> None:
    """Run until SIGTERM. Ends at once, with a reason, when the database URL is of no known kind."""
    settings = Settings()
    configure(settings.service, settings.instance, settings.log_format)
    try:
        store = settings.event_store
    except BadDatabaseUrl as error:
        sys.exit(str(error))
    if "SQLITE_DBNAME" in store:
        Path(store["SQLITE_DBNAME"]).parent.mkdir(parents=True, exist_ok=True)
    serve(make_app(settings, lambda: Tickets(store), clock=lambda: datetime.now(UTC)), settings)


if __name__ == "__main__":
    main()
