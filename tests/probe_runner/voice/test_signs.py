"""What real exchanges signal in a call, each thing with a second mark on the timeline."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voice.exchange import Exchange, exchange

from probe_runner.voice.call.line import Event, heard_from, open_line
from probe_runner.voice.call.worker.message import read_message
from probe_runner.voice.call.worker.overheard import MOST_SIGNS, Overheard
from probe_runner.voice.call.worker.stillness import Gaps
from probe_runner.voice.timeline import Signalling, SignName

AGENT = '"Rina" <sip:2001@pbx.invalid>'


async def talk(folder: Path, plays) -> tuple[Signalling, Exchange]:
    """Call the exchange, which plays its part; what was signalled until it hung up or its part was over."""
    async with exchange() as (other, uri), open_line(folder) as line:
        began, said = time.monotonic(), Signalling()
        await line.dial(uri, "sambung", 20)
        part = asyncio.create_task(play(other, plays))
        while not part.done() and not line.is_gone:
            for event in await line.stirred(0.1):
                said = heard_from(said, event, began)
        await part
        await asyncio.sleep(0.4)
        for event in await line.stirred(0.1):
            said = heard_from(said, event, began)
        return said, other


async def play(other: Exchange, plays) -> None:
    await asyncio.wait_for(other.invited.wait(), 5)
    await plays(other)


def told(said: Signalling) -> list[tuple[SignName, str]]:
    return [(sign.name, sign.note) for sign in said.signs]


async def answered(other: Exchange) -> None:
    other.say("200 OK", other.sdp())
    await asyncio.sleep(0.3)


async def test_early_media_is_progress(tmp_path):
    async def plays(other):
        other.say("183 Session Progress", other.sdp())
        await other.sound(0.5, 1)
        other.say("200 OK", other.sdp(is_new=False))
        await other.sound(0.3, 1)

    said, _ = await talk(tmp_path, plays)
    assert told(said) == [(SignName.PROGRESS, "183 Session Progress")]
    assert said.signs[0].at_s < said.answered_s
    assert said.codec == "PCMU"


async def test_a_redirection_is_noted_and_not_followed(tmp_path):
    async with exchange() as (elsewhere, there):

        async def plays(other):
            other.say("302 Moved Temporarily", b"", f"Contact: <{there}>")
            await asyncio.sleep(0.5)

        said, _ = await talk(tmp_path, plays)
        assert told(said) == [(SignName.REDIRECTED, there)]
        assert not elsewhere.invited.is_set()
    assert said.ended_s is not None


async def test_another_identity_in_a_new_invitation_is_told_by_name_and_number(tmp_path):
    async def plays(other):
        await answered(other)
        assert await other.ask("INVITE", other.sdp(), SDP, f"P-Asserted-Identity: {AGENT}") == 200
        assert await other.ask("INVITE", other.sdp(), SDP, f"P-Asserted-Identity: {AGENT}") == 200

    said, _ = await talk(tmp_path, plays)
    assert told(said) == [
        (SignName.REINVITED, "sendrecv"),
        (SignName.IDENTITY_CHANGED, "Rina <sip:2001@pbx.invalid>"),
        (SignName.REINVITED, "sendrecv"),
    ]


SDP = "Content-Type: application/sdp"


async def test_another_from_in_an_update_is_another_identity(tmp_path):
    async def plays(other):
        await answered(other)
        assert await other.ask("UPDATE", who="Budi <sip:2002@pbx.invalid>") == 200

    said, _ = await talk(tmp_path, plays)
    assert told(said) == [(SignName.UPDATED, ""), (SignName.IDENTITY_CHANGED, "Budi <sip:2002@pbx.invalid>")]


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_hold_and_its_end_are_told(tmp_path, direction):
    async def plays(other):
        await answered(other)
        assert await other.ask("INVITE", other.sdp(direction), SDP) == 200
        await asyncio.sleep(0.2)
        assert await other.ask("INVITE", other.sdp(), SDP) == 200

    said, _ = await talk(tmp_path, plays)
    kept = [sign for sign in told(said) if sign[0] is not SignName.REINVITED]
    assert kept == [(SignName.HELD, direction), (SignName.RESUMED, "sendrecv")]


async def test_a_transfer_is_noted_and_politely_refused(tmp_path):
    async with exchange() as (elsewhere, there):

        async def plays(other):
            await answered(other)
            assert await other.ask("REFER", b"", f"Refer-To: <{there}>") == 603
            await asyncio.sleep(0.3)

        said, _ = await talk(tmp_path, plays)
        assert told(said) == [(SignName.REFERRED, there)]
        assert not elsewhere.invited.is_set()
    assert said.ended_s is None


async def test_a_session_refresh_is_no_change_of_the_call(tmp_path):
    async def plays(other):
        description = other.sdp()
        other.say("200 OK", description, "Session-Expires: 90;refresher=uas", "Require: timer", "Supported: timer")
        await asyncio.sleep(0.3)
        assert (
            await other.ask("INVITE", description, SDP, "Session-Expires: 90;refresher=uac", "Supported: timer") == 200
        )

    said, _ = await talk(tmp_path, plays)
    assert told(said) == [(SignName.SESSION_REFRESHED, "by the other side")]


async def test_keys_are_heard_by_rfc_4733_and_by_info(tmp_path):
    async def plays(other):
        await answered(other)
        await other.sound(0.3, 0xABCD)
        await other.key(7)
        await other.sound(0.3, 0xABCD)
        body = b"Signal=5\r\nDuration=160\r\n"
        assert await other.ask("INFO", body, "Content-Type: application/dtmf-relay") == 200
        await asyncio.sleep(0.2)

    said, _ = await talk(tmp_path, plays)
    assert told(said) == [(SignName.DIGIT_HEARD, "7"), (SignName.DIGIT_HEARD, "5")]


async def test_another_source_of_rtp_is_told(tmp_path):
    async def plays(other):
        await answered(other)
        await other.sound(0.6, 0x11111111)
        await other.sound(0.6, 0xFEDCBA98)

    said, _ = await talk(tmp_path, plays)
    assert told(said) == [(SignName.SSRC_CHANGED, "fedcba98")]


async def test_a_stretch_without_packets_is_a_gap_and_a_short_one_is_not(tmp_path):
    async def plays(other):
        await answered(other)
        await other.sound(0.5, 1)
        await asyncio.sleep(0.15)
        await other.sound(0.5, 1)
        await asyncio.sleep(1.5)
        await other.sound(0.5, 1)

    said, _ = await talk(tmp_path, plays)
    assert len(said.gaps) == 1
    since, until = said.gaps[0]
    assert 0.9 < until - since < 2.0


def answer(code: str, *headers: str) -> str:
    return "\r\n".join([f"SIP/2.0 {code}", "CSeq: 1 INVITE", *headers, "", ""])


def request(method: str, *headers: str, body: str = "") -> str:
    return "\r\n".join([f"{method} sip:us SIP/2.0", "CSeq: 5 " + method, *headers, "", body])


def test_the_identity_that_answers_is_where_we_start_from():
    overheard = Overheard()
    assert overheard.heard(read_message(answer("180 Ringing", "P-Asserted-Identity: <sip:ivr@x>"))) == []
    assert (
        overheard.heard(read_message(answer("200 OK", "P-Asserted-Identity: <sip:ivr@x>", "t: <sip:a@x>;tag=1"))) == []
    )
    again = request("UPDATE", "P-Asserted-Identity: <sip:ivr@x>", "f: <sip:a@x>;tag=1")
    assert overheard.heard(read_message(again)) == [("updated", "")]


def test_an_old_hold_without_an_address_is_one():
    overheard = Overheard()
    body = "v=0\r\no=- 1 2 IN IP4 x\r\nc=IN IP4 0.0.0.0\r\nm=audio 9 RTP/AVP 0\r\n"
    assert ("held", "inactive") in overheard.heard(read_message(request("INVITE", body=body)))


def test_an_exchange_that_never_stops_changing_the_call_is_bounded():
    overheard, said = Overheard(), Signalling()
    for number in range(3 * MOST_SIGNS):
        for name, note in overheard.heard(read_message(request("UPDATE", f"From: <sip:{number}@x>"))):
            said = heard_from(said, Event("sign", 1.0, {"name": name, "note": note}), 0.0)
    assert len(said.signs) == MOST_SIGNS


@given(st.text())
def test_no_text_upsets_the_reading_of_messages(text):
    overheard = Overheard()
    for message in (text, answer("200 OK", text), request("INVITE", text, body="v=0\n" + text)):
        for name, note in overheard.heard(read_message(message)):
            assert name in set(SignName)
            assert len(note) <= 200
            assert note.isprintable()


def test_a_note_of_the_worker_is_cut_and_an_unknown_sign_is_dropped():
    said = heard_from(Signalling(), Event("sign", 1.0, {"name": "referred", "note": "x" * 5_000}), 0.0)
    assert [len(sign.note) for sign in said.signs] == [200]
    assert heard_from(said, Event("sign", 1.0, {"name": "no such", "note": ""}), 0.0) == said


def test_a_gap_grows_until_packets_come_again():
    gaps = Gaps()
    seen = [gaps.gap(packets, at) for packets, at in ((5, 1.0), (5, 1.25), (5, 1.5), (5, 1.75), (9, 2.0), (10, 2.25))]
    assert seen == [None, None, (1.0, 1.5), (1.0, 1.75), None, None]
    said = Signalling()
    for gap in filter(None, seen):
        said = heard_from(said, Event("gap", gap[1], {"since": gap[0], "until": gap[1]}), 0.5)
    assert said.gaps == ((0.5, 1.25),)
