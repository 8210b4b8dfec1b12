"""Keep the record: ``python -m reporting`` serves, ``python -m reporting replay [--wait]`` rebuilds it."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from pydantic import ValidationError

from reporting.app import make_app
from reporting.database import Database
from reporting.replay import follow, forget
from reporting.settings import ReportingSettings
from shared import logs
from shared.inbox import StoreAway
from shared.service import serve

WRONG = 2
"""Exit code for what only a person can mend: the command or the settings."""


def main(words: list[str]) -> int:
    """Serve, or replay. 0: done; 1: the database is away; 2: a wrong word or wrong settings."""
    try:
        settings = ReportingSettings()
    except (ValidationError, OSError) as error:
        print(f"wrong settings: {_spell_out(error)}", file=sys.stderr)
        return WRONG
    logs.configure(settings.service, settings.instance, settings.log_format)
    database = Database(settings.database)
    match words:
        case []:
            serve(make_app(settings, database, lambda: datetime.now(UTC)), settings)
            return 0
        case ["replay"] | ["replay", "--wait"]:
            return _replay(settings, database, is_waiting="--wait" in words)
        case _:
            print("usage: python -m reporting [replay [--wait]]", file=sys.stderr)
            return WRONG


def _replay(settings: ReportingSettings, database: Database, *, is_waiting: bool) -> int:
    try:
        print(forget(database), flush=True)
    except StoreAway as error:
        print(f"nothing wiped, the database is away: {error}", file=sys.stderr)
        return 1
    if is_waiting:
        asyncio.run(follow(settings, database, lambda line: print(line, flush=True)))
    return 0


def _spell_out(error: ValidationError | OSError) -> str:
    """Each wrong variable and what is allowed, without its value: it may be a secret."""
    if isinstance(error, OSError):
        return str(error)
    return "; ".join(f"SAMBUNG_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
