"""One call on bare sockets for each fault, and some more; placed once for all tests of what is on the wire."""

from __future__ import annotations

from lab.many_numbers import NUMBERS
from lab.wire import WireOrder

from sambung.lab.exchange import AGENT, SPARE

HOLD_SECONDS, QUEUE_SECONDS = 1.5, 1.5
TO_AGENT = [(0.8, "9", "rfc4733")]
TOLD_AT = 9.0
"""Seconds after the answer: the agent has been on the line for a while, at any load the machine may have."""
WATCHED, TO_THE_AGENT, BEYOND = 4.0, 13.0, 19.0
SECONDS = {
    **dict.fromkeys(("unreachable", "busy", "congestion", "unavailable", "forbidden", "declined", "redirected"), 3.0),
    **dict.fromkeys(("swallowed", "trying-only", "rings-for-ever", "no-rtp", "dead-air"), WATCHED),
    **dict.fromkeys(("busy-tone", "congestion-tone", "wrong-prompt", "drops-mid-greeting", "drops-after-key"), 6.0),
    **dict.fromkeys(("maintenance", "closed", "queue-full", "ignores-dtmf"), 9.0),
    **dict.fromkeys(("poor-audio", "early-media", "early-announcement", "maintenance-after-key"), TO_THE_AGENT),
    "agent-rings": 16.0,
    **dict.fromkeys(("late-greeting", "gap"), 17.0),
    **dict.fromkeys(("queue-for-ever", "queue-then-agent", "agent-holds"), BEYOND),
    **dict.fromkeys(("agent-presses-key", "agent-answers-challenge", "announcement-like-agent"), BEYOND),
}
PRESSED = {
    "maintenance": [],
    "wrong-prompt": [],
    "late-greeting": [],
    "gap": [(9.0, "9", "rfc4733")],
    "in-band-dtmf-only": [(0.8, "9", "tone")],
}
SAID = {
    "agent-presses-key": [(TOLD_AT, "unavailable")],
    "agent-answers-challenge": [(TOLD_AT, "unavailable")],
}


def _order(number: str, fault: str = "", **other: object) -> WireOrder:
    given: dict = {
        "seconds": SECONDS.get(fault, TO_THE_AGENT),
        "press": PRESSED.get(fault, TO_AGENT),
        "say": SAID.get(fault, []),
    }
    return WireOrder(number, **{**given, **other})


NUMBER_OF = {number.name: number.number for number in NUMBERS}
ORDERS = {fault: _order(number, fault) for fault, number in NUMBER_OF.items()}
MORE = {
    "spare": _order(SPARE, seconds=6.0),
    "extension": _order(AGENT, seconds=7.0, press=[]),
    "key by event": _order(NUMBER_OF["in-band-dtmf-only"], seconds=9.0),
    "nobody told": _order(NUMBER_OF["agent-presses-key"], seconds=BEYOND),
    "nobody asked": _order(NUMBER_OF["agent-answers-challenge"], seconds=BEYOND),
    "refer accepted": _order(NUMBER_OF["refers"], seconds=BEYOND, refer_answer="202 Accepted"),
}
