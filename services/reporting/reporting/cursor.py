"""Where a page ended, as an opaque word. Pure: knows neither what is paged nor where it is kept."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

LONGEST = 200


@dataclass(frozen=True, order=True)
class Cursor:
    """The last item of a page: ``at`` as the record writes times, ``key`` to tell items of the same moment apart."""

    at: str
    key: str

    def __str__(self) -> str:
        """The word to hand out; ``read`` takes it back."""
        return base64.urlsafe_b64encode(f"{self.at} {self.key}".encode()).decode()


def read(word: str) -> Cursor:
    """The cursor handed out before. Raises ``BadCursor`` for anything else."""
    try:
        at, key = base64.b64decode(word[:LONGEST], altchars=b"-_", validate=True).decode("ascii").split(" ")
        if datetime.fromisoformat(at).tzinfo is None:
            raise BadCursor(word)
        return Cursor(at, str(UUID(key)))
    except (ValueError, binascii.Error) as error:
        raise BadCursor(word) from error


class BadCursor(ValueError):  # noqa: N818  says what it is
    """The word is no cursor of ours."""

    def __init__(self, word: str) -> None:
        super().__init__("not a cursor of a page before")
        self.word = word
