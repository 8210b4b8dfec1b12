"""The passwords of bus and database: made on the first start, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shared.rights import USERS, server_configuration

DATABASE_USERS = ("escalation", "reporting")


def make_keys(folder: Path) -> None:
    """Make what is missing in ``folder``; what is there stays.

    ``<user>/password``   the user's password on the bus
    ``nats/rights.conf``  the server's view: every password, and who may what
    """
    passwords = {user: _password(folder / user.name / "password") for user in USERS}
    lines = [f"{user.variable}: '{password}'\n" for user, password in passwords.items()]
    write_secret(folder / "nats" / "rights.conf", "".join(lines) + server_configuration())


def make_database_keys(folder: Path) -> None:
    """Make what is missing: ``postgres/<role>`` for the database, ``<service>/database`` for its user."""
    _password(folder / "postgres" / "admin")
    for user in DATABASE_USERS:
        write_secret(folder / user / "database", _password(folder / "postgres" / user))


def give_to(folder: Path, owner: int) -> None:
    """Hand everything in ``folder`` to another user id; only root can.

    The database's own files become readable to all: its image reads them as a user whose id we do not know.
    They are alone in a volume that nothing else mounts.
    """
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner, owner)
    for path in (folder / "postgres", *(folder / "postgres").iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)


def write_secret(path: Path, text: str) -> None:
    """Write whole or not at all, with mode 600 from the first byte, in a folder of mode 700."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    half = path.with_name(f"{path.name}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)


def _password(path: Path) -> str:
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8").strip()
