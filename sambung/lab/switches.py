"""The switches that break and mend numbers over HTTP, and the lab's health; it knows no call and no chat."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from sambung.lab.exchange import UnknownFaultError, UnknownNumberError
from sambung.lab.faults import NONE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sambung.lab.exchange import Exchange

LOG = logging.getLogger("lab.switches")


class Switches:
    """The HTTP door to the exchange."""

    def __init__(self, exchange: Exchange, checks: Mapping[str, Callable[[], Awaitable[bool]]]) -> None:
        """Switch numbers of `exchange`; `checks` tell, part by part, whether the lab is ready."""
        self._exchange, self._checks = exchange, checks

    def routes(self) -> list[web.RouteDef]:
        """Give the doors."""
        return [
            web.get("/faults", self.on_list),
            web.put("/faults/{number}", self.on_put),
            web.delete("/faults/{number}", self.on_delete),
            web.get("/livez", self.on_livez),
            web.get("/readyz", self.on_readyz),
        ]

    async def on_list(self, request: web.Request) -> web.Response:  # noqa: ARG002  the shape of a handler
        """List every number with its kind, its present fault, and those it can have: names, then lines by layer."""
        return web.json_response(
            {
                one.number: {
                    "name": one.name,
                    "kind": one.kind,
                    "fault": self._exchange.fault(one.number),
                    "allowed": self._exchange.allowed(one.number),
                    "faults": self._exchange.described(one.number),
                }
                for one in self._exchange.numbers()
            }
        )

    async def on_put(self, request: web.Request) -> web.Response:
        """Give a number a fault."""
        number = request.match_info["number"]
        try:
            body = await request.json()
        except ValueError:
            body = None
        fault = body.get("fault") if isinstance(body, dict) else None
        return self._switch(number, fault if isinstance(fault, str) else "")

    async def on_delete(self, request: web.Request) -> web.Response:
        """Mend a number."""
        return self._switch(request.match_info["number"], NONE)

    async def on_livez(self, request: web.Request) -> web.Response:  # noqa: ARG002  the shape of a handler
        """Say that the loop turns."""
        return web.json_response({"status": "live"})

    async def on_readyz(self, request: web.Request) -> web.Response:  # noqa: ARG002  the shape of a handler
        """Say which parts answer; 503 when one does not."""
        parts = {name: await check() for name, check in self._checks.items()}
        return web.json_response(parts, status=200 if all(parts.values()) else 503)

    def _switch(self, number: str, fault: str) -> web.Response:
        try:
            self._exchange.put(number, fault)
        except UnknownNumberError as refusal:
            body = {"error": str(refusal), "allowed": refusal.allowed}
            raise web.HTTPNotFound(text=json.dumps(body), content_type="application/json") from None
        except UnknownFaultError as refusal:
            body = {"error": f'{refusal}; the body is {{"fault": ...}}', "allowed": refusal.allowed}
            raise web.HTTPUnprocessableEntity(text=json.dumps(body), content_type="application/json") from None
        LOG.info("event=fault.switched number=%s fault=%s", number, fault)
        return web.json_response({"number": number, "fault": fault})
