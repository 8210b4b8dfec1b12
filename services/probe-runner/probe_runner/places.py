"""Where in a TOML text each key stands. Knows nothing of what the keys mean; the text must already be valid TOML.

Python's tomllib gives values without their lines, and a person needs the line.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_HEADER = re.compile(r"\[(\[)?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*\.?""")
_SKIPPED = re.compile(
    r'''"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}]|\n|[^"'\#\[\]{}\n]+''',
    re.DOTALL,
)


def places(text: str) -> dict[Path, int]:
    """The line (from 1) of every table header and key, by its path, e.g. ``("target", 0, "voice", "press")``.

    What stands inside an inline table or array is found by the key that holds it: see ``line_of``.
    """
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    at, line = 0, 1
    while at < len(text):
        if text[at] in " \t\r\n":
            line, at = line + (text[at] == "\n"), at + 1
            continue
        header = _HEADER.match(text, at)
        key = _KEY.match(text, at)
        if header:
            table = _table(_parts(header[2]), counts, is_array=header[1] is not None)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], line)
        elif key:
            found.setdefault((*table, *_parts(key[1])), line)
        end = _end_of_statement(text, header.end() + (header[1] is not None) if header else key.end() if key else at)
        line, at = line + text.count("\n", at, end), end
    return found


def line_of(found: dict[Path, int], path: Path) -> int:
    """The line of the path, or of the nearest thing around it."""
    while path not in found:
        path = path[:-1]
    return found[path]


def _table(parts: Path, counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a header, with the index of every array of tables on the way."""
    path: Path = ()
    for number, part in enumerate(parts):
        path = (*path, part)
        if is_array and number == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> Path:
    return tuple(first or second or third for first, second, third in _PART.findall(dotted))


def _end_of_statement(text: str, at: int) -> int:
    """The end of the line on which the value that begins at ``at`` is complete."""
    depth = 0
    while at < len(text):
        piece = _SKIPPED.match(text, at)
        if piece is None:
            return at + 1
        at = piece.end()
        depth += (piece[0] in "[{") - (piece[0] in "]}")
        if piece[0] == "\n" and depth <= 0:
            break
    return at
