"""Other ends of a call that no test lab offers: one that is silent, and ones that answer nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Answer = Callable[[dict[str, str]], list[bytes]]
"""Given the headers of an INVITE, in small letters: the datagrams to send back."""


class _Peer(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address) -> None:
        if data.startswith(b"INVITE"):
            lines = data.decode("latin1").split("\r\n\r\n")[0].split("\r\n")[1:]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            for datagram in self._answer(headers):
                self._transport.sendto(datagram, address)


@asynccontextmanager
async def peer(answer: Answer) -> AsyncIterator[str]:
    """Listen on a free port; gives the address to call."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Peer(answer), local_addr=("127.0.0.1", 0))
    try:
        yield f"sip:1500600@127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


def reply(status: str, headers: dict[str, str], body: bytes = b"", *more: str) -> bytes:
    """A well-formed answer to that INVITE."""
    kept = [f"{name}: {headers[name.lower()]}" for name in ("Via", "From", "Call-ID", "CSeq")]
    lines = [f"SIP/2.0 {status}", *kept, f"To: {headers['to']};tag=1", "Contact: <sip:127.0.0.1:9>", *more]
    return ("\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n").encode() + body


def silent(headers: dict[str, str]) -> list[bytes]:  # noqa: ARG001  the shape of an answer
    return []


def garbage(headers: dict[str, str]) -> list[bytes]:
    """Nothing of it is an answer."""
    return [
        b"\x00\xff" * 600,
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 99999999999999999999 X\r\n" + b"Via: " + b"A" * 3_000 + b"\r\n\r\n",
        reply("200 OK", {**headers, "cseq": "1 NONSENSE", "via": "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnot"}),
    ]


def answers_without_sound(headers: dict[str, str]) -> list[bytes]:
    """A 200 whose media description is not one."""
    return [
        reply("180 Ringing", headers),
        reply("200 OK", headers, b"v=0\r\nm=audio 0 nothing\r\n" * 40, "Content-Type: application/sdp"),
    ]


def answers_and_sends_nothing(headers: dict[str, str]) -> list[bytes]:
    """A proper 200, and then never a packet; the ACK and the BYE stay unanswered as well."""
    body = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
    return [reply("200 OK", headers, body, "Content-Type: application/sdp")]


def redirects(headers: dict[str, str]) -> list[bytes]:
    return [reply("302 Moved", headers, b"", "Contact: <sip:elsewhere@127.0.0.1:9>")]
