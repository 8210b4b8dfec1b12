"""How a refused plan speaks of one field: its key as it was written, and what is allowed there. Touches nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Loc = tuple[str | int, ...]


def as_written(loc: Loc, table: object) -> Loc:
    """The part of an error's place that the author wrote: a single value that counts as a list has no number."""
    held: Any = table
    for depth, part in enumerate(loc):
        if not isinstance(held, dict | list):
            return loc[:depth]
        held = held.get(part) if isinstance(held, dict) else _item(held, part)
    return loc


def says(item: ErrorDetails, table: type[BaseModel]) -> str:
    """What is wrong with what stands in a table of that model, and what is allowed."""
    model, name = _holder(table, item["loc"])
    if item["type"] == "extra_forbidden":
        allowed = list(model.model_fields)
        return f"unknown key; allowed here: {', '.join(allowed)}{nearest(name, allowed)}"
    field = model.model_fields.get(name)
    words = _description(field) if field else ""
    if item["type"] == "missing":
        return f"missing; it must be there{f': {words}' if words else ''}"
    told = f"allowed: {words}" if words else item["msg"].removeprefix("Value error, ")
    return told if isinstance(item["input"], dict) else f"{told} (got {_shown(item['input'])})"


def is_echo(item: ErrorDetails) -> bool:
    """A list that is "too short" only because its items, each reported already, do not count."""
    return item["type"] == "too_short" and bool(item["input"])


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A question about what was perhaps meant, or nothing."""
    near = difflib.get_close_matches(name, list(allowed), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _item(held: list[Any], part: str | int) -> object:
    return held[part] if isinstance(part, int) and part < len(held) else None


def _shown(value: object) -> str:
    try:
        return f"{value!r:.80}"
    except (ValueError, RecursionError):  # a hexadecimal number may have more digits than Python writes out
        return "what is too large to be shown"


def _description(field: Any) -> str:  # noqa: ANN401  pydantic's FieldInfo, or what stands in an Annotated
    """What the field's description allows, also when it stands inside ``... | None``."""
    if field.description:
        return str(field.description)
    inner = [getattr(part, "description", None) for kind in get_args(field.annotation) for part in get_args(kind)]
    return next((str(words) for words in inner if words), "")


def _holder(model: type[BaseModel], loc: Loc) -> tuple[type[BaseModel], str]:
    """The model that an error's last name belongs to, and that name."""
    names = [part for part in loc if isinstance(part, str)]
    for name in names[:-1]:
        field = model.model_fields.get(name)
        model = next(_models(field.annotation), model) if field else model
    return model, names[-1] if names else ""


def _models(kind: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401  any annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models(inner)
