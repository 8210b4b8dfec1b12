"""Secrets: what a plan's reference stands for, read anew whenever it is needed. Keeps nothing and logs nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probe_runner.regular_file import open_regular

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_SECRET = 4_096
OUR_OWN = "SAMBUNG_NATS_"
"""Names in the environment that no plan may send to a trunk or a PBX: the bus's own credentials."""


@dataclass(frozen=True)
class Secrets:
    """Where secrets are: ``env:NAME`` in our environment, ``file:name`` in ``folder``."""

    folder: Path

    def read(self, ref: str) -> str:
        """The secret itself, without the white space around it. Raises ``NoSecretError``, which never holds it."""
        kind, _, name = ref.partition(":")
        if name.startswith(OUR_OWN):
            raise NoSecretError(ref, "the bus's own, which no plan may name")
        secret = (self._in_file(name, ref) if kind == "file" else os.environ.get(name, "")).strip()
        if not secret:
            raise NoSecretError(ref, f"empty in {self.folder}" if kind == "file" else "not in the environment")
        if not secret.isprintable():
            raise NoSecretError(ref, "holds what cannot be printed, such as a line's end")
        return secret

    def _in_file(self, name: str, ref: str) -> str:
        try:
            file = (self.folder / name).resolve()
            if not file.is_relative_to(self.folder.resolve()):
                raise NoSecretError(ref, f"lies outside {self.folder}")
            with open_regular(file) as stream:
                held = stream.read(LARGEST_SECRET + 1)
        except (OSError, RuntimeError) as error:  # a circle of links is a RuntimeError
            why = getattr(error, "strerror", None) or str(error)
            raise NoSecretError(ref, f"cannot be read in {self.folder} ({why})") from None
        if len(held) > LARGEST_SECRET:
            raise NoSecretError(ref, f"larger than {LARGEST_SECRET} bytes")
        try:
            return held.decode()
        except UnicodeDecodeError:  # its words would show the secret
            raise NoSecretError(ref, "not UTF-8") from None


class NoSecretError(Exception):
    """A reference that stands for nothing usable here: ``ref`` and why."""

    def __init__(self, ref: str, why: str) -> None:
        super().__init__(f"the secret {ref} cannot be used: {why}")
        self.ref, self.why = ref, why
