"""Puts the lab together: `make_lab` is the one place where its rooms meet, for the program and for tests."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from typing import TYPE_CHECKING, Self

from aiohttp import web

from sambung.lab.carrier import Carrier
from sambung.lab.faults import Exchange
from sambung.lab.ivr import Ivr
from sambung.lab.prompts import read_prompts
from sambung.lab.sip import SipStack

if TYPE_CHECKING:
    from sambung.lab.settings import Settings

LOG = logging.getLogger("lab")

ANY_ADDRESS = "0.0.0.0"  # noqa: S104  compared with, not bound: the default host is loopback
SHUTDOWN_SECONDS = 0.5


class Lab:
    """The running contact centre; `sip_port` and `http_port` are the real ones once it started."""

    def __init__(self, settings: Settings, exchange: Exchange, stack: SipStack) -> None:
        self.settings, self.exchange = settings, exchange
        self.sip_port, self.http_port = settings.sip_port, settings.http_port
        self._stack = stack
        self._carrier: asyncio.DatagramTransport | None = None
        self._site: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()
