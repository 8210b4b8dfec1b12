"""The library and its account: transports, codecs, jitter buffer, the address they are bound to."""

from __future__ import annotations

import socket

import pjsua2 as pj

from probe_runner.voice.worker.wire import Command

RTP_PORTS = (16_384, 16_000)
"""First port and how many: at random, so that the last packets of another call do not reach this one."""
PREFETCH_MS = 100
"""A deep jitter buffer: nobody talks here, so delay costs nothing, and what was lost is counted all the same."""


def make_endpoint(trace: str) -> pj.Endpoint:
    """The library, polled from this thread alone, without a sound device, with its log (and so SIP) in a file."""
    endpoint, config = pj.Endpoint(), pj.EpConfig()
    endpoint.libCreate()
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly, config.uaConfig.maxCalls = 0, True, 4
    config.uaConfig.userAgent = "sambung"
    config.medConfig.clockRate, config.medConfig.ecTailLen, config.medConfig.noVad = 8000, 0, True
    config.medConfig.jbInit, config.medConfig.jbMinPre, config.medConfig.jbMaxPre = PREFETCH_MS, PREFETCH_MS, 300
    config.logConfig.filename, config.logConfig.level, config.logConfig.consoleLevel = trace, 4, 0
    endpoint.libInit(config)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    codecs = endpoint.codecEnum2()
    for codec in codecs:  # G.711 alone: what access codes speak, and what the figures are made for
        endpoint.codecSetPriority(codec.codecId, 128 if codec.codecId.startswith("PCM") else 0)
    return endpoint


def route_to(uri: str) -> str:
    """The local IPv4 address from which ``uri``'s host is reached.

    Raises:
        OSError: the name is not known, or there is no way to it.
    """
    host, _, port = uri.split("@", 1)[1].split(";", maxsplit=1)[0].partition(":")
    family, kind, _, _, there = socket.getaddrinfo(host, int(port or 5060), socket.AF_INET, socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as probe:
        probe.connect(there)
        return str(probe.getsockname()[0])


def make_account(endpoint: pj.Endpoint, local: str, command: Command) -> pj.Account:
    """The calling party, its signalling and media bound to one local address."""
    transport = pj.TransportConfig()
    transport.boundAddress = local
    is_tcp = ";transport=tcp" in command["uri"].lower()
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_TCP if is_tcp else pj.PJSIP_TRANSPORT_UDP, transport)
    config = pj.AccountConfig()
    config.idUri = f"sip:{command['caller_id']}@{local}"
    media = config.mediaConfig.transportConfig
    media.boundAddress, media.port, media.portRange, media.randomizePort = local, RTP_PORTS[0], RTP_PORTS[1], True
    account = pj.Account()
    account.create(config)
    return account
