"""The other end of a call to ourselves: waits at one local address for one call, and answers it."""

from __future__ import annotations

import time

import pjsua2 as pj

from probe_runner.voice.call.worker.endpoint import RTP_PORTS, TRANSPORTS
from probe_runner.voice.call.worker.keys import Keypad
from probe_runner.voice.call.worker.library_call import LibraryCall
from probe_runner.voice.call.worker.way import media_address
from probe_runner.voice.call.worker.wire import Command, Wire

OK = 200


class Callee(pj.Account):  # type: ignore[misc]
    """Answers the first call; the library refuses the others."""

    def __init__(self, wire: Wire, command: Command) -> None:
        super().__init__()
        self.wire, self.command = wire, command
        self.line: LibraryCall | None = None

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802  the library's name
        """Answer at once."""
        if self.line is not None:
            return
        self.line = LibraryCall(self, self.wire, self.command["wav"], Keypad(), prm.callId)
        answer = pj.CallOpParam(True)
        answer.statusCode = OK
        self.line.answer(answer)


def await_call(wire: Wire, endpoint: pj.Endpoint, command: Command) -> Callee | None:
    """Tell where we listen, and wait for a call; None when none came in time.

    Raises:
        pjsua2.Error: this machine cannot listen at that address.
    """
    local, kind = command["local"], command["transport"]
    host, is_ipv6 = (f"[{local}]", True) if ":" in local else (local, False)
    here = pj.TransportConfig()
    here.boundAddress = local
    transport = endpoint.transportCreate(TRANSPORTS[kind, is_ipv6], here)
    address = f"sip:self@{host}:{endpoint.transportGetInfo(transport).localName.rpartition(':')[2]}"
    account = Callee(wire, command)
    account.create(_config(address, transport, local))
    wire.tell("listening", uri=f"{address};transport={kind}")
    ends_at = time.monotonic() + command["deadline_s"]
    while account.line is None and wire.is_open and time.monotonic() < ends_at:
        endpoint.libHandleEvents(10)
        if any(told["do"] == "hang_up" for told in wire.commands()):
            break
    return account if account.line is not None else None


def _config(address: str, transport: int, local: str) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri, config.sipConfig.transportId = address, transport
    config.sipConfig.contactForced = f"<{address}>"  # the library makes none of an IPv6 address
    media = config.mediaConfig.transportConfig
    media.boundAddress, media.randomizePort = media_address(local), True
    media.port, media.portRange = RTP_PORTS
    return config
