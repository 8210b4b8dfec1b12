"""Which of an exchange's events say that an agent was connected to our own call. Knows no wire and no clock.

The events are those of Asterisk's manager interface (docs.asterisk.org, AMI events: ``Newchannel``,
``QueueCallerJoin``, ``AgentConnect``); the keys of an event are in small letters. Another customer's agent must
never pass our test, so an event counts only while exactly one call with our number can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Event = Mapping[str, str]

NEW, ENDS, CONNECTS = "newchannel", "hangup", "agentconnect"
JOINS = frozenset({"queuecallerjoin", "join"})
"""``Join`` until Asterisk 11."""
WHOLE_SECOND_S = 1.0
"""``HoldTime`` is a difference of whole seconds, so it may be this much too long."""
LONGEST_NOTE = 200
_LONGEST_WORD = 60
_MOST_CALLS = 16
_SHORTEST_NATIONAL = 8


class AgentWatch:
    """Follows the events of an exchange for one call of ours.

    ``caller``: the number or name we call with. ``queue``: only this one's events; empty: any. ``earliest``: the
    moment before which our call cannot have joined a queue, as far as is known now. ``doubt`` says why an event with
    our number was not taken, if one was not.
    """

    def __init__(self, caller: str, queue: str, earliest: Callable[[], float]) -> None:
        self.doubt = ""
        self._caller, self._queue, self._earliest = caller, queue, earliest
        self._joined: dict[str, float | None] = {}
        """Calls with our number by their id: when they joined a queue, None while nothing says so."""

    def take(self, event: Event, at: float) -> str | None:
        """The note about the agent that was connected to our call at ``at``; None for any other event."""
        name, call = event.get("event", "").lower(), event.get("linkedid") or event.get("uniqueid", "")
        if name == ENDS and call == event.get("uniqueid"):
            self._joined.pop(call, None)
        if not (is_same_number(event.get("calleridnum", ""), self._caller) or (call and call in self._joined)):
            return None
        if name == NEW:
            self._appears(call, None)
        if name in JOINS:
            self._appears(call, at)
        return self._connected(event, call, at) if name == CONNECTS else None

    def _appears(self, call: str, joined: float | None) -> None:
        if call in self._joined or len(self._joined) < _MOST_CALLS:
            self._joined[call] = joined if joined is not None else self._joined.get(call)

    def _connected(self, event: Event, call: str, at: float) -> str | None:
        if self._queue and event.get("queue", "") != self._queue:
            return None
        self._appears(call, at - _seconds(event.get("holdtime", "")))
        if not self._may_be_ours(self._joined.get(call)):
            return None
        candidates = sum(map(self._may_be_ours, self._joined.values()))
        if candidates > 1:
            self.doubt = f"{candidates} calls with the number {self._caller} at the same time: which is ours?"
            return None
        return note_of(event)

    def _may_be_ours(self, joined: float | None) -> bool:
        """Whether it did not wait in a queue before ours could."""
        return joined is None or joined + WHOLE_SECOND_S >= self._earliest()


def note_of(event: Event) -> str:
    """``queue 600 member SIP/rina ring 3 s hold 12 s``, as far as the event says it; at most 200 characters."""
    words = [("queue", event.get("queue", "")), ("member", event.get("membername") or event.get("member", ""))]
    said = [f"{name} {_word(value)}" for name, value in words if _word(value)]
    times = (("ring", event.get("ringtime", "")), ("hold", event.get("holdtime", "")))
    said += [f"{name} {value} s" for name, value in times if re.fullmatch(r"[0-9]{1,6}", value)]
    return " ".join(said)[:LONGEST_NOTE]


def is_same_number(one: str, other: str) -> bool:
    """Whether two callers are the same: alike, or one number written in its country and from abroad (E.164)."""
    one, other = _bare(one), _bare(other)
    if not one or not other or one == other:
        return bool(one) and one == other
    return _is_from_abroad(one, other) or _is_from_abroad(other, one)


def _is_from_abroad(national: str, international: str) -> bool:
    """``0215551234`` and ``62215551234``: one zero gives way to a country code of one to three digits."""
    if not (national.isdecimal() and international.isdecimal()) or not national.startswith("0"):
        return False
    rest = national[1:]
    code = international.removesuffix(rest)
    return len(rest) >= _SHORTEST_NATIONAL and re.fullmatch(r"[1-9][0-9]{0,2}", code) is not None


def _bare(number: str) -> str:
    number = number.strip()
    for prefix in ("+", "00"):
        if number.startswith(prefix) and number.removeprefix(prefix).isdecimal():
            return number.removeprefix(prefix)
    return number


def _word(value: str) -> str:
    """One word that cannot break a line of a log or of a table."""
    return "".join(letter if letter.isprintable() else "?" for letter in value.strip())[:_LONGEST_WORD]


def _seconds(text: str) -> float:
    return float(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0.0
