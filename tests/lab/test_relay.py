from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from sambung.lab.behaviour import Wire
from sambung.lab.relay import RTP_HEADER, NoRtpPortError, Relay

LOOPBACK, PORTS = "127.0.0.1", (24000, 25999)


def rtp(number: int, source: int = 7, payload: bytes = b"x" * 160) -> bytes:
    return RTP_HEADER.pack(0x80, 0, number, number * 160, source) + payload


class End:
    """A socket of the caller or of the centre."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOOPBACK, 0))
        self.socket.setblocking(False)
        self.address = self.socket.getsockname()

    async def hear(self) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.socket, 4096), 2)


class Between:
    """A relay and its two ends."""

    def __init__(self, wire: Wire) -> None:
        self.relay, self.caller, self.centre = Relay(LOOPBACK, PORTS, wire), End(), End()
        self.relay.caller, self.relay.centre = self.caller.address, self.centre.address

    def close(self) -> None:
        self.relay.close()
        self.caller.socket.close()
        self.centre.socket.close()


@pytest.fixture
async def between() -> AsyncIterator[Between]:
    made = Between(Wire())
    yield made
    made.close()


async def test_sound_goes_both_ways_unchanged(between: Between) -> None:
    between.caller.socket.sendto(rtp(1), between.relay.near)
    assert await between.centre.hear() == rtp(1)
    between.centre.socket.sendto(rtp(2), between.relay.far)
    assert await between.caller.hear() == rtp(2)


async def test_both_ports_are_even_and_in_the_range(between: Between) -> None:
    for _, port in (between.relay.near, between.relay.far):
        assert port % 2 == 0
        assert PORTS[0] <= port <= PORTS[1]


@pytest.mark.parametrize("junk", [b"", b"x", bytes(12), b"\x40" + bytes(171)])
async def test_what_is_no_rtp_is_dropped(between: Between, junk: bytes) -> None:
    between.centre.socket.sendto(junk, between.relay.far)
    between.centre.socket.sendto(rtp(3), between.relay.far)
    assert await between.caller.hear() == rtp(3)


async def test_nothing_is_sent_while_muted(between: Between) -> None:
    between.relay.is_muted = True
    between.centre.socket.sendto(rtp(1), between.relay.far)
    await asyncio.sleep(0.05)
    between.relay.is_muted = False
    between.centre.socket.sendto(rtp(2), between.relay.far)
    assert await between.caller.hear() == rtp(2)


async def test_a_new_source_goes_on_in_its_own_row(between: Between) -> None:
    between.relay.change_source()
    heard = []
    for number in (1, 2):
        between.centre.socket.sendto(rtp(number), between.relay.far)
        heard.append(RTP_HEADER.unpack_from(await between.caller.hear()))
    (_, _, first, first_time, source), (_, _, second, second_time, same) = heard
    assert source == same != 7
    assert (second - first) & 0xFFFF == 1
    assert (second_time - first_time) & 0xFFFFFFFF == 160


async def test_loss_is_the_share_that_was_asked_for() -> None:
    between = Between(Wire(loss=0.3))
    for number in range(200):  # no more than a socket holds
        between.centre.socket.sendto(rtp(number), between.relay.far)
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    count = 0
    while True:
        try:
            between.caller.socket.recv(4096)
        except BlockingIOError:
            break
        count += 1
    between.close()
    assert 120 <= count <= 160


async def test_its_own_sound_is_played_until_it_is_stopped(between: Between) -> None:
    between.relay.play(bytes(640), 8)
    first, second = await between.caller.hear(), await between.caller.hear()
    between.relay.stop_playing()
    assert first[12:] == second[12:] == b"\xd5" * 160
    assert RTP_HEADER.unpack_from(second)[2] == RTP_HEADER.unpack_from(first)[2] + 1


async def test_no_free_port_is_said_with_the_variable_to_change() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((LOOPBACK, 0))
        taken = other.getsockname()[1]
        ports = (taken - taken % 2, taken)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as even:
            if taken % 2:
                even.bind((LOOPBACK, taken - 1))
            with pytest.raises(NoRtpPortError, match="LAB_RTP_PORTS"):
                Relay(LOOPBACK, ports, Wire())
