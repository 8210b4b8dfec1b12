"""The library and its account: transports, codecs, jitter buffer, registration, the address all are bound to."""

from __future__ import annotations

import time

import pjsua2 as pj

from probe_runner.voice.call.worker.way import CODECS, Way, way_of
from probe_runner.voice.call.worker.wire import Command

RTP_PORTS = (16_384, 16_000)
"""First port and how many: at random, so that the last packets of another call do not reach this one."""
PREFETCH_MS = 100
"""A deep jitter buffer: nobody talks here, so delay costs nothing, and what was lost is counted all the same."""
REFUSALS = (401, 403, 404, 407)
"""RFC 3261, 10.3: who we are is not proven, not allowed, or not known."""
REGISTERED_WITHIN_S = 10.0
REGISTERED_FOR_S = 60
"""The shortest that registrars take without a word (RFC 3261, 10.2.8): the call needs no more than its beginning."""
BEST_CODEC = 200
TRANSPORTS = {
    ("udp", False): pj.PJSIP_TRANSPORT_UDP,
    ("tcp", False): pj.PJSIP_TRANSPORT_TCP,
    ("tls", False): pj.PJSIP_TRANSPORT_TLS,
    ("udp", True): pj.PJSIP_TRANSPORT_UDP6,
    ("tcp", True): pj.PJSIP_TRANSPORT_TCP6,
    ("tls", True): pj.PJSIP_TRANSPORT_TLS6,
}
SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "required": pj.PJMEDIA_SRTP_MANDATORY}


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
    _offer(endpoint, CODECS)
    return endpoint


def make_account(endpoint: pj.Endpoint, local: str, command: Command) -> pj.Account:
    """The calling party, its signalling and media bound to one local address, registered if its trunk wants that.

    Raises:
        NotRegisteredError: the registrar refused us, or did not answer.
        pj.Error: the address cannot be had.
    """
    way = way_of(command, local)
    _offer(endpoint, way.codecs)
    transport = _open_transport(endpoint, way)
    if way.is_registered:
        _register(endpoint, transport, way)
    account = pj.Account()
    account.create(_config(transport, way, way.identity(command["caller_id"])))
    return account


def _offer(endpoint: pj.Endpoint, wanted: tuple[str, ...]) -> None:
    """Offer these codecs, the best first, and no others."""
    codecs = endpoint.codecEnum2()  # kept: the library frees what a temporary's parts point to
    for codec in codecs:
        name = codec.codecId.split("/")[0].lower()
        endpoint.codecSetPriority(codec.codecId, BEST_CODEC - wanted.index(name) if name in wanted else 0)


def _open_transport(endpoint: pj.Endpoint, way: Way) -> int:
    config = pj.TransportConfig()
    config.boundAddress = way.local
    if way.hop.transport == "tls":
        config.tlsConfig.verifyServer = way.is_certificate_checked
        config.tlsConfig.CaListFile = way.authorities
        config.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
    return int(endpoint.transportCreate(TRANSPORTS[way.hop.transport, way.is_ipv6], config))


def _config(transport: int, way: Way, identity: str) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = identity
    config.sipConfig.transportId = transport
    if way.route:
        config.sipConfig.proxies.append(way.route)
    if way.password:
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", way.username, 0, way.password))
    config.mediaConfig.srtpUse, config.mediaConfig.srtpSecureSignaling = SRTP[way.srtp], int(way.hop.transport == "tls")
    config.mediaConfig.srtpOpt.keyings.append(pj.PJMEDIA_SRTP_KEYING_SDES)
    media = config.mediaConfig.transportConfig
    media.boundAddress, media.randomizePort = way.media, True
    media.port, media.portRange = RTP_PORTS
    return config


class _Registration(pj.Account):  # type: ignore[misc]
    """Our binding at the registrar, under the user's own name: who calls may differ from call to call."""

    code, reason = 0, "no answer"

    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802  the library's name
        """Keep what the registrar said."""
        self.code, self.reason = int(prm.code), str(prm.reason)[:200]


_kept: list[pj.Account] = []
"""The registration lasts as long as the process: one that Python drops is withdrawn in the middle of the call."""


def _register(endpoint: pj.Endpoint, transport: int, way: Way) -> None:
    config = _config(transport, way, way.identity(way.username))
    config.regConfig.registrarUri, config.regConfig.timeoutSec = way.registrar, REGISTERED_FOR_S
    config.regConfig.retryIntervalSec = 0
    registration = _Registration()
    _kept.append(registration)
    registration.create(config)
    ends_at = time.monotonic() + REGISTERED_WITHIN_S
    while not registration.code and time.monotonic() < ends_at:
        endpoint.libHandleEvents(10)
    if registration.code // 100 != 2:  # noqa: PLR2004  RFC 3261, 7.2
        raise NotRegisteredError(registration.code, registration.reason)


def withdraw() -> None:
    """Ask the registrar to forget us (RFC 3261, 10.2.2); ``is_withdrawn`` says when it has answered."""
    for registration in _kept:
        registration.code = 0
        registration.setRegistration(False)


def is_withdrawn() -> bool:
    """Whether no registrar owes us an answer."""
    return all(registration.code for registration in _kept)


class NotRegisteredError(OSError):
    """The registrar said no, or nothing (``code`` 0)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"not registered: {code} {reason}" if code else f"not registered: {reason}")
        self.code = code

    @property
    def is_refusal(self) -> bool:
        """Whether it is us that it does not want, and not just this moment."""
        return self.code in REFUSALS
