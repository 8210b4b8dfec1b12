"""The plan's regular expressions: checked and searched by RE2, in time linear to the text. Knows no plan and no chat.

Python's own engine goes back over a text for ever when the pattern is made so; RE2 cannot, and cannot be interrupted
either, so the memory of a pattern is bounded and with it the time of a search.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]  # it brings no types

MEMORY = 1 << 18
"""Bytes for a compiled pattern; in the worst case found, 2,000 characters are then searched in 0.2 s."""


def is_found(pattern: str, text: str) -> bool:
    """Whether the regular expression is found in the text, upper and lower case alike."""
    return _compiled(pattern).search(text) is not None


def check_pattern(text: str) -> str:
    """The same text, a pattern that can be searched. Raises ``ValueError`` that says what RE2 cannot do."""
    try:
        _compiled(text)
    except re2.error as error:
        words = error.args[0].decode("utf-8", "replace") if error.args else "refused"
        raise ValueError(
            f"not a regular expression of RE2, which knows no look-around and no backreference: {words}"
        ) from error
    except UnicodeEncodeError as error:
        raise ValueError("not a regular expression: half of a surrogate pair") from error
    return text


@lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> Any:  # noqa: ANN401  the library has no types
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True  # nobody asks for groups, and following them costs most of the time
    options.max_mem = MEMORY
    return re2.compile(pattern, options)
