"""The lab's settings, read from the environment; it opens no port and refuses to know what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HIGHEST_PORT = 65535
LONGEST_HOLD_SECONDS = 600.0
FEWEST_RTP_PORTS = 4


@dataclass(frozen=True)
class Settings:
    """Where the lab listens and how long it keeps a caller waiting. Port 0 means any free port."""

    host: str = "127.0.0.1"
    sip_port: int = 5070
    http_port: int = 8070
    rtp_ports: tuple[int, int] = (20000, 20999)
    hold_seconds: float = 3.0
    queue_seconds: float = 8.0
    """Of music between two announcements of a queue."""
    advertise: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the `LAB_` variables; an absent or empty one keeps its default.

        Raises:
            SettingRefusedError: names the variable, its value and what is allowed.
        """
        given = {name: text for name, text in environment.items() if name.startswith("LAB_") and text}
        default = cls()
        return cls(
            host=given.get("LAB_HOST", default.host),
            sip_port=_port(given, "LAB_SIP_PORT", default.sip_port),
            http_port=_port(given, "LAB_HTTP_PORT", default.http_port),
            rtp_ports=_range(given, "LAB_RTP_PORTS", default.rtp_ports),
            hold_seconds=_seconds(given, "LAB_HOLD_SECONDS", default.hold_seconds),
            queue_seconds=_seconds(given, "LAB_QUEUE_SECONDS", default.queue_seconds),
            advertise=given.get("LAB_ADVERTISE", default.advertise),
        )


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise SettingRefusedError(name, text, f"a port from 0 (any free one) to {HIGHEST_PORT}")
    return int(text)


def _range(given: Mapping[str, str], name: str, default: tuple[int, int]) -> tuple[int, int]:
    text = given.get(name)
    if text is None:
        return default
    first, dash, last = text.partition("-")
    allowed = f"first-last with at least {FEWEST_RTP_PORTS} ports between 1024 and {HIGHEST_PORT}, such as 20000-20999"
    if not (dash and first.isdecimal() and last.isdecimal()):
        raise SettingRefusedError(name, text, allowed)
    low, high = int(first), int(last)
    if low < 1024 or high > HIGHEST_PORT or high - low + 1 < FEWEST_RTP_PORTS:  # noqa: PLR2004  well-known ports
        raise SettingRefusedError(name, text, allowed)
    return low, high


def _seconds(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name)
    if text is None:
        return default
    allowed = f"seconds from 0 to {LONGEST_HOLD_SECONDS:g}"
    try:
        seconds = float(text)
    except ValueError:
        raise SettingRefusedError(name, text, allowed) from None
    if not 0 <= seconds <= LONGEST_HOLD_SECONDS:  # also refuses nan
        raise SettingRefusedError(name, text, allowed)
    return seconds


class SettingRefusedError(Exception):
    """A setting that cannot be used."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(f"{name}={value!r} is not allowed: it must be {allowed}")
        self.name, self.value, self.allowed = name, value, allowed
