"""The plan: a TOML text to checked targets, or every problem with its line. Touches no file and no bus."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from probe_runner.places import Path, line_of, places
from probe_runner.refusal import as_written, is_echo, nearest, says
from probe_runner.target import Target, Written
from probe_runner.voice.ear.tone_plan import tone_plans
from probe_runner.voice_target import Trunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from pydantic_core import ErrorDetails

LARGEST = 1_048_576
MOST_TARGETS, MOST_TRUNKS = 500, 50
ENCODING = "utf-8-sig"
"""What TOML must be, with or without the mark that some editors put in front."""
MODELS: dict[str, type[BaseModel]] = {"target": Written, "trunk": Trunk}
"""What stands in double brackets."""
MOST = {"target": MOST_TARGETS, "trunk": MOST_TRUNKS}


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
    problems = list(_unknown_keys(found, document))
    if miscounted := list(_miscounted(found, document)):
        raise PlanRefused(file, (*problems, *miscounted))
    read = {kind: _read(found, kind, document.get(kind, []), problems) for kind in MODELS}
    names = list(dict.fromkeys(_ids(document.get("trunk", []))))
    for number, written in read["target"].items():
        problems += _bad_sounds(found, number, written, fault)
        problems += _bad_tone_plan(found, number, written)
        problems += _bad_trunks(found, number, written, names, read["trunk"].values())
    if problems:
        raise PlanRefused(file, tuple(sorted(problems, key=lambda problem: problem.line)))
    trunks = {trunk.id: trunk for trunk in read["trunk"].values()}
    return Plan(targets=tuple(_with_trunks(written, trunks) for written in read["target"].values()))


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


def _unknown_keys(found: dict[Path, int], document: dict[str, Any]) -> Iterator[Problem]:
    for key in document.keys() - MODELS.keys():
        told = f"unknown key; allowed at the top: [[target]], [[trunk]]{nearest(key, MODELS)}"
        yield Problem(line_of(found, (key,)), str(key), told)


def _miscounted(found: dict[Path, int], document: dict[str, Any]) -> Iterator[Problem]:
    """What is not a list of tables, or not of a sensible length."""
    for kind, most in MOST.items():
        tables, line = document.get(kind, []), line_of(found, (kind,))
        if kind == "target" and (not isinstance(tables, list) or not tables):
            told = "no [[target]]: a plan names at least one; write each as [[target]], in double brackets"
            yield Problem(line, "", told)
        elif not isinstance(tables, list):
            yield Problem(line, kind, f"write each as [[{kind}]], in double brackets")
        elif len(tables) > most:
            told = f"{len(tables)} {kind}s; at most {most} are allowed"
            yield Problem(line_of(found, (kind, most)), "", told)


def _read(found: dict[Path, int], kind: str, tables: list[Any], problems: list[Problem]) -> dict[int, Any]:
    """The good ones of these tables by their number; what is wrong with the others goes to ``problems``."""
    good = {}
    for number, table in enumerate(tables):
        try:
            good[number] = MODELS[kind].model_validate(table)
        except ValidationError as error:
            items = (item for item in error.errors(include_url=False) if not is_echo(item))
            problems += [_problem(found, kind, number, table, item) for item in items]
    problems += _twins(found, kind, tables)
    return good


def _problem(found: dict[Path, int], kind: str, number: int, table: object, item: ErrorDetails) -> Problem:
    loc = as_written(item["loc"], table)
    key = ".".join(str(part) for part in loc)
    given = table.get("id") if isinstance(table, dict) else None
    label = f"{kind} {given!r}" if isinstance(given, str) else f"{kind} number {number + 1}"
    return Problem(line_of(found, (kind, number, *loc)), f"{label}: {key}" if key else label, says(item, MODELS[kind]))


def _ids(tables: list[Any]) -> list[str]:
    """The ids of these tables, good or not."""
    given = (table.get("id") for table in tables if isinstance(table, dict))
    return [name for name in given if isinstance(name, str)]


def _twins(found: dict[Path, int], kind: str, tables: list[Any]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, table in enumerate(tables):
        for given in _ids([table]):
            line = line_of(found, (kind, number, "id"))
            if given in first:
                yield Problem(
                    line, f"{kind} {given!r}: id", f"already taken on line {first[given]}; each id stands once"
                )
            else:
                first[given] = line


def _bad_sounds(
    found: dict[Path, int], number: int, target: Written, fault: Callable[[PurePosixPath], str]
) -> Iterator[Problem]:
    named = target.voice.sounds if target.voice else {}
    for key, path in ((key, path) for key, paths in named.items() for path in paths):
        if why := fault(path):
            line = line_of(found, ("target", number, "voice", key))
            yield Problem(line, f"target {target.id!r}: voice.{key}", f"{why}: {path}")


def _bad_tone_plan(found: dict[Path, int], number: int, target: Written) -> Iterator[Problem]:
    there = list(tone_plans())
    if target.voice and target.voice.tone_plan not in there:
        line = line_of(found, ("target", number, "voice", "tone_plan"))
        told = f"no tone plan {target.voice.tone_plan!r}; there are {', '.join(there)}"
        yield Problem(line, f"target {target.id!r}: voice.tone_plan", f"{told}{nearest(target.voice.tone_plan, there)}")


def _bad_trunks(
    found: dict[Path, int], number: int, target: Written, names: list[str], trunks: Iterable[Trunk]
) -> Iterator[Problem]:
    """Trunks that are not there, or cannot carry the address."""
    line = line_of(found, ("target", number, "voice", "trunks"))
    wanted = target.voice.trunks if target.voice else ()
    for name in wanted:
        if name not in names:
            there = f"there are {', '.join(names)}{nearest(name, names)}" if names else "the plan has no [[trunk]]"
            yield Problem(line, f"target {target.id!r}: voice.trunks", f"no trunk {name!r}; {there}")
    if len(set(wanted)) < len(wanted):
        told = "each trunk stands once: a confirming test must take another way"
        yield Problem(line, f"target {target.id!r}: voice.trunks", told)
    for trunk in trunks:
        if trunk.id in wanted and target.address.startswith("sips:") and trunk.transport != "tls":
            told = f"a sips: address needs a trunk with transport tls; {trunk.id!r} has {trunk.transport}"
            yield Problem(line, f"target {target.id!r}: voice.trunks", told)


def _with_trunks(written: Written, trunks: dict[str, Trunk]) -> Target:
    names = written.voice.trunks if written.voice else ()
    return Target(**dict(written), trunks=tuple(trunks[name] for name in names))


class PlanRefused(Exception):  # noqa: N818  says what happened
    """A plan that cannot be put in force; ``problems`` say where and what is allowed."""

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        self.file, self.problems = file, problems
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """Each problem as ``file:line: key: what is allowed``."""
        return [f"{self.file}:{problem}" for problem in self.problems]
