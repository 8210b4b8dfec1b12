"""The carrier in front of the contact centre: a SIP proxy that refuses some numbers and relays the rest.

A real access code is behind a carrier too: a number that is not there is refused with 404 before anything rings.
It keeps no transaction (RFC 3261, 16.11) and, of calls whose number behaves strangely, only what `passage` needs.
UDP over IPv4 only; its next hop is the contact centre's own SIP stack.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from typing import TYPE_CHECKING, cast

from sambung.lab.dialog import COOKIE
from sambung.lab.exchange import SPARE
from sambung.lab.message import Address, Message, address_in, name_of
from sambung.lab.passage import Passages, TooManyPassagesError
from sambung.lab.relay import NoRtpPortError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sambung.lab.behaviour import VoiceBehaviour

LOG = logging.getLogger("lab.carrier")

HIGHEST_PORT = 65_535
REFUSED_TAG = "lab-refused"
TRYING, MOVED, SERVICE_UNAVAILABLE = 100, 302, 503
REASONS = {
    100: "Trying",
    200: "OK",
    302: "Moved Temporarily",
    403: "Forbidden",
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    503: "Service Unavailable",
    603: "Decline",
}

START = re.compile(r"([A-Z]+) (sips?:[^ ]+) SIP/2\.0")
USER = re.compile(r"sips?:([0-9A-Za-z+*#._-]{1,64})@")


class Carrier(asyncio.DatagramProtocol):
    """One UDP socket between the callers and the contact centre."""

    def __init__(
        self, *, own: Address, centre: Address, dialled: Callable[[str], VoiceBehaviour], passages: Passages
    ) -> None:
        """Relay between the callers and `centre`.

        Args:
            own: address and port that callers and centre reach this proxy at.
            centre: address and port of the contact centre's SIP stack.
            dialled: what a call to any number meets now.
            passages: those of the calls that are not plain.
        """
        self._own, self._centre, self._dialled, self._passages = own, centre, dialled, passages
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Relay, refuse or drop one message; what is not SIP is dropped without an answer."""
        message = Message.read(data)
        if message is None:
            return
        if message.start.startswith("SIP/2.0 "):
            self._on_response(message, addr)
        else:
            self._on_request(message, addr)

    def _on_request(self, message: Message, source: Address) -> None:
        match = START.fullmatch(message.start)
        if match is None:
            return
        method, uri = match.groups()
        to = message.value("to")
        if method == "ACK" and REFUSED_TAG in to:
            return
        is_first = method in ("INVITE", "CANCEL") and ";tag=" not in to and source != self._centre
        if is_first and not self._is_let_in(message, source, method, uri):
            return
        self._touch(message, source)
        self._relay_request(message, source, uri)

    def _is_let_in(self, message: Message, source: Address, method: str, uri: str) -> bool:
        """Tell whether a first INVITE, or the CANCEL of one, goes on to the centre; answer it when not."""
        dialled = USER.match(uri)
        number = dialled.group(1) if dialled else ""
        behaviour = self._dialled(number)
        setup = behaviour.setup
        if setup.is_swallowed:
            return False
        if setup.is_only_trying:
            self._keep_trying(message, source, method)
            return False
        if method == "CANCEL":
            return True
        if setup.refusal is not None:
            self._refuse(message, source, number, setup.refusal)
            return False
        return self._admit(message, source, number, behaviour)

    def _admit(self, message: Message, source: Address, number: str, behaviour: VoiceBehaviour) -> bool:
        try:
            passage = self._passages.admit(message, behaviour, self._own)
        except (NoRtpPortError, TooManyPassagesError) as trouble:
            LOG.warning("event=call.not_admitted number=%s reason=%r", number, str(trouble))
            self._refuse(message, source, number, SERVICE_UNAVAILABLE)
            return False
        if passage is not None:
            passage.speak_by(lambda ours: self._send(ours.write(), source))
        message.headers.insert(0, f"Record-Route: <sip:{self._own[0]}:{self._own[1]};lr>")
        return True

    def _keep_trying(self, message: Message, source: Address, method: str) -> None:
        """Say 100 to an INVITE; a CANCEL ends it (RFC 3261, 9.2)."""
        if method == "INVITE":
            self._reply(message, source, TRYING)
            return
        self._reply(message, source, 200)
        number, _ = message.cseq
        message.put("CSeq", f"{number} INVITE")
        self._reply(message, source, 487)

    def _refuse(self, message: Message, source: Address, number: str, status: int) -> None:
        contact = [f"Contact: <sip:{SPARE}@{self._own[0]}:{self._own[1]}>"] if status == MOVED else []
        self._reply(message, source, status, contact)
        LOG.info("event=call.refused number=%s status=%d caller=%s:%d", number, status, *source)

    def _reply(self, message: Message, source: Address, status: int, more: list[str] | None = None) -> None:
        message.note_source(source)
        copied = [line for line in message.headers if name_of(line) in ("via", "from", "call-id", "cseq")]
        tag = "" if status == TRYING else f";tag={REFUSED_TAG}"
        lines = [
            f"SIP/2.0 {status} {REASONS[status]}",
            *copied,
            f"To: {message.value('to')}{tag}",
            *(more or []),
            "Content-Length: 0",
        ]
        self._send("\r\n".join(lines).encode() + b"\r\n\r\n", source)

    def _relay_request(self, message: Message, source: Address, uri: str) -> None:
        via = message.value("via")
        message.note_source(source)
        message.drop_route(self._own)
        # The branch is computed, so that CANCEL and the ACK of a refusal follow their INVITE (RFC 3261, 16.11).
        branch = hashlib.sha256(via.encode()).hexdigest()[:24]
        message.headers.insert(0, f"Via: SIP/2.0/UDP {self._own[0]}:{self._own[1]};branch={COOKIE}{branch};rport")
        target = address_in(uri) if source == self._centre else self._centre
        if target is not None:
            self._send(message.write(), target)

    def _on_response(self, message: Message, source: Address) -> None:
        message.drop_via()
        if not message.value("via"):
            self._on_own_answer(message)
            return
        target = message.came_from()
        self._touch(message, source)
        self._passages.note_end(message)
        if target is not None:
            self._send(message.write(), target)

    def _on_own_answer(self, message: Message) -> None:
        passage = self._passages.find(message.value("call-id"))
        if passage is not None:
            passage.on_answer(message)

    def _touch(self, message: Message, source: Address) -> None:
        passage = self._passages.find(message.value("call-id"))
        if passage is None:
            return
        if source == self._centre:
            passage.on_from_centre(message)
        else:
            passage.on_from_caller(message)

    def _send(self, data: bytes, target: Address) -> None:
        if self._transport is not None and 0 < target[1] <= HIGHEST_PORT:
            self._transport.sendto(data, target)
