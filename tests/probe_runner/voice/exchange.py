"""An exchange that does in one call what real ones do: early media, hold, transfer, another person on the line."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from voice.peers import reply

FRAME = 160


class Exchange(asyncio.DatagramProtocol):
    """The other end of one call. ``invited`` is set by the first INVITE; ``answers`` holds what we were answered."""

    def __init__(self) -> None:
        self.invited, self.invite, self.caller = asyncio.Event(), {}, ("", 0)
        self.caller_sdp, self.answers, self.requests = "", asyncio.Queue(), asyncio.Queue()
        self._turns = itertools.count(1)
        self._cseq, self._version = itertools.count(100), itertools.count(1)
        self._media = None
        self.heard_at: list[float] = []

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, address) -> None:
        head, _, body = data.decode("latin1").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if first.startswith("SIP/"):
            self.answers.put_nowait((int(first.split()[1]), headers))
        elif first.startswith("INVITE") and not self.invited.is_set():
            self.invite, self.caller, self.caller_sdp = headers, address, body
            self.invited.set()
        elif not first.startswith(("ACK", "INVITE")):
            self.requests.put_nowait(first.split()[0])
            self.transport.sendto(reply("200 OK", headers), address)

    def sdp(self, direction: str = "sendrecv", *, is_new: bool = True) -> bytes:
        """A description of our media, a new version of it unless told otherwise."""
        version = next(self._version) if is_new else 1
        port = self._media.get_extra_info("sockname")[1]
        lines = ["v=0", f"o=- 7 {version} IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
        lines += [f"m=audio {port} RTP/AVP 0 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000"]
        return ("\r\n".join([*lines, f"a={direction}"]) + "\r\n").encode()

    def say(self, status: str, body: bytes = b"", *more: str, tag: str = "1") -> None:
        """Answer the INVITE."""
        self.transport.sendto(self._answer(status, body, *more).replace(b";tag=1", f";tag={tag}".encode()), self.caller)

    def garble(self, status: str, chance: random.Random) -> None:
        """Answer the INVITE with some bytes changed."""
        told = bytearray(self._answer(status, self.sdp()))
        for _ in range(6):
            told[chance.randrange(len(told))] = chance.randrange(256)
        self.transport.sendto(bytes(told), self.caller)

    def _answer(self, status: str, body: bytes = b"", *more: str) -> bytes:
        described = ("Content-Type: application/sdp",) if body else ()
        told = reply(status, self.invite, body, *described, *more)
        mine = b"" if any(line.startswith("Contact:") for line in more) else f"<sip:127.0.0.1:{self.port}>".encode()
        return told.replace(b"Contact: <sip:127.0.0.1:9>\r\n", b"Contact: " + mine + b"\r\n" if mine else b"")

    async def ask(self, method: str, body: bytes = b"", *more: str, who: str = "") -> int:
        """Send a request in the call; gives the final answer's code."""
        cseq = next(self._cseq)
        lines = [
            f"{method} sip:{self.caller[0]}:{self.caller[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{cseq}",
            "Max-Forwards: 70",
            f"From: {who or self.invite['to']};tag=1",
            f"To: {self.invite['from']}",
            f"Call-ID: {self.invite['call-id']}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:127.0.0.1:{self.port}>",
            *more,
            f"Content-Length: {len(body)}",
        ]
        self.transport.sendto(("\r\n".join(lines) + "\r\n\r\n").encode() + body, self.caller)
        while True:
            code, headers = await asyncio.wait_for(self.answers.get(), 5)
            if headers["cseq"] == f"{cseq} {method}" and code >= 200:
                if method == "INVITE":
                    self.transport.sendto(self._ack(cseq, headers), self.caller)
                return code

    def _ack(self, cseq: int, headers: dict[str, str]) -> bytes:
        kept = [f"{name}: {headers[name.lower()]}" for name in ("From", "To", "Call-ID")]
        lines = [f"ACK sip:{self.caller[0]}:{self.caller[1]} SIP/2.0", *kept, f"CSeq: {cseq} ACK"]
        lines += [f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bKack{cseq}", "Content-Length: 0"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def sound(self, seconds: float, ssrc: int, make: Callable[[int], bytes] | None = None, mark: int = 0) -> None:
        """Send RTP (RFC 3550) for so long: a steady tone's bytes, or what ``make`` gives for each packet."""
        there = ("127.0.0.1", int(self.caller_sdp.split("m=audio ")[1].split()[0]))
        for number in range(round(seconds * 50)):
            turn = next(self._turns)
            header = bytes([0x80, mark]) + turn.to_bytes(2, "big") + (turn * FRAME).to_bytes(4, "big")
            payload = make(number) if make else bytes([0x80, 0x8F] * (FRAME // 2))
            self._media.sendto(header + ssrc.to_bytes(4, "big") + payload, there)
            await asyncio.sleep(0.02)

    async def key(self, event: int) -> None:
        """Press a key by RFC 4733: a start, and its end three times."""
        (payload_type,) = re.findall(r"a=rtpmap:(\d+) telephone-event/8000", self.caller_sdp)
        parts = [event.to_bytes(1, "big") + bytes([flags, 0x03, 0x20]) for flags in (0x00, 0x80, 0x80, 0x80)]
        await self.sound(len(parts) / 50, 0xABCD, parts.__getitem__, mark=int(payload_type))


class _Listening(asyncio.DatagramProtocol):
    """Keeps the second at which each packet with sound in it came; G.711's silence is 0xFF and 0x7F, 0xD5 and 0x55."""

    def __init__(self, other: Exchange) -> None:
        self._other = other

    def datagram_received(self, data: bytes, _) -> None:
        if len(set(data[12:]) - {0xFF, 0x7F, 0xD5, 0x55, 0x7E, 0xFE}) > 3:
            self._other.heard_at.append(asyncio.get_running_loop().time())


@asynccontextmanager
async def exchange() -> AsyncIterator[tuple[Exchange, str]]:
    """Listen on free ports; gives the exchange and the address to call."""
    loop = asyncio.get_running_loop()
    transport, other = await loop.create_datagram_endpoint(Exchange, local_addr=("127.0.0.1", 0))
    other._media, _ = await loop.create_datagram_endpoint(lambda: _Listening(other), local_addr=("127.0.0.1", 0))
    try:
        yield other, f"sip:1500600@127.0.0.1:{other.port}"
    finally:
        transport.close()
        other._media.close()
