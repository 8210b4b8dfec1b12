"""The faults of the lab, as data, and the exchange that says which one each number has now.

A fault changes one small thing in how a healthy number behaves. This room plays no sound, answers no call and
refuses to know who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NONE = "none"
NOT_FOUND = 404
BUSY_HERE = 486
SERVICE_UNAVAILABLE = 503


@dataclass(frozen=True)
class VoiceBehaviour:
    """What an access code does with a call; the defaults are a healthy one. Refusals are RFC 3261 codes."""

    refusal: int | None = None
    is_answering: bool = True
    is_audible: bool = True
    greeting: str = "greeting"
    is_hearing_digits: bool = True
    has_agent: bool = True
    is_agent_speaking: bool = True
    drops_after_seconds: float | None = None


@dataclass(frozen=True)
class ChatBehaviour:
    """What the web chat does with a visitor; the defaults are a healthy one. The refusal is an HTTP status."""

    refusal: int | None = None
    is_replying: bool = True
    is_reply_right: bool = True
    is_hearing_choices: bool = True
    is_open: bool = True
    has_agent: bool = True
    is_agent_speaking: bool = True


VOICE_FAULTS: Mapping[str, VoiceBehaviour] = {
    NONE: VoiceBehaviour(),
    "unreachable": VoiceBehaviour(refusal=NOT_FOUND),
    "busy": VoiceBehaviour(refusal=BUSY_HERE),
    "rings-for-ever": VoiceBehaviour(is_answering=False),
    "dead-air": VoiceBehaviour(is_audible=False),
    "wrong-prompt": VoiceBehaviour(greeting="wrong-prompt"),
    "ignores-dtmf": VoiceBehaviour(is_hearing_digits=False),
    "no-agent": VoiceBehaviour(has_agent=False),
    "agent-silent": VoiceBehaviour(is_agent_speaking=False),
    "drops-mid-greeting": VoiceBehaviour(drops_after_seconds=1.5),
}

CHAT_FAULTS: Mapping[str, ChatBehaviour] = {
    NONE: ChatBehaviour(),
    "unreachable": ChatBehaviour(refusal=SERVICE_UNAVAILABLE),
    "no-reply": ChatBehaviour(is_replying=False),
    "wrong-reply": ChatBehaviour(is_reply_right=False),
    "ignores-menu": ChatBehaviour(is_hearing_choices=False),
    "closed": ChatBehaviour(is_open=False),
    "no-agent": ChatBehaviour(has_agent=False),
    "agent-silent": ChatBehaviour(is_agent_speaking=False),
}

FAULTS_BY_KIND: Mapping[str, Mapping[str, VoiceBehaviour] | Mapping[str, ChatBehaviour]] = {
    "voice": VOICE_FAULTS,
    "chat": CHAT_FAULTS,
}


@dataclass(frozen=True)
class Number:
    """Something a customer can reach: an access code (kind `voice`) or the web chat (kind `chat`)."""

    number: str
    name: str
    kind: str


NUMBERS = (
    Number("1500600", "CC Inbound", "voice"),
    Number("1500700", "CC Prioritas", "voice"),
    Number("webchat", "Web Chat", "chat"),
)


class Exchange:
    """Which fault each number has at this moment; asked again at every step of a call, never remembered."""

    def __init__(self, numbers: tuple[Number, ...] = NUMBERS) -> None:
        self._numbers = {number.number: number for number in numbers}
        self._faults = dict.fromkeys(self._numbers, NONE)

    def numbers(self, kind: str | None = None) -> list[Number]:
        """List the numbers of one kind, or of every kind."""
        return [number for number in self._numbers.values() if kind in (None, number.kind)]

    def fault(self, number: str) -> str:
        """Tell the present fault of a number.

        Raises:
            UnknownNumberError: names the numbers there are.
        """
        return self._faults[self._known(number).number]

    def allowed(self, number: str) -> list[str]:
        """List the faults a number can have, `none` first."""
        return list(FAULTS_BY_KIND[self._known(number).kind])

    def put(self, number: str, fault: str) -> None:
        """Give a number a fault; `none` mends it.

        Raises:
            UnknownNumberError: names the numbers there are.
            UnknownFaultError: names the faults this number can have.
        """
        if fault not in self.allowed(number):
            raise UnknownFaultError(number, fault, self.allowed(number))
        self._faults[number] = fault

    def voice(self, number: str) -> VoiceBehaviour:
        """Tell how an access code behaves now."""
        return VOICE_FAULTS[self._faults[number]]

    def chat(self, number: str) -> ChatBehaviour:
        """Tell how the web chat behaves now."""
        return CHAT_FAULTS[self._faults[number]]

    def refusal(self, number: str) -> int | None:
        """Tell with which SIP status a call to any dialled number is refused now; None lets it through."""
        known = self._numbers.get(number)
        if known is None or known.kind != "voice":
            return NOT_FOUND
        return self.voice(number).refusal

    def _known(self, number: str) -> Number:
        if number not in self._numbers:
            raise UnknownNumberError(number, list(self._numbers))
        return self._numbers[number]


class UnknownNumberError(Exception):
    """A number the lab does not have."""

    def __init__(self, number: str, allowed: list[str]) -> None:
        super().__init__(f"no number {number!r}: there are {', '.join(allowed)}")
        self.number, self.allowed = number, allowed


class UnknownFaultError(Exception):
    """A fault this number cannot have."""

    def __init__(self, number: str, fault: str, allowed: list[str]) -> None:
        super().__init__(f"{number} has no fault {fault!r}: it has {', '.join(allowed)}")
        self.number, self.fault, self.allowed = number, fault, allowed
