from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sambung.lab import sdp

OFFER = (
    "v=0\no=- 7 3 IN IP4 10.0.0.9\ns=-\nc=IN IP4 10.0.0.9\nt=0 0\n"
    "m=audio 4000 RTP/AVP 9 8 0 101\na=rtpmap:9 G722/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\n"
    "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=rtcp:4001 IN IP4 10.0.0.9\na=sendrecv\n"
)
NEAR = ("127.0.0.1", 20000)


def test_the_audio_is_where_the_description_says() -> None:
    assert sdp.audio_at(OFFER) == ("10.0.0.9", 4000)
    assert sdp.audio_at(OFFER + "c=IN IP4 10.0.0.8\n") == ("10.0.0.8", 4000)


def test_no_audio_no_address_or_no_port_is_nowhere() -> None:
    assert sdp.audio_at("v=0\n") is None
    assert sdp.audio_at(OFFER.replace("10.0.0.9", "host.example")) is None
    assert sdp.audio_at(OFFER.replace("audio 4000", "audio 0")) is None
    assert sdp.audio_at(OFFER.replace("audio 4000", "audio 70000")) is None


def test_moving_changes_the_address_and_names_no_rtcp() -> None:
    moved = sdp.moved(OFFER, NEAR)
    assert sdp.audio_at(moved) == NEAR
    assert "a=rtcp" not in moved
    assert sdp.codecs(moved) == ["9", "8", "0", "101"]


def test_key_events_are_left_out_with_all_that_is_said_of_them() -> None:
    without = sdp.without_key_events(OFFER)
    assert sdp.codecs(without) == ["9", "8", "0"]
    assert ":101" not in without


def test_one_codec_is_the_first_of_g711_and_key_events_stay() -> None:
    one = sdp.with_one_codec(OFFER)
    assert sdp.codecs(one) == ["8", "101"]
    assert "G722" not in one
    assert "a=fmtp:101" in one


def test_an_offer_without_g711_stays_as_it_is() -> None:
    offer = OFFER.replace("9 8 0 101", "9 101")
    assert sdp.with_one_codec(offer) == offer


def test_a_change_of_direction_is_a_new_version_of_the_same_session() -> None:
    held = sdp.directed(OFFER, 2, "sendonly")
    assert "o=- 7 5 IN IP4" in held
    assert "a=sendonly\n" in held
    assert "a=sendrecv" not in held


def test_an_answer_is_ours_and_says_where() -> None:
    answer = sdp.answer_to(sdp.with_one_codec(OFFER), NEAR)
    assert sdp.audio_at(answer) == NEAR
    assert "10.0.0.9" not in answer


def test_lines_survive_the_way_there_and_back() -> None:
    assert sdp.read(sdp.write(OFFER)) == OFFER


@given(st.binary(max_size=400), st.integers(0, len(OFFER)))
def test_a_damaged_description_stops_nothing(noise: bytes, place: int) -> None:
    whole = OFFER.encode()
    text = sdp.read(whole[:place] + noise + whole[place:])
    for change in (sdp.without_key_events, sdp.with_one_codec):
        assert isinstance(change(text), str)
    assert isinstance(sdp.directed(sdp.answer_to(text, NEAR), 1, "sendonly"), str)
