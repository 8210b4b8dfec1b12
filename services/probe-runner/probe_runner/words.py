"""The plan's small words: what may stand in a field, and how a refused plan says so. Touches nothing."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from probe_runner.pattern import check_pattern
from shared.vocabulary import Line, Slug


def _stays_beside_the_plan(path: PurePosixPath) -> PurePosixPath:
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise ValueError("a path relative to the plan's folder, without ..")
    return path


def _is_an_address(given: str) -> str:
    is_ipv6 = given.startswith("[") and given.endswith("]")
    (IPv6Address if is_ipv6 else IPv4Address)(given[1:-1] if is_ipv6 else given)
    return given


def _one_is_a_list(given: object) -> object:
    return (given,) if isinstance(given, str | PurePosixPath) else given


Id = Annotated[Slug, Field(description="a-z, 0-9 and inner hyphens, 1 to 64 characters")]
Digits = Annotated[
    str, StringConstraints(pattern=r"^[0-9*#]{1,32}$"), Field(description="1 to 32 keys of a telephone: 0-9 * #")
]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$"), Field(description="one key of a telephone: 0-9 * #")]
CallerId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9+._-]{1,64}$"), Field(description="1 to 64 of A-Z a-z 0-9 + . _ -")
]
Host = Annotated[
    str,
    StringConstraints(pattern=r"^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$"),
    Field(description="a host name, an IPv4 address, or an IPv6 address in []"),
]
Address = Annotated[str, AfterValidator(_is_an_address), Field(description="an IPv4 address, or an IPv6 address in []")]
Port = Annotated[int, Field(ge=1, le=65_535, description="1 to 65535")]
Codec = Literal["pcma", "pcmu", "g722"]
Patience = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False, description="seconds, above 0 to 600")]
Pattern = Annotated[Line, StringConstraints(min_length=1), AfterValidator(check_pattern)]
Phrase = Annotated[Line, StringConstraints(strip_whitespace=True, min_length=2)]
Sound = Annotated[PurePosixPath, AfterValidator(_stays_beside_the_plan)]
Sounds = Annotated[
    tuple[Sound, ...],
    BeforeValidator(_one_is_a_list),
    Field(max_length=12),
]
SecretRef = Annotated[
    str,
    StringConstraints(pattern=r"^(?:env:[A-Z][A-Z0-9_]{0,63}|file:[A-Za-z0-9][A-Za-z0-9._-]{0,63})$"),
    Field(description="env:NAME of a variable, or file:name in the folder of secrets; never the secret itself"),
]


class Strict(BaseModel):
    """A part of the plan: frozen, and no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid")
