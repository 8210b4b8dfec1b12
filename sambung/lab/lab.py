"""Puts the lab together: `make_lab` is the one place where its rooms meet, for the program and for tests."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from aiohttp import web

from sambung.lab.bot import Bot
from sambung.lab.carrier import Carrier
from sambung.lab.faults import NUMBERS, Exchange, Number
from sambung.lab.ivr import Ivr
from sambung.lab.prompts import read_prompts
from sambung.lab.readiness import is_answering
from sambung.lab.sip import SipStack
from sambung.lab.switches import Switches
from sambung.lab.webchat import WebChat

if TYPE_CHECKING:
    from sambung.lab.settings import Settings

LOG = logging.getLogger("lab")

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104  compared with, never a default
SHUTDOWN_SECONDS = 0.5


class Lab:
    """A contact centre that can be started and stopped once; the ports are the real ones after `start`."""

    def __init__(self, settings: Settings, exchange: Exchange, stack: SipStack, chat: WebChat, bot: Bot) -> None:
        """Keep the rooms; `make_lab` builds them."""
        self.exchange = exchange
        self.sip_port, self.http_port = settings.sip_port, settings.http_port
        self._settings, self._stack, self._chat, self._bot = settings, stack, chat, bot
        self._undo = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Open every port and answer.

        Raises:
            AddressRefusedError: an address that is not one of this machine's.
            PortTakenError: names the port and the variable to change.
            SipStackNotStartedError: the SIP stack found no port.
        """
        try:
            await self._open()
        except BaseException:
            await self._undo.aclose()
            raise

    async def stop(self) -> None:
        """End every call and conversation and close every port."""
        await self._undo.aclose()
        LOG.info("event=lab.stopped")

    async def _open(self) -> None:
        settings, undo = self._settings, self._undo
        address = _media_address(settings.advertise or settings.host)
        sip_socket = undo.enter_context(_bind(socket.SOCK_DGRAM, settings.host, settings.sip_port, "LAB_SIP_PORT"))
        web_socket = undo.enter_context(_bind(socket.SOCK_STREAM, settings.host, settings.http_port, "LAB_HTTP_PORT"))
        self.sip_port, self.http_port = sip_socket.getsockname()[1], web_socket.getsockname()[1]
        own = (address, self.sip_port)
        numbers = [number.number for number in self.exchange.numbers("voice")]
        centre_port = await self._stack.start(address=address, rtp_ports=settings.rtp_ports, numbers=numbers)
        centre = (address, centre_port)
        carrier, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Carrier(own=own, centre=centre, refusal=self.exchange.refusal), sock=sip_socket
        )
        undo.callback(carrier.close)
        # After the carrier in this list, so before it on the way down: the last BYE still finds its way out.
        undo.push_async_callback(self._stack.stop)
        await self._serve_web(web_socket, own, numbers[0])
        LOG.info("event=lab.started sip=%s:%d http=%s:%d", *own, settings.host, self.http_port)

    async def _serve_web(self, listening: socket.socket, sip: tuple[str, int], number: str) -> None:
        async def is_bot_answering() -> bool:
            return self._bot.is_answering()

        switches = Switches(self.exchange, {"sip": lambda: is_answering(sip, number), "bot": is_bot_answering})
        app = web.Application()
        app.add_routes([*switches.routes(), *self._chat.routes()])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        self._undo.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        self._undo.push_async_callback(self._chat.close)


def make_lab(settings: Settings, numbers: tuple[Number, ...] = NUMBERS) -> Lab:
    """Build a lab; nothing is opened before `start`. One process can run one at a time, as baresip is global."""
    exchange, bot = Exchange(numbers), Bot()
    ivr = Ivr(exchange, read_prompts(), settings.hold_seconds)
    return Lab(settings, exchange, SipStack(ivr.serve), WebChat(exchange, bot, settings.hold_seconds), bot)


def _media_address(host: str) -> str:
    """Give the IPv4 address that callers see in Contact and SDP; it has to be one of this machine's."""
    if host == EVERY_ADDRESS:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            # No packet leaves: connecting only chooses the outward address (192.0.2.0/24 is for documentation).
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
    try:
        address = str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError as refusal:
        raise AddressRefusedError(host, str(refusal)) from None
    return address


def _bind(kind: socket.SocketKind, host: str, port: int, variable: str) -> socket.socket:
    listening = socket.socket(socket.AF_INET, kind)
    if kind is socket.SOCK_STREAM:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setblocking(False)
    try:
        listening.bind((host, port))
    except OSError as refusal:
        listening.close()
        if refusal.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTakenError(host, port, variable) from None
        raise AddressRefusedError(host, str(refusal)) from None
    return listening


class PortTakenError(Exception):
    """A port somebody else has."""

    def __init__(self, host: str, port: int, variable: str) -> None:
        super().__init__(f"port {port} on {host} is taken: set {variable} to another one, or to 0 for any free one")
        self.host, self.port, self.variable = host, port, variable


class AddressRefusedError(Exception):
    """An address this machine does not have."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host!r} is no address of this machine ({reason}): set LAB_HOST or LAB_ADVERTISE")
        self.host, self.reason = host, reason
