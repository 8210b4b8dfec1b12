"""Puts the lab together: `make_lab` is the one place where its rooms meet, for the program and for tests."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiohttp import web

from sambung.lab.bot import Bot
from sambung.lab.carrier import Carrier
from sambung.lab.exchange import NUMBERS, UNLISTED, Exchange, Number
from sambung.lab.floor import Floor, Patience
from sambung.lab.ivr import Ivr
from sambung.lab.passage import Passages
from sambung.lab.prompts import read_prompts
from sambung.lab.readiness import is_answering
from sambung.lab.sip import SipStack
from sambung.lab.studio import Studio
from sambung.lab.switches import Switches
from sambung.lab.webchat import WebChat

if TYPE_CHECKING:
    from sambung.lab.settings import Settings

LOG = logging.getLogger("lab")

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104  compared with, never a default
SHUTDOWN_SECONDS = 0.5


@dataclass(frozen=True)
class Centre:
    """The rooms that a call goes through."""

    stack: SipStack
    floor: Floor
    passages: Passages


class Lab:
    """A contact centre that can be started and stopped once; the ports are the real ones after `start`."""

    def __init__(self, settings: Settings, exchange: Exchange, centre: Centre, chat: WebChat, bot: Bot) -> None:
        """Keep the rooms; `make_lab` builds them."""
        self.exchange = exchange
        self.sip_port, self.http_port = settings.sip_port, settings.http_port
        self._settings, self._chat, self._bot = settings, chat, bot
        self._stack, self._floor, self._passages = centre.stack, centre.floor, centre.passages
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
        await self._open_lines(own, sip_socket)
        await self._serve_web(web_socket, own, self.exchange.numbers("voice")[0].number)
        LOG.info("event=lab.started sip=%s:%d http=%s:%d", *own, settings.host, self.http_port)

    async def _open_lines(self, own: tuple[str, int], listening: socket.socket) -> None:
        address, ports, passages, undo = own[0], self._settings.rtp_ports, self._passages, self._undo
        numbers = [number.number for number in self.exchange.numbers("voice")]
        centre = (address, await self._stack.start(address=address, rtp_ports=ports, numbers=[*numbers, *UNLISTED]))
        passages.use(address, ports)
        self._floor.carrier = f"{own[0]}:{own[1]}"
        carrier, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Carrier(own=own, centre=centre, dialled=self.exchange.dialled, passages=passages), sock=listening
        )
        undo.callback(carrier.close)
        undo.callback(passages.close)
        # After the carrier in this list, so before it on the way down: the last BYE still finds its way out.
        undo.push_async_callback(self._stack.stop)

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
    exchange, bot, prompts = Exchange(numbers), Bot(), read_prompts()
    studio, passages = Studio(prompts), Passages(prompts)
    floor = Floor(exchange, studio, Patience(settings.hold_seconds, settings.queue_seconds))
    stack = SipStack(Ivr(exchange, studio, floor).serve, passages.find)
    chat = WebChat(exchange, bot, settings.hold_seconds)
    return Lab(settings, exchange, Centre(stack, floor, passages), chat, bot)


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
