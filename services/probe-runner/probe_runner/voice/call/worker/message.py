"""A SIP message from the other side, as text: the few parts that say what became of the call. Pure.

The library has taken the message apart already and refused what is none; this reads on from its text, because the
Python binding gives no more. Nothing in here raises: what is not understood is not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 16_384
"""More of a message is not looked at."""
MOST_HEADERS = 100
LONGEST_NOTE = 200
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_COMPACT = {"f": "from", "t": "to", "m": "contact", "c": "content-type", "x": "session-expires", "r": "refer-to"}
"""RFC 3261, 7.3.3; RFC 4028, 4; RFC 3515, 2.1."""
_TAG = re.compile(r";tag=[^;,>\s]*", re.IGNORECASE)
_NAME_AND_URI = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^>]*)>')


@dataclass(frozen=True)
class Message:
    """``headers``: the first of each, by its long name in small letters."""

    first_line: str
    headers: dict[str, str]
    body: str

    @property
    def code(self) -> int:
        """Of an answer; 0 for a request."""
        first, _, rest = self.first_line.partition(" ")
        digits = rest[:3]
        return int(digits) if first.startswith("SIP/") and digits.isascii() and digits.isdigit() else 0

    @property
    def method(self) -> str:
        """What was asked, or what the answer answers."""
        if self.code:
            return self.headers.get("cseq", "").rpartition(" ")[2].upper()
        return self.first_line.partition(" ")[0].upper()

    @property
    def identity(self) -> str:
        """Who the other side says it is, by its network's word: name and address; empty when it does not say."""
        return party(self.headers.get("p-asserted-identity", ""))

    @property
    def direction(self) -> str:
        """What the other side does with the sound (RFC 3264, 5.1); empty without a description of media."""
        if not self.body.startswith("v="):
            return ""
        if re.search(r"^c=IN IP4 0\.0\.0\.0\s*$", self.body, re.MULTILINE):  # the old way to hold, RFC 3264, 8.4
            return "inactive"
        found = re.search(rf"^a=({'|'.join(DIRECTIONS)})\s*$", self.body, re.MULTILINE)
        return found.group(1) if found else "sendrecv"

    @property
    def origin(self) -> str:
        """The ``o=`` line: another version is another description (RFC 3264, 8)."""
        found = re.search(r"^o=(.*)$", self.body, re.MULTILINE)
        return found.group(1).strip() if found else ""


def read_message(text: str) -> Message:
    """Take a message apart."""
    head, _, body = text[:LONGEST].replace("\r\n", "\n").partition("\n\n")
    lines = re.sub(r"\n[ \t]+", " ", head).split("\n")
    headers: dict[str, str] = {}
    for line in lines[1 : MOST_HEADERS + 1]:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers.setdefault(_COMPACT.get(name, name), value.strip())
    return Message(lines[0], headers, body)


def party(header: str) -> str:
    """Name and address of a From, To or P-Asserted-Identity, without its tag."""
    found = _NAME_AND_URI.match(header[:1_000])
    if found is None:
        return noted(_TAG.sub("", header))
    name = (found.group(1) or found.group(2) or "").strip()
    return noted(f"{name} <{found.group(3)}>" if name else found.group(3))


def noted(text: str) -> str:
    """Fit for a note: short, on one line, nothing unprintable."""
    return "".join(char if char.isprintable() else " " for char in text[: 2 * LONGEST_NOTE]).strip()[:LONGEST_NOTE]
