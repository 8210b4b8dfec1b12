"""Every word that a person reads, in Indonesian or English. Knows no page and no session."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("id", "en")
"""ISO 639-1 codes; the first is the default."""

FOLDER = Path(__file__).with_name("locale")


class Words:
    """The words of one language. Called with a key, it says the sentence; a missing key says itself."""

    def __init__(self, language: str, sentences: dict[str, str]) -> None:
        self.language = language
        self._sentences = sentences

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence behind ``key`` with ``values`` filled in."""
        sentence = self._sentences.get(key)
        if sentence is None:
            return key
        try:
            return sentence.format(**values)
        except (KeyError, IndexError):
            return sentence

    def either(self, key: str, otherwise: str) -> str:
        """The sentence behind ``key``; ``otherwise`` where other services may invent keys we have no words for."""
        return self._sentences.get(key, otherwise)

    @property
    def keys(self) -> frozenset[str]:
        """Every key there are words for."""
        return frozenset(self._sentences)


@cache
def words_in(language: str) -> Words:
    """The words of a language; of the default one for a language we do not speak."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    table = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Words(language, dict(_flat("", table)))


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(f"{prefix}{name}.", value)
        else:
            found.append((f"{prefix}{name}", value))
    return found
