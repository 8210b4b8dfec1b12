"""Calls that the carrier takes in hand, message by message; the wire tests place real ones."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
from lab.test_carrier import CALLER, CENTRE, OWN, Wire

from sambung.lab.behaviour import Agent, Arrival, Setup, VoiceBehaviour
from sambung.lab.carrier import Carrier
from sambung.lab.message import Message
from sambung.lab.passage import MOST_PASSAGES, Passages

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
NAMED = VoiceBehaviour(agent=Agent(arrival=Arrival.UPDATE))
CALLED = "sip:1500600@127.0.0.1"


def passages() -> Passages:
    made = Passages({"ringback-tone": bytes(640)})
    made.use("127.0.0.1", (26000, 27999))
    return made


class Talk:
    """A carrier, and what each side says to it."""

    def __init__(self, behaviour: VoiceBehaviour) -> None:
        self.passages, self.wire = passages(), Wire()
        self.carrier = Carrier(own=OWN, centre=CENTRE, dialled=lambda _: behaviour, passages=self.passages)
        self.carrier.connection_made(self.wire)

    def say(
        self, source: tuple[str, int], start: str, cseq: str, *more: str, body: str = "", call: str = "c1"
    ) -> Message:
        via = [f"Via: SIP/2.0/UDP {source[0]}:{source[1]};branch=z9hG4bK{cseq.replace(' ', '')}"]
        if start.startswith("SIP"):
            via = [f"Via: SIP/2.0/UDP {OWN[0]}:{OWN[1]};branch=z9hG4bKx", "Via: SIP/2.0/UDP 127.0.0.1:50000"]
        head = [
            start,
            *via,
            "From: <sip:a@x>;tag=a",
            f"Call-ID: {call}",
            f"CSeq: {cseq}",
            "Contact: <sip:b@127.0.0.1:50000>",
        ]
        to = [] if any(line.startswith("To:") for line in more) else ["To: <sip:1500600@x>"]
        self.carrier.datagram_received(("\r\n".join([*head, *more, *to]) + "\r\n\r\n" + body).encode(), source)
        return Message.read(self.wire.sent[-1][0].encode())

    def answer(self) -> Message:
        self.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", body=SDP)
        return self.say(CENTRE, "SIP/2.0 200 OK", "1 INVITE", "To: <sip:1500600@x>;tag=b", body=SDP)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    made = Talk(NAMED)
    yield made
    made.passages.close()


async def test_caller_and_centre_are_each_told_the_relay(talk: Talk) -> None:
    invited = talk.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", body=SDP)
    relay = talk.passages.find("c1").relay
    assert f"m=audio {relay.far[1]} " in invited.body.decode()
    assert int(invited.value("content-length")) == len(invited.body)
    assert f"m=audio {relay.near[1]} " in talk.answer().body.decode()


async def test_a_plain_call_is_passed_on_as_it_is() -> None:
    plain = Talk(VoiceBehaviour())
    assert plain.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", body=SDP).body.decode() == SDP
    assert plain.passages.find("c1") is None


async def test_an_invite_sent_again_has_the_passage_it_had(talk: Talk) -> None:
    first = talk.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", body=SDP)
    again = talk.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", body=SDP)
    assert first.body == again.body


async def test_the_caller_sees_one_rising_row_and_the_centre_its_own_numbers(talk: Talk) -> None:
    talk.answer()
    shown = talk.say(CENTRE, "INVITE sip:b@127.0.0.1:50000 SIP/2.0", "700 INVITE", "To: <sip:a@x>;tag=a")
    talk.passages.find("c1").name_the_agent("UPDATE", "Rina", "2101")
    ours = Message.read(talk.wire.sent[-1][0].encode())
    last = talk.say(CENTRE, "BYE sip:b@127.0.0.1:50000 SIP/2.0", "701 BYE", "To: <sip:a@x>;tag=a")
    assert [one.cseq for one in (shown, ours, last)] == [(1, "INVITE"), (2, "UPDATE"), (3, "BYE")]
    assert talk.say(CALLER, "SIP/2.0 200 OK", "3 BYE").cseq == (701, "BYE")


async def test_our_own_requests_go_to_where_the_call_came_from_and_their_answers_stop_here(talk: Talk) -> None:
    talk.answer()
    talk.passages.find("c1").turn("sendonly")
    text, target = talk.wire.sent[-1]
    assert target == CALLER
    assert text.startswith("INVITE sip:b@127.0.0.1:50000 SIP/2.0\r\n")
    via = text.split("\r\n")[1]
    for status in ("100 Trying", "488 Not Acceptable Here"):
        lines = [
            f"SIP/2.0 {status}",
            via,
            "From: <sip:x>",
            "To: <sip:y>;tag=z",
            "Call-ID: c1",
            "CSeq: 1 INVITE",
            "",
            "",
        ]
        talk.carrier.datagram_received("\r\n".join(lines).encode(), CALLER)
    assert [sent.partition(" ")[0] for sent, _ in talk.wire.sent[-2:]] == ["INVITE", "ACK"]
    assert talk.wire.sent[-1][0].split("\r\n")[1] == via


@pytest.mark.parametrize(("start", "cseq"), [("SIP/2.0 200 OK", "2 BYE"), ("SIP/2.0 486 Busy Here", "1 INVITE")])
async def test_a_call_that_ends_leaves_nothing_open(talk: Talk, start: str, cseq: str) -> None:
    talk.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", body=SDP)
    talk.say(CENTRE, start, cseq)
    assert talk.passages.find("c1") is None


async def test_a_refused_change_does_not_end_the_call(talk: Talk) -> None:
    talk.answer()
    talk.say(CENTRE, "SIP/2.0 488 Not Acceptable Here", "2 INVITE")
    assert talk.passages.find("c1") is not None


async def test_more_calls_than_are_taken_in_hand_are_refused_and_the_rest_goes_on(talk: Talk) -> None:
    for number in range(MOST_PASSAGES):
        talk.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", call=f"call {number}")
    assert talk.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE", call="one more").status == 503
    assert talk.passages.find("call 0") is not None


async def test_a_cancelled_call_that_only_tries_is_ended() -> None:
    trying = Talk(VoiceBehaviour(setup=Setup(is_only_trying=True)))
    assert trying.say(CALLER, f"INVITE {CALLED} SIP/2.0", "1 INVITE").status == 100
    ended = trying.say(CALLER, f"CANCEL {CALLED} SIP/2.0", "1 CANCEL")
    assert (ended.status, ended.cseq) == (487, (1, "INVITE"))


async def test_damaged_messages_never_stop_a_call_in_hand(talk: Talk) -> None:
    chance = random.Random(1)  # noqa: S311  no secret
    talk.answer()
    whole = talk.wire.sent[-1][0].encode()
    for _ in range(2000):
        place, noise = chance.randrange(len(whole)), chance.randbytes(chance.randrange(1, 9))
        damaged = whole[:place] + noise + whole[place + chance.randrange(9) :]
        for source in (CALLER, CENTRE):
            talk.carrier.datagram_received(damaged, source)
            talk.carrier.datagram_received(damaged.replace(b"SIP/2.0 200 OK", b"INVITE sip:1500600@x SIP/2.0"), source)
    assert talk.passages.find("c1") is not None
