from __future__ import annotations

import socket
from typing import Any

import pytest
from ipv6 import needs_ipv6

from probe_runner.voice.call.worker.way import Hop, first_hop, route_to, uri_of, way_of

LINK_WITHOUT_A_LINK = "fe80::1"
"""No socket can be connected to it: it does not say by which interface."""


def dial(uri: str, **trunk: Any) -> dict[str, Any]:
    return {"uri": uri, "caller_id": "sambung", "trunk": trunk}


def known_as(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name have these addresses."""

    def answer(host: str, port: int, family: int, kind: int) -> list[tuple[Any, ...]]:
        if host[0].isdigit():
            return [(socket.AF_INET, kind, 17, "", (host, port))]
        found = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in addresses]
        there = [(one, (address, port, 0, 0)[: 4 if one == socket.AF_INET6 else 2]) for one, address in found]
        return [(one, kind, 17, "", address) for one, address in there if family in {0, one}]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    ("uri", "trunk", "hop"),
    [
        ("sip:1@h", {}, Hop("h", 5060, "udp")),
        ("sip:1@h:5070;transport=TCP", {}, Hop("h", 5070, "tcp")),
        ("sip:1@h;transport=tls", {}, Hop("h", 5061, "tls")),
        ("sip:1@h;transport=tcp", {"transport": "tls"}, Hop("h", 5060, "tcp")),
        ("sip:1@h", {"transport": "tcp"}, Hop("h", 5060, "tcp")),
        ("sips:1@[::1]:5071", {}, Hop("[::1]", 5071, "tls")),
        ("sip:1@h:7;transport=tcp", {"proxy": "p"}, Hop("p", 5060, "udp", is_proxy=True)),
        ("sip:1@h", {"proxy": "[::1]", "transport": "tls"}, Hop("[::1]", 5061, "tls", is_proxy=True)),
        ("sip:1@h", {"proxy": "p", "port": 9}, Hop("p", 9, "udp", is_proxy=True)),
    ],
)
def test_the_first_hop_is_the_proxy_or_else_the_host_by_the_transport_that_is_named(
    uri: str, trunk: dict[str, Any], hop: Hop
) -> None:
    assert first_hop(dial(uri, **trunk)) == hop


@pytest.mark.parametrize("uri", ["", "1@h", "tel:+622150600", "sip:", "sip:1@h:x"])
def test_what_is_no_sip_address_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="no SIP address"):
        first_hop(dial(uri))


@pytest.mark.parametrize(
    ("uri", "trunk", "called"),
    [
        ("sip:1@h", {}, "sip:1@h"),
        ("sip:1@h", {"transport": "tls"}, "sip:1@h;transport=tls"),
        ("sip:1@h;transport=tcp", {"transport": "tls"}, "sip:1@h;transport=tcp"),
        ("sips:1@h", {"transport": "tls"}, "sips:1@h"),
        ("sip:1@h", {"transport": "tls", "proxy": "p"}, "sip:1@h"),
    ],
)
def test_an_address_says_its_transport_unless_the_proxy_does(uri: str, trunk: dict[str, Any], called: str) -> None:
    assert uri_of(dial(uri, **trunk)) == called


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", "127.0.0.1"), pytest.param("[::1]", "::1", marks=needs_ipv6), ("localhost", "127.0.0.1")],
)
def test_we_call_from_the_address_that_reaches_the_other_side(host: str, local: str) -> None:
    assert route_to(dial(f"sip:1@{host}")) == local


def test_we_call_from_the_address_that_the_trunk_names() -> None:
    assert route_to(dial("sip:1@127.0.0.1", local_address="[::1]")) == "::1"


@needs_ipv6
def test_a_name_with_nothing_but_an_ipv6_address_is_reached_and_the_library_gets_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_as(monkeypatch, "::1")
    command = dial("sip:1@pbx.example:5070;transport=tcp")
    way = way_of(command, route_to(command))

    assert (way.local, way.media, way.is_ipv6) == ("::1", "127.0.0.1", True)
    assert way.route == "<sip:[::1]:5070;transport=tcp;lr;hide>"
    assert way.identity("sambung") == "sip:sambung@[::1]"


def test_an_address_that_cannot_be_reached_is_passed_over_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    known_as(monkeypatch, LINK_WITHOUT_A_LINK, "127.0.0.1")

    assert route_to(dial("sip:1@pbx.example")) == "127.0.0.1"


@pytest.mark.parametrize("addresses", [(), (LINK_WITHOUT_A_LINK,)])
def test_a_name_without_an_address_that_can_be_reached_is_this_machine_s_trouble(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    known_as(monkeypatch, *addresses)

    with pytest.raises(OSError, match=r"."):
        route_to(dial("sip:1@pbx.example"))


def test_a_name_that_nobody_knows_is_this_machine_s_trouble() -> None:
    with pytest.raises(OSError, match=r"."):
        route_to(dial("sip:1@no-such-host.invalid"))


def test_an_account_speaks_for_its_domain_and_registers_there() -> None:
    account = {"proxy": "127.0.0.1", "username": "probe", "is_registered": True}

    assert way_of(dial("sip:1@h", **account), "127.0.0.1").identity("x") == "sip:x@127.0.0.1"
    own = way_of(dial("sip:1@h", **account, domain="pbx.example", transport="tls"), "127.0.0.1")
    assert (own.identity("x"), own.registrar) == ("sip:x@pbx.example", "sip:pbx.example;transport=tls")
    assert own.route == "<sip:127.0.0.1:5061;transport=tls;lr>"


def test_a_way_does_not_show_its_password() -> None:
    way = way_of({**dial("sip:1@127.0.0.1", username="probe"), "password": "rahasia"}, "127.0.0.1")

    assert way.password == "rahasia"
    assert "rahasia" not in repr(way)
