"""A caller on bare sockets: an INVITE with G.711 µ-law, ACKs, keys by RFC 4733 or as tones, sound of its own, and an
answer to each request of the far end.

It shares nothing with either SIP stack, so that a switch is not measured by what a library makes of it.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import secrets
import struct

import numpy as np
from lab.listening import RATE, read_wav
from lab.wire import FRAME, KEY_EVENT, MU_LAW, Packet, WireCall, WireOrder, to_mu_law

from sambung.lab.make_prompts import FOLDER

RTP = struct.Struct("!BBHII")
KEYS = {"0": 0, **{str(key): key for key in range(1, 10)}, "*": 10, "#": 11}
TONES = {"9": (852, 1477), "1": (697, 1209)}


async def place(orders: dict[str, WireOrder], carrier: tuple[str, int]) -> dict[str, WireCall]:
    """Place all calls at once and wait for the last."""
    calls = await asyncio.gather(*(WireCaller(order, carrier).place() for order in orders.values()))
    return dict(zip(orders, calls, strict=True))


class WireCaller(asyncio.DatagramProtocol):
    """Places one call and answers whatever the far end asks."""

    def __init__(self, order: WireOrder, carrier: tuple[str, int]) -> None:
        self.order, self.carrier, self.call = order, carrier, WireCall()
        self.call_id, self.tag, self.branch = secrets.token_hex(8), secrets.token_hex(4), secrets.token_hex(8)
        self.is_over = asyncio.Event()
        self.to = f"<sip:{order.number}@{carrier[0]}>"
        self.target, self.route, self.far_sound = f"sip:{order.number}@{carrier[0]}:{carrier[1]}", "", None
        self.queue: list[bytes] = []

    async def place(self) -> WireCall:
        loop = asyncio.get_running_loop()
        self.began = loop.time()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.own = self.transport.get_extra_info("sockname")
        self.sound, _ = await loop.create_datagram_endpoint(lambda: _Ear(self), local_addr=("127.0.0.1", 0))
        self._send("INVITE", self._sdp("sendrecv"))
        speaking = asyncio.create_task(self._speak())
        try:
            await asyncio.wait_for(self.is_over.wait(), self.order.seconds)
        except TimeoutError:
            self._hang_up()
            await asyncio.sleep(0.3)
        speaking.cancel()
        self.transport.close()
        self.sound.close()
        return self.call

    def now(self) -> float:
        return asyncio.get_running_loop().time() - self.began

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        text = data.decode()
        self.call.messages.append((self.now(), text))
        if text.startswith("SIP/2.0 "):
            self._on_response(text)
        elif not text.startswith("ACK "):
            self._on_request(text)

    def _on_response(self, text: str) -> None:
        code = int(text[8:11])
        if re.search(r"^CSeq: 1 INVITE", text, re.MULTILINE) is None or code < 180:
            return
        self._learn_sound(text)
        if code >= 200:
            self.to = _value(text, "To")
            is_answer = code < 300
            if is_answer:
                self.target = _value(text, "Contact").partition("<")[2].partition(">")[0]
                self.route = _value(text, "Record-Route")
                self.call.answered_at = self.call.answered_at or self.now()
            self._send("ACK", cseq=1, branch="ack" if is_answer else self.branch)
            if not is_answer:
                self._end(is_far=True)

    def _on_request(self, text: str) -> None:
        method = text.partition(" ")[0]
        copied = [
            line for line in text.split("\r\n") if line.partition(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        answer = self.order.refer_answer if method == "REFER" else "200 OK"
        self._learn_sound(text)
        way = {"sendonly": "recvonly", "inactive": "inactive"}.get(_direction(text), "sendrecv")
        body = self._sdp(way) if method == "INVITE" else ""
        contact = f"Contact: <sip:penguji@{self.own[0]}:{self.own[1]}>"
        self._write([f"SIP/2.0 {answer}", *copied, contact], body)
        if method == "BYE":
            self._end(is_far=True)

    def _learn_sound(self, text: str) -> None:
        port, host = re.search(r"^m=audio (\d+)", text, re.MULTILINE), re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
        if port and host:
            self.far_sound = (host.group(1).strip(), int(port.group(1)))

    def _end(self, *, is_far: bool) -> None:
        self.call.ended_at, self.call.is_ended_by_far_end = self.now(), is_far
        self.is_over.set()

    def _hang_up(self) -> None:
        if self.call.answered_at is None:
            self._send("CANCEL", cseq=1, branch=self.branch)
        else:
            self._send("BYE", cseq=2, branch="bye")

    def _send(self, method: str, body: str = "", *, cseq: int = 1, branch: str = "") -> None:
        branch = f"z9hG4bK{self.call_id}{branch or self.branch}"
        if branch.endswith(self.branch):
            branch = f"z9hG4bK{self.branch}"
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.own[0]}:{self.own[1]};branch={branch};rport",
            "Max-Forwards: 70",
            *([f"Route: {self.route}"] if self.route else []),
            f"From: <sip:penguji@127.0.0.1>;tag={self.tag}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:penguji@{self.own[0]}:{self.own[1]}>",
            "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, REFER",
        ]
        self._write(lines, body)

    def _write(self, lines: list[str], body: str) -> None:
        kind = ["Content-Type: application/sdp"] if body else []
        text = "\r\n".join([*lines, *kind, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body
        self.transport.sendto(text.encode(), self.carrier)

    def _sdp(self, direction: str) -> str:
        host, port = self.sound.get_extra_info("sockname")
        lines = ["v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        lines += [f"m=audio {port} RTP/AVP {MU_LAW} {KEY_EVENT}", f"a=rtpmap:{KEY_EVENT} telephone-event/8000"]
        return "".join(f"{line}\r\n" for line in [*lines, f"a={direction}"])

    async def _speak(self) -> None:
        """Send a packet every 20 ms: silence, and what is due to be pressed or said."""
        source, loop = random.getrandbits(32), asyncio.get_running_loop()
        presses, words = sorted(self.order.press), sorted(self.order.say)
        began = loop.time()
        for number in itertools.count():
            since = self.now() - self.call.answered_at if self.call.answered_at is not None else -1.0
            if presses and since >= presses[0][0]:
                self.queue += _key(*presses.pop(0)[1:])
            if words and since >= words[0][0]:
                sound = read_wav(FOLDER / f"{words.pop(0)[1]}.wav")
                self.queue += _frames(sound)
            item = self.queue.pop(0) if self.queue else bytes([0xFF]) * FRAME
            is_key = len(item) == 4
            time = (number - (item[3] // 8 if is_key else 0)) * FRAME
            header = RTP.pack(0x80, KEY_EVENT if is_key else MU_LAW, number & 0xFFFF, time & 0xFFFFFFFF, source)
            if self.far_sound is not None:
                self.sound.sendto(header + item, self.far_sound)
            await asyncio.sleep(max(0.0, began + (number + 1) * 0.02 - loop.time()))


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, caller: WireCaller) -> None:
        self.caller = caller

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        if len(data) >= RTP.size and not 192 <= data[1] <= 223:  # RTCP (RFC 5761, 4)
            _, kind, number, time, source = RTP.unpack_from(data)
            packet = Packet(self.caller.now(), number, time, source, kind & 0x7F, data[RTP.size :])
            self.caller.call.packets.append(packet)


def _frames(sound: np.ndarray) -> list[bytes]:
    coded = to_mu_law(sound)
    return [coded[at : at + FRAME] for at in range(0, len(coded) - FRAME + 1, FRAME)]


def _key(digit: str, way: str) -> list[bytes]:
    """Ten frames: one key held for 160 ms by RFC 4733 (its end told three times), or its tone for 200 ms."""
    if way == "tone":
        t = np.arange(10 * FRAME) / RATE
        return _frames(sum(4000 * np.sin(2 * np.pi * hertz * t) for hertz in TONES[digit]))
    steps = [*range(1, 9), 8, 8]
    # The event's time is that of its beginning: `_speak` subtracts the frames sent since (in the low byte).
    return [
        struct.pack("!BBH", KEYS[digit], 10 | (0x80 if index >= 7 else 0), step * FRAME)
        for index, step in enumerate(steps)
    ]


def _value(text: str, name: str) -> str:
    match = re.search(rf"^{name}: *(.*?)\r$", text, re.MULTILINE | re.IGNORECASE)
    return match.group(1) if match else ""


def _direction(text: str) -> str:
    match = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", text, re.MULTILINE)
    return match.group(1) if match else "sendrecv"
