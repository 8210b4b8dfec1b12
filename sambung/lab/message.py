"""A SIP message taken apart and put together again; it knows no number and no call."""

from __future__ import annotations

import ipaddress
import re

Address = tuple[str, int]

LARGEST_MESSAGE = 16_384
HOST_PORT = re.compile(r"sips?:(?:[^@;>]*@)?([^:;>?\s]+)(?::([0-9]{1,5}))?")
VIA = re.compile(r"SIP\s*/\s*2\.0\s*/\s*UDP\s+([^:;\s]+)(?::([0-9]{1,5}))?(.*)", re.IGNORECASE)
CSEQ = re.compile(r"([0-9]{1,9})\s+([A-Z]+)")
NAMES = {"v": "via", "t": "to", "f": "from", "i": "call-id", "m": "contact", "k": "supported", "l": "content-length"}
SDP = "application/sdp"


class Message:
    """A SIP message split into start line, header lines (unfolded, one value each in Via) and body."""

    def __init__(self, start: str, headers: list[str], body: bytes) -> None:
        self.start, self.headers, self.body = start, headers, body

    @classmethod
    def read(cls, data: bytes) -> Message | None:
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
        """Give the datagram."""
        return "\r\n".join([self.start, *self.headers]).encode() + b"\r\n\r\n" + self.body

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        code = self.start[8:11]
        return int(code) if self.start.startswith("SIP/2.0 ") and code.isascii() and code.isdecimal() else 0

    @property
    def cseq(self) -> tuple[int, str]:
        """The number and method of the transaction; (0, "") when it is none."""
        match = CSEQ.fullmatch(self.value("cseq"))
        return (int(match.group(1)), match.group(2)) if match else (0, "")

    def value(self, name: str) -> str:
        """Give the value of the first header of this name, or an empty text."""
        return next((line.partition(":")[2].strip() for line in self.headers if name_of(line) == name), "")

    def values(self, name: str) -> list[str]:
        """Give the value of every header of this name."""
        return [line.partition(":")[2].strip() for line in self.headers if name_of(line) == name]

    def put(self, name: str, value: str) -> None:
        """Set the one header of this name."""
        self.headers = [line for line in self.headers if name_of(line) != name.lower()]
        self.headers.append(f"{name}: {value}")

    def put_body(self, body: bytes) -> None:
        """Set an SDP body and its length."""
        self.body = body
        self.put("Content-Type", SDP)
        self.put("Content-Length", str(len(body)))

    def note_source(self, source: Address) -> None:
        """Write into the top Via where the message came from (RFC 3261, 18.2.1; RFC 3581)."""
        index = next(i for i, line in enumerate(self.headers) if name_of(line) == "via")
        bare = re.sub(r";\s*(rport|received)(\s*=\s*[^;,\s]*)?", "", self.value("via"))
        self.headers[index] = f"Via: {bare};received={source[0]};rport={source[1]}"

    def drop_via(self) -> None:
        """Take the top Via off."""
        index = next(i for i, line in enumerate(self.headers) if name_of(line) == "via")
        del self.headers[index]

    def came_from(self) -> Address | None:
        """Give the address that a response has to be sent to, by its top Via (RFC 3261, 18.2.2)."""
        match = VIA.match(self.value("via"))
        if match is None:
            return None
        host, port, parameters = match.groups()
        received = re.search(r";\s*received\s*=\s*([^;\s]+)", parameters)
        rport = re.search(r";\s*rport\s*=\s*([0-9]{1,5})", parameters)
        address = received.group(1) if received else host
        return (address, int((rport and rport.group(1)) or port or 5060)) if is_ipv4(address) else None

    def drop_route(self, own: Address) -> None:
        """Take the proxy itself off the top of the route (RFC 3261, 16.4)."""
        for index, line in enumerate(self.headers):
            if name_of(line) == "route":
                first, comma, rest = line.partition(":")[2].partition(",")
                if address_in(first) == own:
                    self.headers[index : index + 1] = [f"Route:{rest}"] if comma else []
                return


def _split_via(line: str) -> list[str]:
    if name_of(line) != "via" or "," not in line:
        return [line]
    return [f"Via: {value.strip()}" for value in line.partition(":")[2].split(",")]


def name_of(line: str) -> str:
    """Give the name of a header line, in small letters and in full."""
    name = line.partition(":")[0].strip().lower()
    return NAMES.get(name, name)


def address_in(text: str) -> Address | None:
    """Give the first SIP URI's IPv4 address and port, 5060 unless it names one."""
    match = HOST_PORT.search(text)
    if match is None or not is_ipv4(match.group(1)):
        return None
    return match.group(1), int(match.group(2) or 5060)


def is_ipv4(host: str) -> bool:
    """Tell whether this is an IPv4 address, not a name."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
