"""A SIP server of a few lines, of nobody's stack: registrar, proxy's front and answering side, with digest.

It keeps every request (``requests``) and whatever RTP comes to it (``packets``). It answers calls with a G.711 A-law
description without telephone-event unless told otherwise, and sends back each RTP packet that it gets.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
REALM = "gate.example"


@dataclass(frozen=True)
class Request:
    """``headers``: by their names in small letters, the first of each."""

    method: str
    uri: str
    headers: dict[str, str]
    vias: list[str]
    body: str


@dataclass
class Gate:
    """``password`` of the user ``probe``, or none to let everybody in; ``codes``: final answers by method, 200 else."""

    algorithm: str = "MD5"
    password: str = ""
    is_challenging: bool = True
    codes: dict[str, int] = field(default_factory=dict)
    has_events: bool = False
    host: str = "127.0.0.1"
    media_host: str = ""
    """Where sound is wanted, if not at ``host``."""
    requests: list[Request] = field(default_factory=list)
    packets: list[bytes] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    """Where the RTP came from."""
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))
    rtp_port: int = 0
    uri: str = ""
    port: int = 0

    def methods(self) -> list[str]:
        """What was asked, in order; what was sent again counts again."""
        return [request.method for request in self.requests]

    def answers(self, request: Request) -> list[bytes]:
        """To one request, as datagrams or as a stream."""
        self.requests.append(request)
        if request.method == "ACK":
            return []
        if self.password and request.method in {"REGISTER", "INVITE"} and not self._is_proven(request):
            name = "WWW-Authenticate" if request.method == "REGISTER" else "Proxy-Authenticate"
            code = "401 Unauthorized" if request.method == "REGISTER" else "407 Proxy Authentication Required"
            ask = f'{name}: Digest realm="{REALM}", nonce="{self.nonce}", algorithm={self.algorithm}, qop="auth"'
            return [self._answer(request, code, ask)]
        code = self.codes.get(request.method, 200)
        if request.method != "INVITE" or code != 200:
            more = f"Contact: {request.headers.get('contact', '')};expires=60" if request.method == "REGISTER" else ""
            return [self._answer(request, f"{code} Said", more)]
        return [self._answer(request, "180 Ringing"), self._answer(request, "200 OK", body=self._description())]

    def _description(self) -> str:
        host = (self.media_host or self.host).strip("[]")
        kind = "IP6" if ":" in host else "IP4"
        kinds, events = ("8 101", "a=rtpmap:101 telephone-event/8000\r\n") if self.has_events else ("8", "")
        return (
            f"v=0\r\no=- 1 1 IN {kind} {host}\r\ns=-\r\nc=IN {kind} {host}\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {kinds}\r\na=rtpmap:8 PCMA/8000\r\n{events}"
        )

    def _answer(self, request: Request, status: str, more: str = "", body: str = "") -> bytes:
        lines = [f"SIP/2.0 {status}", *(f"Via: {via}" for via in request.vias)]
        lines += [f"{name}: {request.headers[name.lower()]}" for name in ("From", "Call-ID", "CSeq")]
        to = request.headers["to"]
        lines.append(f"To: {to if ';tag=' in to else to + ';tag=gate'}")
        lines += [f"Contact: <{self._contact(request)}>"] if request.method == "INVITE" else []
        lines += [more] if more else []
        lines += ["Content-Type: application/sdp"] if body else []
        return ("\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body).encode()

    def _contact(self, request: Request) -> str:
        """As secure as we were asked to be (RFC 3261, 12.1.1)."""
        return self.uri.replace("sip:", "sips:") if request.uri.startswith("sips:") else self.uri

    def _is_proven(self, request: Request) -> bool:
        """RFC 7616, 3.4, with qop auth."""
        given = request.headers.get("authorization") or request.headers.get("proxy-authorization") or ""
        part = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', given)}
        if part.get("nonce") != self.nonce or part.get("algorithm", "MD5") != self.algorithm:
            return False

        def digest(text: str) -> str:
            return HASHES[self.algorithm](text.encode()).hexdigest()

        secret = digest(f"probe:{REALM}:{self.password}")
        asked = digest(f"{request.method}:{part['uri']}")
        return part["response"] == digest(f"{secret}:{self.nonce}:{part['nc']}:{part['cnonce']}:auth:{asked}")


def read(text: bytes) -> tuple[Request | None, bytes]:
    """The first request in a stream, and what follows it."""
    head, found, rest = text.partition(b"\r\n\r\n")
    if not found:
        return None, text
    lines = head.decode("latin1").strip().split("\r\n")
    pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers.setdefault({"l": "content-length", "v": "via", "i": "call-id"}.get(name, name), value)
    length = int(headers.get("content-length", "0"))
    if len(rest) < length:
        return None, text
    vias = [value for name, value in pairs if name in {"via", "v"}]
    method, _, uri = lines[0].partition(" ")
    return Request(method, uri.split(" ")[0], headers, vias, rest[:length].decode("latin1")), rest[length:]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def connection_made(self, transport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address) -> None:
        request, _ = read(data)
        if request is not None:
            for answer in self._gate.answers(request):
                self._transport.sendto(answer, address)


class _Echo(asyncio.DatagramProtocol):
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def connection_made(self, transport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address) -> None:
        self._gate.packets.append(data)
        self._gate.sources.add(address[0])
        self._transport.sendto(data, address)


async def _serve_stream(gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    held = b""
    while more := await reader.read(65_536):
        held = (held + more).lstrip(b"\r\n")
        while True:
            request, held = read(held)
            if request is None:
                break
            writer.writelines(gate.answers(request))
    writer.close()


@asynccontextmanager
async def opened(gate: Gate, transport: str = "udp", context: ssl.SSLContext | None = None) -> AsyncIterator[Gate]:
    """The gate, listening on free ports of its host; TLS with a context over ``tcp``."""
    loop, host = asyncio.get_running_loop(), gate.host.strip("[]")
    echo, _ = await loop.create_datagram_endpoint(lambda: _Echo(gate), local_addr=(gate.media_host or host, 0))
    gate.rtp_port = echo.get_extra_info("sockname")[1]
    if transport == "udp":
        server, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(gate), local_addr=(host, 0))
        gate.port = server.get_extra_info("sockname")[1]
    else:
        server = await asyncio.start_server(lambda *way: _serve_stream(gate, *way), host, 0, ssl=context)
        gate.port = server.sockets[0].getsockname()[1]
    more = "" if transport == "udp" else f";transport={'tls' if context else 'tcp'}"
    gate.uri = f"sip:1500600@{gate.host}:{gate.port}{more}"
    try:
        yield gate
    finally:
        server.close()
        echo.close()
