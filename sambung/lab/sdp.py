"""What the carrier changes in a session description (RFC 8866): the first audio stream's address, codecs, direction.

Texts in, texts out; a description without an audio stream is left as it is.
"""

from __future__ import annotations

import re

from sambung.lab.message import Address, is_ipv4

AUDIO = re.compile(r"^m=audio ([0-9]{1,5})(?:/[0-9]+)? (\S+) ([0-9 ]+)$", re.MULTILINE)
CONNECTION = re.compile(r"^c=IN IP4 (\S+)$", re.MULTILINE)
ORIGIN = re.compile(r"^o=(\S+) ([0-9]+) ([0-9]+) ", re.MULTILINE)
KEY_EVENTS = re.compile(r"^a=rtpmap:([0-9]+) telephone-event/8000", re.MULTILINE | re.IGNORECASE)
DIRECTION = re.compile(r"^a=(sendrecv|sendonly|recvonly|inactive)$\n?", re.MULTILINE)
ABOUT_A_CODEC = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):([0-9]+)\b")
UNKEPT = ("a=rtcp:", "a=candidate:", "a=ice-", "a=rtcp-mux")
G711 = ("0", "8")
"""Payload types of µ-law and A-law (RFC 3551, 6)."""


def read(body: bytes) -> str:
    """Give the lines of a body, ended by one line feed each."""
    return body.decode("latin-1").replace("\r\n", "\n")


def write(text: str) -> bytes:
    """Give the body of these lines."""
    return text.replace("\n", "\r\n").encode("latin-1")


def audio_at(text: str) -> Address | None:
    """Tell where the audio is to be sent; None without an IPv4 address or a port."""
    audio = AUDIO.search(text)
    if audio is None:
        return None
    own = CONNECTION.search(text, audio.end()) or CONNECTION.search(text)
    port = int(audio.group(1))
    return (own.group(1), port) if own and is_ipv4(own.group(1)) and 0 < port < 1 << 16 else None


def codecs(text: str) -> list[str]:
    """Give the payload types of the audio stream, in the order of preference."""
    audio = AUDIO.search(text)
    return audio.group(3).split() if audio else []


def moved(text: str, address: Address) -> str:
    """Say that the audio is to be sent to another address; RTCP is not carried, and so not named."""
    text = CONNECTION.sub(f"c=IN IP4 {address[0]}", text)
    text = AUDIO.sub(rf"m=audio {address[1]} \2 \3", text, count=1)
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith(UNKEPT))


def without_key_events(text: str) -> str:
    """Leave telephone-event (RFC 4733) out."""
    gone = set(KEY_EVENTS.findall(text))
    return _only(text, [kind for kind in codecs(text) if kind not in gone])


def with_one_codec(text: str) -> str:
    """Keep the first G.711 codec and the key events, so that it is known what will be answered."""
    offered = codecs(text)
    first = next((kind for kind in offered if kind in G711), None)
    events = set(KEY_EVENTS.findall(text))
    return text if first is None else _only(text, [kind for kind in offered if kind == first or kind in events])


def answer_to(offer: str, address: Address) -> str:
    """Answer an offer with the same codecs and this address (RFC 3264, 6)."""
    text = moved(offer, address)
    return directed(re.sub(r"^o=.*$", f"o=carrier 1 1 IN IP4 {address[0]}", text, count=1, flags=re.MULTILINE), 0, "")


def directed(text: str, step: int, direction: str) -> str:
    """Make the `step`-th change of a description, with this direction; without one, `sendrecv` is understood."""
    bare = DIRECTION.sub("", text)
    lines = bare + (f"a={direction}\n" if direction else "")
    return ORIGIN.sub(lambda match: f"o={match[1]} {match[2]} {int(match[3]) + step} ", lines, count=1)


def _only(text: str, kept: list[str]) -> str:
    text = AUDIO.sub(lambda match: f"m=audio {match[1]} {match[2]} {' '.join(kept)}", text, count=1)
    gone = {match[1] for line in text.splitlines() if (match := ABOUT_A_CODEC.match(line))} - set(kept)
    about = {line: match[1] for line in text.splitlines() if (match := ABOUT_A_CODEC.match(line))}
    return "".join(f"{line}\n" for line in text.splitlines() if about.get(line) not in gone)
