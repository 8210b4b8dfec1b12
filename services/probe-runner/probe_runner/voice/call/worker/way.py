"""How this call goes: by which transport, through which proxy, from which address, as whom. Knows no library."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address

from probe_runner.voice.call.worker.wire import Command

PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
CODECS = ("pcma", "pcmu")
"""What access codes speak, and what the figures are made for; a trunk may offer others."""
ANYWHERE = "192.0.2.1"
"""Of nobody (RFC 5737): which of our IPv4 addresses leads out."""
_URI = re.compile(
    r"(?P<scheme>sips?):(?:[^@;]*@)?(?P<host>\[[^\]]+\]|[^:;]+)(?::(?P<port>\d+))?(?P<more>;.*)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Hop:
    """Where the first packet goes. ``host`` as it stands in an address: IPv6 in []."""

    host: str
    port: int
    transport: str
    is_proxy: bool = False


@dataclass(frozen=True)
class Way:
    """The way of one call. ``local``: ours for signalling; ``media``: ours for sound; ``there``: of the first hop."""

    hop: Hop
    there: str
    local: str
    media: str
    codecs: tuple[str, ...]
    srtp: str
    is_secured: bool
    """Whether every hop must be by TLS (RFC 3261, 26.2.2): then we, too, are called so."""
    is_registered: bool
    is_certificate_checked: bool
    authorities: str
    domain: str
    username: str
    password: str = field(repr=False)

    @property
    def is_ipv6(self) -> bool:
        """Whether the call is signalled over IPv6."""
        return ":" in self.local

    @property
    def route(self) -> str:
        """Where to send everything first (RFC 3261, 8.1.2), or nothing.

        The library does not find IPv6 addresses by their names: it gets the address, and does not send that on.
        """
        hop = self.hop
        if self.is_ipv6 and not hop.host.startswith("["):
            return f"<sip:[{self.there}]:{hop.port};transport={hop.transport};lr;hide>"
        return f"<sip:{hop.host}:{hop.port};transport={hop.transport};lr>" if hop.is_proxy else ""

    @property
    def registrar(self) -> str:
        """Where to register."""
        return f"sip:{self.domain or self.hop.host};transport={self.hop.transport}"

    def identity(self, user: str) -> str:
        """Our own address with that user: at the trunk's domain, or where we are."""
        own = f"[{self.local}]" if self.is_ipv6 else self.local
        return f"{'sips' if self.is_secured else 'sip'}:{user}@{self.domain or own}"


def way_of(command: Command, local: str) -> Way:
    """The way that a dial command asks for. ``local``: the address of ours to use.

    Raises:
        OSError: the name is not known, there is no way to it, or no IPv4 address for the sound.
    """
    trunk, hop = command.get("trunk") or {}, first_hop(command)
    is_account = bool(trunk.get("is_registered") or command.get("password"))
    return Way(
        hop=hop,
        there=_towards(hop, local)[0],
        local=local,
        media=media_address(local),
        codecs=tuple(trunk.get("codecs") or CODECS),
        srtp=trunk.get("srtp") or "off",
        is_secured=command["uri"].lower().startswith("sips:"),
        is_registered=bool(trunk.get("is_registered")),
        is_certificate_checked=bool(trunk.get("is_certificate_checked", True)),
        authorities=command.get("authorities") or "",
        domain=trunk.get("domain") or (hop.host if hop.is_proxy and is_account else ""),
        username=trunk.get("username") or "",
        password=command.get("password") or "",
    )


def first_hop(command: Command) -> Hop:
    """The trunk's proxy, or the host of the address itself.

    Raises:
        ValueError: that is no SIP address.
    """
    trunk, uri = command.get("trunk") or {}, _URI.fullmatch(command["uri"])
    if uri is None:
        raise ValueError("no SIP address")
    transport = trunk.get("transport") or "udp"
    if trunk.get("proxy"):
        return Hop(trunk["proxy"], int(trunk.get("port") or PORTS[transport]), transport, is_proxy=True)
    named = re.search(r";transport=(udp|tcp|tls)(?![^;])", uri["more"] or "", re.IGNORECASE)
    transport = "tls" if uri["scheme"].lower() == "sips" else named[1].lower() if named else transport
    return Hop(uri["host"], int(uri["port"] or PORTS[transport]), transport)


def route_to(command: Command) -> str:
    """The address of ours from which the first hop is reached, IPv4 or IPv6, whichever its name and we have.

    Raises:
        OSError: the name is not known, or there is no way to it.
    """
    bound = (command.get("trunk") or {}).get("local_address")
    return str(bound).strip("[]") if bound else _towards(first_hop(command))[1]


def uri_of(command: Command) -> str:
    """The address to call, with the transport that it must be called by where no proxy says it."""
    trunk, uri = command.get("trunk") or {}, str(command["uri"])
    is_said = uri.lower().startswith("sips:") or ";transport=" in uri.lower() or trunk.get("proxy")
    return uri if is_said or not trunk else f"{uri};transport={trunk.get('transport') or 'udp'}"


def media_address(local: str) -> str:
    """The address that sound comes from: the library, as it is built, knows no sound over IPv6."""
    if ":" not in local:
        return local
    return _towards(Hop("127.0.0.1" if ip_address(local).is_loopback else ANYWHERE, 9, "udp"))[1]


def _towards(hop: Hop, local: str = "") -> tuple[str, str]:
    """The hop's address, and ours from which it is reached; of the family of ``local``, if that is given."""
    family = socket.AF_UNSPEC if not local else socket.AF_INET6 if ":" in local else socket.AF_INET
    trouble = OSError(f"no address of {hop.host}")
    for kind, _, _, _, there in socket.getaddrinfo(hop.host.strip("[]"), hop.port, family, socket.SOCK_DGRAM):
        try:
            with socket.socket(kind, socket.SOCK_DGRAM) as tried:
                tried.connect(there)  # sends nothing: a datagram socket only looks for the way
                return str(there[0]), str(tried.getsockname()[0])
        except OSError as error:
            trouble = error
    raise trouble
