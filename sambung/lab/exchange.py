"""The exchange: which numbers there are, and which fault each has at this moment; it answers no call."""

from __future__ import annotations

from dataclasses import dataclass

from sambung.lab.behaviour import ChatBehaviour, Setup, VoiceBehaviour
from sambung.lab.faults import CHAT_FAULTS, FAULTS_BY_KIND, NONE, NOT_FOUND, VOICE_FAULTS

SPARE = "1500699"
"""An access code nobody lists and nothing breaks: where a redirected caller is sent."""
AGENT = "petugas"
"""The extension of an agent, who answers at once: where a referred caller is sent."""
UNLISTED = (SPARE, AGENT)


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
        """Tell the present fault of a number; an unlisted one has none.

        Raises:
            UnknownNumberError: names the numbers there are.
        """
        return NONE if number in UNLISTED else self._faults[self._known(number).number]

    def allowed(self, number: str) -> list[str]:
        """List the faults a number can have, `none` first."""
        return list(FAULTS_BY_KIND[self._known(number).kind])

    def described(self, number: str) -> dict[str, dict[str, str]]:
        """Tell the faults a number can have, by layer, each with its line."""
        layers: dict[str, dict[str, str]] = {}
        for name, fault in FAULTS_BY_KIND[self._known(number).kind].items():
            layers.setdefault(fault.layer, {})[name] = fault.line
        return layers

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
        return VOICE_FAULTS[self.fault(number)].behaviour

    def chat(self, number: str) -> ChatBehaviour:
        """Tell how the web chat behaves now."""
        return CHAT_FAULTS[self._faults[number]].behaviour

    def dialled(self, number: str) -> VoiceBehaviour:
        """Tell what a call to any dialled number meets now; one that is no access code is not found."""
        known = self._numbers.get(number)
        if number in UNLISTED or (known is not None and known.kind == "voice"):
            return self.voice(number)
        return VoiceBehaviour(setup=Setup(refusal=NOT_FOUND))

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
