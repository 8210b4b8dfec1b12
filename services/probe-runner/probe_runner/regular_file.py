"""Opens what is a regular file and nothing else: a pipe or a device would keep its reader for ever."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path


def open_regular(file: Path) -> BinaryIO:
    """Open for reading, never waiting for a writer. Raises ``OSError``, also for what is no regular file."""
    _check(file, file.stat().st_mode)  # before: opening a device may already do something
    number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(file, os.fstat(number).st_mode)  # after: it may have been replaced in between
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def _check(file: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(file))
