"""An RTP relay for one call: carries sound between caller and centre, and spoils what the caller hears.

It can hold back, lose, delay and re-label the centre's packets and play a sound of its own before the centre
answers. RTCP is not carried (most trunks send none). Whatever is no RTP from where it should come is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
import struct
from typing import TYPE_CHECKING

from sambung.lab import g711
from sambung.lab.prompts import FRAME_BYTES

if TYPE_CHECKING:
    from sambung.lab.behaviour import Wire
    from sambung.lab.message import Address

RTP_HEADER = struct.Struct("!BBHII")  # RFC 3550, 5.1
VERSION_2 = 0x80
LARGEST_PACKET = 2_048
FRAME_SECONDS, FRAME_SAMPLES = 0.02, FRAME_BYTES // 2
MOST_TRIES = 200


class Relay:
    """Two UDP ports of one address: the caller sends to `near`, the centre to `far`."""

    def __init__(self, address: str, ports: tuple[int, int], wire: Wire) -> None:
        """Open both ports.

        Args:
            address: of this machine, as caller and centre reach it.
            ports: first and last of those that RTP may use.
            wire: what becomes of the centre's packets.

        Raises:
            NoRtpPortError: every port tried is taken.
        """
        self._wire = wire
        self._near, self._far = _open(address, ports), _open(address, ports)
        self.near: Address = self._near.getsockname()
        self.far: Address = self._far.getsockname()
        self.caller: Address | None = None
        self.centre: Address | None = None
        self.is_muted = False
        # The same packets are lost in every call: a test that saw one has seen all.
        self._chance = random.Random(7)  # noqa: S311  no secret
        self._label: tuple[int, int, int] | None = None
        self._playing: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        loop.add_reader(self._near, self._on_caller)
        loop.add_reader(self._far, self._on_centre)

    def close(self) -> None:
        """Close both ports."""
        self.stop_playing()
        for port in (self._near, self._far):
            asyncio.get_running_loop().remove_reader(port)
            port.close()

    def change_source(self) -> None:
        """From now on the centre's packets are another source's: other SSRC, number and time (RFC 3550, 5.1)."""
        chance = self._chance
        self._label = (chance.randrange(1 << 16), chance.randrange(1 << 32), chance.randrange(1, 1 << 32))

    def play(self, pcm: bytes, payload_type: int) -> None:
        """Play a sound to the caller again and again until the centre answers."""
        if self._playing is None:
            self._playing = asyncio.create_task(self._play(g711.encode(pcm, payload_type), payload_type))

    def stop_playing(self) -> None:
        """End the relay's own sound."""
        if self._playing is not None:
            self._playing.cancel()

    async def _play(self, sound: bytes, payload_type: int) -> None:
        loop = asyncio.get_running_loop()
        began, source = loop.time(), self._chance.randrange(1 << 32)
        for number in itertools.count():
            at = number * FRAME_SAMPLES % len(sound)
            header = RTP_HEADER.pack(
                VERSION_2, payload_type, number & 0xFFFF, number * FRAME_SAMPLES & 0xFFFFFFFF, source
            )
            self._send(self._near, header + sound[at : at + FRAME_SAMPLES], self.caller)
            # By the clock, not by the pause: a late packet delays no other.
            await asyncio.sleep(max(0.0, began + (number + 1) * FRAME_SECONDS - loop.time()))

    def _on_caller(self) -> None:
        packet = _receive(self._near, self.caller)
        if packet is not None:
            self._send(self._far, packet, self.centre)

    def _on_centre(self) -> None:
        packet = _receive(self._far, self.centre)
        if packet is None or self.is_muted or not self._wire.is_sending or self._chance.random() < self._wire.loss:
            return
        packet = packet if self._label is None else _relabelled(packet, *self._label)
        if self._wire.jitter_seconds:
            delay = self._chance.uniform(0, self._wire.jitter_seconds)
            asyncio.get_running_loop().call_later(delay, self._send, self._near, packet, self.caller)
        else:
            self._send(self._near, packet, self.caller)

    def _send(self, port: socket.socket, packet: bytes, target: Address | None) -> None:
        if target is not None and port.fileno() >= 0:
            with contextlib.suppress(OSError):  # a full buffer or a port gone loses a packet, as a network does
                port.sendto(packet, target)


def _receive(port: socket.socket, sender: Address | None) -> bytes | None:
    try:
        packet, source = port.recvfrom(LARGEST_PACKET)
    except OSError:
        return None
    is_rtp = len(packet) >= RTP_HEADER.size and packet[0] & 0xC0 == VERSION_2
    return packet if is_rtp and sender is not None and source[0] == sender[0] else None


def _relabelled(packet: bytes, number_shift: int, time_shift: int, source_change: int) -> bytes:
    first, kind, number, time, source = RTP_HEADER.unpack_from(packet)
    changed = (number + number_shift) & 0xFFFF, (time + time_shift) & 0xFFFFFFFF, source ^ source_change
    return RTP_HEADER.pack(first, kind, *changed) + packet[RTP_HEADER.size :]


def _open(address: str, ports: tuple[int, int]) -> socket.socket:
    first, last = ports
    for _ in range(MOST_TRIES):
        port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port.setblocking(False)
        # An even number, as RTP has by habit (RFC 3550, 11); by chance, as the SIP stack takes its own from the same.
        number = random.randrange(first + first % 2, last + 1, 2)  # noqa: S311  no secret
        try:
            port.bind((address, number))
        except OSError:
            port.close()
        else:
            return port
    raise NoRtpPortError(ports)


class NoRtpPortError(Exception):
    """No port for a call's sound."""

    def __init__(self, ports: tuple[int, int]) -> None:
        super().__init__(f"no free RTP port from {ports[0]} to {ports[1]}: widen LAB_RTP_PORTS")
        self.ports = ports
