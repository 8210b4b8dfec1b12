"""A chat as events in time, and how to choose from a menu. Knows no socket, and does not judge.

Every frame of the peer becomes an event; one that cannot be read is evidence too, never an exception.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_TEXT = 2_000
MOST_BUTTONS = 50
MOST_WAITING = 1_000_000
MENU_LINE = re.compile(
    r"(?:^|[\n;,.]|\b(?:ketik|tekan|balas|pilih|press|type|reply|atau|or)\b)[\s\[(*]*(\d{1,3})\b([^\n;,]*)",
    re.IGNORECASE,
)
"""A number and its label, e.g. ``9. Agen``, ``[9] Agen``, ``ketik 9 untuk agen``."""


class Kind(StrEnum):
    """What happened."""

    CONNECTED = "connected"
    UNREACHABLE = "unreachable"
    NO_TRANSPORT = "no_transport"
    SAID = "said"
    CHOSE = "chose"
    CHALLENGED = "challenged"
    HEARD = "heard"
    TYPING = "typing"
    QUEUED = "queued"
    JOINED = "joined"
    ENDED = "ended"
    GONE = "gone"
    GARBAGE = "garbage"
    FLOODED = "flooded"
    MET = "met"
    UNMET = "unmet"
    WAITED = "waited"


class Who(StrEnum):
    """Who the platform says it was."""

    BOT = "bot"
    HUMAN = "human"
    SYSTEM = "system"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Button:
    """One button of a menu."""

    payload: str
    title: str


@dataclass(frozen=True)
class Event:
    """One thing that was done, seen or waited for in vain; ``at_s``: seconds after the test began.

    ``turn``: the line of the dialogue it belongs to. ``position``: in the queue, where the platform said it.
    """

    kind: Kind
    at_s: float
    text: str = ""
    who: Who | None = None
    name: str = ""
    position: int | None = None
    buttons: tuple[Button, ...] = ()
    turn: int | None = None


@dataclass(frozen=True)
class Choice:
    """How a choice is sent: ``via`` is ``button``, ``number`` or ``text``."""

    via: str
    frame: dict[str, str]
    note: str


def read_frame(data: str | bytes, at_s: float) -> Event:
    """The event in a frame of the peer; ``GARBAGE`` when it is none that we know."""
    try:
        frame = json.loads(data)
    except (ValueError, RecursionError):
        return _garbage(data, at_s)
    if not isinstance(frame, dict):
        return _garbage(data, at_s)
    match frame.get("type"):
        case "message" if isinstance(frame.get("text"), str):
            name, buttons = _text(frame.get("name"), 100), _buttons(frame)
            event = Event(Kind.HEARD, at_s, _text(frame["text"]), _who(frame), name, buttons=buttons)
        case "typing":
            event = Event(Kind.TYPING, at_s)
        case "queue":
            event = Event(Kind.QUEUED, at_s, position=_position(frame))
        case "joined":
            event = Event(Kind.JOINED, at_s, who=_who(frame), name=_text(frame.get("name"), 100))
        case "ended":
            event = Event(Kind.ENDED, at_s)
        case _:
            event = _garbage(data, at_s)
    return event


def choose(wanted: str, heard: Sequence[Event]) -> Choice:
    """Choose as a customer would: the button, else the number the menu gives it, else in words.

    ``heard``: the messages since our last word, oldest first.
    """
    for event in reversed(heard):
        if button := _button(wanted, event.buttons):
            return Choice("button", {"type": "choice", "payload": button.payload}, f"button {button.title!r}")
    for event in reversed(heard):
        if number := _number(wanted, event.text):
            return Choice("number", {"type": "message", "text": number}, f"number {number} of the menu")
    return Choice("text", {"type": "message", "text": wanted}, "in words: no button and no number in the menu fits")


def as_record(event: Event) -> dict[str, Any]:
    """The event as it stands in the transcript: only what is known of it."""
    known = {
        "at_s": round(event.at_s, 3),
        "kind": event.kind.value,
        "who": event.who.value if event.who else None,
        "name": event.name or None,
        "text": event.text or None,
        "position": event.position,
        "buttons": [{"payload": button.payload, "title": button.title} for button in event.buttons] or None,
        "turn": event.turn,
    }
    return {key: value for key, value in known.items() if value is not None}


def _button(wanted: str, buttons: Sequence[Button]) -> Button | None:
    fold = wanted.strip().casefold()
    for button in buttons:
        if fold in {button.payload.casefold(), button.title.casefold()}:
            return button
    return next((button for button in buttons if fold in button.title.casefold()), None)


def _number(wanted: str, menu: str) -> str | None:
    """The number that stands in the menu for what is wanted."""
    lines = MENU_LINE.findall(menu)
    fold = wanted.strip().casefold()
    for number, label in lines:
        if fold == number or (len(fold) > 1 and fold in label.casefold()):
            return str(number)
    return None


def _buttons(frame: dict[str, Any]) -> tuple[Button, ...]:
    given = frame.get("buttons")
    pairs = [
        (item.get("payload"), item.get("title"))
        for item in (given if isinstance(given, list) else [])[:MOST_BUTTONS]
        if isinstance(item, dict)
    ]
    return tuple(
        Button(payload[:200], _text(title, 200) or payload[:200])
        for payload, title in pairs
        if isinstance(payload, str) and payload
    )


def _position(frame: dict[str, Any]) -> int | None:
    given = frame.get("position")
    is_position = isinstance(given, int) and not isinstance(given, bool) and 0 <= given < MOST_WAITING
    return given if is_position else None


def _who(frame: dict[str, Any]) -> Who:
    said = frame.get("actor")
    return Who(said) if isinstance(said, str) and said in set(Who) else Who.UNKNOWN


def _text(given: object, longest: int = LONGEST_TEXT) -> str:
    # A lone surrogate is legal in JSON's escapes but in no UTF-8.
    return given[:longest].encode("utf-8", "replace").decode() if isinstance(given, str) else ""


def _garbage(data: str | bytes, at_s: float) -> Event:
    text = data if isinstance(data, str) else data[:LONGEST_TEXT].decode("utf-8", "replace")
    return Event(Kind.GARBAGE, at_s, _text(text, 500))
