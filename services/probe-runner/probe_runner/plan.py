"""The plan: a TOML text to checked targets, or every problem with its line. Touches no file and no bus."""

from __future__ import annotations

import difflib
import re
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from probe_runner.places import Path, line_of, places
from probe_runner.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from pydantic_core import ErrorDetails

LARGEST = 1_048_576
MOST_TARGETS = 500
ENCODING = "utf-8-sig"
"""What TOML must be, with or without the mark that some editors put in front."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the line (from 1), the key with its target, and what is allowed."""

    line: int
    key: str
    says: str

    def __str__(self) -> str:
        """``line: key: what is wrong``."""
        return f"{self.line}: {self.key}: {self.says}" if self.key else f"{self.line}: {self.says}"


class Plan(BaseModel):
    """What is tested, and how."""

    model_config = ConfigDict(frozen=True)

    targets: tuple[Target, ...]

    @property
    def by_id(self) -> dict[str, Target]:
        """The targets by id."""
        return {target.id: target for target in self.targets}


def read_plan(text: bytes, file: str, fault: Callable[[PurePosixPath], str]) -> Plan:
    """Check a plan as a whole.

    ``file`` is how the messages name it; ``fault`` tells why a sound file cannot be used, if so.
    Raises ``PlanRefused`` with every problem found.
    """
    document = _parse(text, file)
    found = places(text.decode(ENCODING))
    problems = [
        Problem(
            line_of(found, (key,)), str(key), f"unknown key; allowed at the top: [[target]]{_nearest(key, ['target'])}"
        )
        for key in document
        if key != "target"
    ]
    tables = document.get("target", [])
    if not isinstance(tables, list) or not tables:
        says = "no [[target]]: a plan names at least one; write each as [[target]], in double brackets"
        raise PlanRefused(file, (*problems, Problem(line_of(found, ("target",)), "", says)))
    if len(tables) > MOST_TARGETS:
        line = line_of(found, ("target", MOST_TARGETS))
        raise PlanRefused(
            file, (*problems, Problem(line, "", f"{len(tables)} targets; at most {MOST_TARGETS} are allowed"))
        )
    targets: list[Target] = []
    for number, table in enumerate(tables):
        try:
            target = Target.model_validate(table)
        except ValidationError as error:
            problems += [
                _problem(found, number, table, item) for item in error.errors(include_url=False) if not _is_echo(item)
            ]
        else:
            targets.append(target)
            problems += _bad_sounds(found, number, target, fault)
    problems += _twins(found, tables)
    if problems:
        raise PlanRefused(file, tuple(sorted(problems, key=lambda problem: problem.line)))
    return Plan(targets=tuple(targets))


def _parse(text: bytes, file: str) -> dict[str, Any]:
    if len(text) > LARGEST:
        says = f"{len(text)} bytes; a plan has at most {LARGEST}"
        raise PlanRefused(file, (Problem(1, "", says),))
    try:
        return tomllib.loads(text.decode(ENCODING))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PlanRefused(file, (Problem(line, "", "not UTF-8, which TOML must be"),)) from error
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at line (\d+)", str(error))
        line = int(where[1]) if where else text.count(b"\n") + 1
        raise PlanRefused(file, (Problem(line, "", f"not TOML: {str(error).split(' (at ')[0]}"),)) from error
    except ValueError as error:  # Python turns no more digits than these into a number
        digits = re.search(rf"[0-9_]{{{sys.get_int_max_str_digits() + 1},}}".encode(), text)
        line = text.count(b"\n", 0, digits.start()) + 1 if digits else 1
        raise PlanRefused(file, (Problem(line, "", "a number with too many digits"),)) from error
    except RecursionError as error:
        raise PlanRefused(file, (Problem(1, "", "not TOML anybody writes: nested too deeply"),)) from error


def _problem(found: dict[Path, int], number: int, table: object, item: ErrorDetails) -> Problem:
    path: Path = ("target", number, *item["loc"])
    key = ".".join(str(part) for part in item["loc"])
    given = table.get("id") if isinstance(table, dict) else None
    label = f"target {given!r}" if isinstance(given, str) else f"target number {number + 1}"
    model, name = _holder(item["loc"])
    return Problem(line_of(found, path), f"{label}: {key}" if key else label, _says(item, model, name))


def _says(item: ErrorDetails, model: type[BaseModel], name: str) -> str:
    if item["type"] == "extra_forbidden":
        allowed = list(model.model_fields)
        return f"unknown key; allowed here: {', '.join(allowed)}{_nearest(name, allowed)}"
    field = model.model_fields.get(name)
    words = _description(field) if field else ""
    if item["type"] == "missing":
        return f"missing; it must be there{f': {words}' if words else ''}"
    says = item["msg"].removeprefix("Value error, ")
    if words:
        says = f"allowed: {words}"
    return says if isinstance(item["input"], dict) else f"{says} (got {_shown(item['input'])})"


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


def _is_echo(item: ErrorDetails) -> bool:
    """A list that is "too short" only because its items, each reported already, do not count."""
    return item["type"] == "too_short" and bool(item["input"])


def _holder(loc: Iterable[str | int]) -> tuple[type[BaseModel], str]:
    """The model that an error's last name belongs to, and that name."""
    model: type[BaseModel] = Target
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


def _nearest(name: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(name, allowed, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _twins(found: dict[Path, int], tables: list[Any]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, table in enumerate(tables):
        given = table.get("id") if isinstance(table, dict) else None
        if not isinstance(given, str):
            continue
        line = line_of(found, ("target", number, "id"))
        if given in first:
            yield Problem(line, f"target {given!r}: id", f"already taken on line {first[given]}; each id stands once")
        else:
            first[given] = line


def _bad_sounds(
    found: dict[Path, int], number: int, target: Target, fault: Callable[[PurePosixPath], str]
) -> Iterator[Problem]:
    named = target.voice.sounds if target.voice else {}
    for key, path in ((key, path) for key, paths in named.items() for path in paths):
        if why := fault(path):
            line = line_of(found, ("target", number, "voice", key))
            yield Problem(line, f"target {target.id!r}: voice.{key}", f"{why}: {path}")


class PlanRefused(Exception):  # noqa: N818  says what happened
    """A plan that cannot be put in force; ``problems`` say where and what is allowed."""

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        self.file, self.problems = file, problems
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """Each problem as ``file:line: key: what is allowed``."""
        return [f"{self.file}:{problem}" for problem in self.problems]
