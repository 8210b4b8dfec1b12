"""The carrier's own requests inside a caller's call: re-INVITE, UPDATE and the ACKs they need; text only.

A real carrier is a back-to-back user agent and says things the contact centre never said. So it counts the requests
of a call anew: the caller sees one rising row (RFC 3261, 12.2.1.1), the centre gets its own numbers back.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sambung.lab.message import Message

if TYPE_CHECKING:
    from sambung.lab.message import Address

COOKIE = "z9hG4bK"  # RFC 3261, 8.1.1.7


class Numbering:
    """The CSeq numbers of one call, as the centre chose them and as the caller sees them."""

    def __init__(self) -> None:
        self._last = 0
        self._shown: dict[int, int] = {}

    def next(self) -> int:
        """Give the number of a new request of ours."""
        self._last += 1
        return self._last

    def shown(self, number: int) -> int:
        """Give the number the caller sees for a request of the centre; the same for an ACK or one sent again."""
        if number not in self._shown:
            self._shown[number] = self.next()
        return self._shown[number]

    def own(self, shown: int) -> int:
        """Give the centre its own number back; one that it never chose stays as it is."""
        return next((number for number, seen in self._shown.items() if seen == shown), shown)


class Dialog:
    """One call, as the carrier speaks in it to the caller."""

    def __init__(self, invite: Message, own: Address) -> None:
        """Learn the caller's side from its INVITE."""
        self._own = own
        self._call_id, self._caller = invite.value("call-id"), invite.value("from")
        self._target = _uri(invite.value("contact"))
        self._routes = invite.values("record-route")
        self._centre = self._contact = ""
        self.numbering = Numbering()

    @property
    def is_confirmed(self) -> bool:
        """Whether the centre has answered."""
        return bool(self._centre)

    def confirm(self, response: Message) -> None:
        """Learn the centre's side from its 200."""
        self._centre, self._contact = response.value("to"), response.value("contact")

    def request(self, method: str, headers: list[str], body: str | None = None) -> Message:
        """Make the next request to the caller."""
        number = self.numbering.next()
        return self._make(method, number, self._branch(method, number), headers, body)

    def acknowledge(self, response: Message) -> Message:
        """Make the ACK of a final response to our INVITE; only that of a refusal has its INVITE's branch."""
        number, _ = response.cseq
        branch = self._branch("INVITE" if response.status >= 300 else "ACK", number)  # noqa: PLR2004  RFC 3261, 17.1.1.3
        made = self._make("ACK", number, branch, [], None)
        made.put("To", response.value("to"))
        return made

    def _branch(self, method: str, number: int) -> str:
        text = f"{self._call_id} {number} {method}"
        return COOKIE + hashlib.sha256(text.encode()).hexdigest()[:24]

    def _make(self, method: str, number: int, branch: str, headers: list[str], body: str | None) -> Message:
        made = Message(
            f"{method} {self._target} SIP/2.0",
            [
                f"Via: SIP/2.0/UDP {self._own[0]}:{self._own[1]};branch={branch};rport",
                "Max-Forwards: 70",
                *[f"Route: {route}" for route in self._routes],
                f"From: {self._centre}",
                f"To: {self._caller}",
                f"Call-ID: {self._call_id}",
                f"CSeq: {number} {method}",
                f"Contact: {self._contact}",
                *headers,
            ],
            b"",
        )
        if body is None:
            made.put("Content-Length", "0")
        else:
            made.put_body(body.replace("\n", "\r\n").encode("latin-1"))
        return made


def _uri(contact: str) -> str:
    """Give the URI of a Contact, with or without angle brackets."""
    inside = contact.partition("<")[2].partition(">")[0]
    return inside or contact.partition(";")[0].strip()
