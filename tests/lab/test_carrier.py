from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.lab.behaviour import Setup, VoiceBehaviour
from sambung.lab.carrier import Carrier
from sambung.lab.passage import Passages

OWN, CENTRE, CALLER = ("127.0.0.1", 5070), ("127.0.0.1", 40000), ("127.0.0.1", 50000)


class Wire:
    """What the carrier sends, kept."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[str, int]]] = []

    def sendto(self, data: bytes, target: tuple[str, int]) -> None:
        self.sent.append((data.decode(errors="replace"), target))


def carrier(**setup: object) -> tuple[Carrier, Wire]:
    behaviour = VoiceBehaviour(setup=Setup(**setup))
    made, wire = Carrier(own=OWN, centre=CENTRE, dialled=lambda _: behaviour, passages=Passages({})), Wire()
    made.connection_made(wire)
    return made, wire


def message(start: str, *more: str, via: str = "SIP/2.0/UDP 10.0.0.9:5999;branch=z9hG4bKcaller;rport") -> bytes:
    lines = [start, f"Via: {via}", *more, "From: <sip:a@127.0.0.1>;tag=a", "Call-ID: c1", "CSeq: 1 INVITE"]
    to = [] if any(line.startswith("To:") for line in more) else ["To: <sip:1500600@127.0.0.1>"]
    return "\r\n".join([*lines, *to]).encode() + b"\r\n\r\n"


INVITE = "INVITE sip:1500600@127.0.0.1 SIP/2.0"


def test_an_invite_goes_to_the_centre_and_asks_to_stay_in_the_path() -> None:
    made, wire = carrier()
    made.datagram_received(message(INVITE), CALLER)
    [(text, target)] = wire.sent
    assert target == CENTRE
    assert text.splitlines()[1].startswith("Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK")
    assert "Record-Route: <sip:127.0.0.1:5070;lr>" in text
    assert "received=127.0.0.1;rport=50000" in text


def test_a_refused_invite_is_answered_and_its_ack_swallowed() -> None:
    made, wire = carrier(refusal=404)
    made.datagram_received(message(INVITE), CALLER)
    [(text, target)] = wire.sent
    assert target == CALLER
    assert text.startswith("SIP/2.0 404 Not Found\r\n")
    to = next(line for line in text.splitlines() if line.startswith("To:"))
    made.datagram_received(message(INVITE.replace("INVITE", "ACK"), to), CALLER)
    assert len(wire.sent) == 1


def test_a_cancel_has_the_branch_of_its_invite() -> None:
    made, wire = carrier()
    made.datagram_received(message(INVITE), CALLER)
    made.datagram_received(message(INVITE.replace("INVITE", "CANCEL")), CALLER)
    vias = [next(line for line in text.splitlines() if line.startswith("Via:")) for text, _ in wire.sent]
    assert vias[0] == vias[1]


def test_a_response_goes_where_the_request_came_from() -> None:
    made, wire = carrier()
    via = "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKx, SIP/2.0/UDP 10.0.0.9:5999;received=127.0.0.1;rport=50000"
    made.datagram_received(message("SIP/2.0 200 OK", via=via), CENTRE)
    [(text, target)] = wire.sent
    assert target == CALLER
    assert "127.0.0.1:5070" not in text


def test_a_request_of_the_centre_goes_to_the_callers_contact() -> None:
    made, wire = carrier()
    made.datagram_received(message("BYE sip:a@127.0.0.1:50000;ob SIP/2.0", "Route: <sip:127.0.0.1:5070;lr>"), CENTRE)
    [(text, target)] = wire.sent
    assert target == CALLER
    assert "Route:" not in text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        message("INVITE nonsense SIP/2.0"),
        message("SIP/2.0 200 OK"),
        message("SIP/2.0 200 OK", via="SIP/2.0/UDP a:1, SIP/2.0/UDP 10.0.0.9:99999"),
        message("SIP/2.0 200 OK", via="SIP/2.0/UDP a:1, SIP/2.0/UDP host.example:5060"),
        message(INVITE) + b"x" * 20_000,
    ],
)
def test_what_is_no_sip_for_us_is_dropped(data: bytes) -> None:
    made, wire = carrier()
    made.datagram_received(data, CALLER)
    assert wire.sent == []


@given(st.binary(max_size=600), st.integers(0, 300), st.sampled_from([CALLER, CENTRE]))
def test_a_damaged_message_never_stops_the_carrier(noise: bytes, place: int, source: tuple[str, int]) -> None:
    made, _ = carrier()
    whole = message(INVITE, "Route: <sip:127.0.0.1:5070;lr>")
    made.datagram_received(whole[:place] + noise + whole[place:], source)
    made.datagram_received(b"SIP/2.0 200 OK\r\n" + noise + whole, source)
    assert made is not None
