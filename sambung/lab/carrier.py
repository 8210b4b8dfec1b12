"""The carrier in front of the contact centre: a stateless SIP proxy that refuses some numbers and relays the rest.

A real access code is behind a carrier too: a number that is not there is refused with 404 before anything rings.
It looks at start line, Via, Route and the dialled number only; it refuses to know what a call is about and keeps
no transaction (RFC 3261, 16.11). UDP over IPv4 only; its next hop is the contact centre's own SIP stack.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger("lab.carrier")

Address = tuple[str, int]

LARGEST_MESSAGE = 16_384
HIGHEST_PORT = 65_535
COOKIE = "z9hG4bK"  # RFC 3261, 8.1.1.7
REFUSED_TAG = "lab-refused"
REASONS = {404: "Not Found", 486: "Busy Here"}

START = re.compile(r"([A-Z]+) (sips?:[^ ]+) SIP/2\.0")
USER = re.compile(r"sips?:([0-9A-Za-z+*#._-]{1,64})@")
HOST_PORT = re.compile(r"sips?:(?:[^@;>]*@)?([^:;>?\s]+)(?::([0-9]{1,5}))?")
VIA = re.compile(r"SIP\s*/\s*2\.0\s*/\s*UDP\s+([^:;\s]+)(?::([0-9]{1,5}))?(.*)", re.IGNORECASE)
NAMES = {"v": "via", "t": "to", "f": "from", "i": "call-id"}


class Carrier(asyncio.DatagramProtocol):
    """One UDP socket between the callers and the contact centre."""

    def __init__(self, *, own: Address, centre: Address, refusal: Callable[[str], int | None]) -> None:
        """Relay between the callers and `centre`.

        Args:
            own: address and port that callers and centre reach this proxy at.
            centre: address and port of the contact centre's SIP stack.
            refusal: the status a dialled number is refused with now, or None.
        """
        self._own, self._centre, self._refusal = own, centre, refusal
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Relay, refuse or drop one message; what is not SIP is dropped without an answer."""
        message = _Message.read(data)
        if message is None:
            return
        if message.start.startswith("SIP/2.0 "):
            self._relay_response(message)
        else:
            self._on_request(message, addr)

    def _on_request(self, message: _Message, source: Address) -> None:
        match = START.fullmatch(message.start)
        if match is None:
            return
        method, uri = match.groups()
        to = message.value("to")
        if method == "ACK" and REFUSED_TAG in to:
            return
        if method == "INVITE" and ";tag=" not in to and source != self._centre:
            dialled = USER.match(uri)
            number = dialled.group(1) if dialled else ""
            status = self._refusal(number)
            if status is not None:
                self._refuse(message, source, number, status)
                return
            message.headers.insert(0, f"Record-Route: <sip:{self._own[0]}:{self._own[1]};lr>")
        self._relay_request(message, source, uri)

    def _refuse(self, message: _Message, source: Address, number: str, status: int) -> None:
        message.note_source(source)
        copied = [line for line in message.headers if _name(line) in ("via", "from", "call-id", "cseq")]
        lines = [
            f"SIP/2.0 {status} {REASONS[status]}",
            *copied,
            f"To: {message.value('to')};tag={REFUSED_TAG}",
            "Content-Length: 0",
        ]
        self._send("\r\n".join(lines).encode() + b"\r\n\r\n", source)
        LOG.info("event=call.refused number=%s status=%d caller=%s:%d", number, status, *source)

    def _relay_request(self, message: _Message, source: Address, uri: str) -> None:
        via = message.value("via")
        message.note_source(source)
        message.drop_route(self._own)
        # The branch is computed, so that CANCEL and the ACK of a refusal follow their INVITE (RFC 3261, 16.11).
        branch = hashlib.sha256(via.encode()).hexdigest()[:24]
        message.headers.insert(0, f"Via: SIP/2.0/UDP {self._own[0]}:{self._own[1]};branch={COOKIE}{branch};rport")
        target = _address(HOST_PORT.match(uri)) if source == self._centre else self._centre
        if target is not None:
            self._send(message.write(), target)

    def _relay_response(self, message: _Message) -> None:
        message.drop_via()
        match = VIA.match(message.value("via"))
        if match is None:
            return
        host, port, parameters = match.groups()
        received = re.search(r";\s*received\s*=\s*([^;\s]+)", parameters)
        rport = re.search(r";\s*rport\s*=\s*([0-9]{1,5})", parameters)
        target = (received.group(1) if received else host, int((rport and rport.group(1)) or port or 5060))
        if _is_ipv4(target[0]):
            self._send(message.write(), target)

    def _send(self, data: bytes, target: Address) -> None:
        if self._transport is not None and 0 < target[1] <= HIGHEST_PORT:
            self._transport.sendto(data, target)


class _Message:
    """A SIP message split into start line, header lines (unfolded, one value each in Via) and body."""

    def __init__(self, start: str, headers: list[str], body: bytes) -> None:
        self.start, self.headers, self._body = start, headers, body

    @classmethod
    def read(cls, data: bytes) -> _Message | None:
        """Split a datagram; None when it is too large or no SIP message."""
        head, blank, body = data.partition(b"\r\n\r\n")
        if not blank or len(data) > LARGEST_MESSAGE:
            return None
        try:
            text = re.sub(r"\r\n[ \t]+", " ", head.decode())
        except UnicodeDecodeError:
            return None
        start, *lines = text.split("\r\n")
        headers = [part for line in lines for part in _split_via(line)]
        message = cls(start, headers, body)
        is_whole = message.value("via") and message.value("to") and message.value("call-id")
        return message if is_whole else None

    def write(self) -> bytes:
        return "\r\n".join([self.start, *self.headers]).encode() + b"\r\n\r\n" + self._body

    def value(self, name: str) -> str:
        """Give the value of the first header of this name, or an empty text."""
        return next((line.partition(":")[2].strip() for line in self.headers if _name(line) == name), "")

    def note_source(self, source: Address) -> None:
        """Write into the top Via where the message came from (RFC 3261, 18.2.1; RFC 3581)."""
        index = next(i for i, line in enumerate(self.headers) if _name(line) == "via")
        bare = re.sub(r";\s*(rport|received)(\s*=\s*[^;,\s]*)?", "", self.value("via"))
        self.headers[index] = f"Via: {bare};received={source[0]};rport={source[1]}"

    def drop_via(self) -> None:
        index = next(i for i, line in enumerate(self.headers) if _name(line) == "via")
        del self.headers[index]

    def drop_route(self, own: Address) -> None:
        """Take the proxy itself off the top of the route (RFC 3261, 16.4)."""
        for index, line in enumerate(self.headers):
            if _name(line) == "route":
                first, comma, rest = line.partition(":")[2].partition(",")
                if _address(HOST_PORT.search(first)) == own:
                    self.headers[index : index + 1] = [f"Route:{rest}"] if comma else []
                return


def _split_via(line: str) -> list[str]:
    if _name(line) != "via" or "," not in line:
        return [line]
    return [f"Via: {value.strip()}" for value in line.partition(":")[2].split(",")]


def _name(line: str) -> str:
    name = line.partition(":")[0].strip().lower()
    return NAMES.get(name, name)


def _address(match: re.Match[str] | None) -> Address | None:
    if match is None or not _is_ipv4(match.group(1)):
        return None
    return match.group(1), int(match.group(2) or 5060)


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
