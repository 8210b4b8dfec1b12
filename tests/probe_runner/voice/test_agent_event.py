from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voice.manager import connected, joined, new_channel

from probe_runner.voice.call.agent_event import LONGEST_NOTE, AgentWatch, is_same_number, note_of

OURS, THEIRS = "1763.1", "1763.2"
NOTE = "queue 600 member SIP/rina ring 3 s hold 0 s"


def watching(queue: str = "600", earliest: float = 100.0) -> AgentWatch:
    return AgentWatch("02150600", queue, lambda: earliest)


def take(watch: AgentWatch, event: dict[str, str], at: float = 120.0) -> str | None:
    return watch.take({key.lower(): value for key, value in event.items()}, at)


def test_the_agent_of_our_call_is_told_with_queue_member_and_times() -> None:
    assert take(watching(), connected()) == NOTE


@pytest.mark.parametrize("caller", ["02150601", "", "<unknown>", "anonymous", "2150600", "0302150600"])
def test_the_agent_of_another_customer_is_not_ours(caller: str) -> None:
    assert take(watching(), connected(caller)) is None


@pytest.mark.parametrize(("queue", "note"), [("600", NOTE), ("", NOTE), ("700", None)])
def test_only_the_queue_of_the_plan_counts_if_it_names_one(queue: str, note: str | None) -> None:
    assert take(watching(queue), connected()) == note


@pytest.mark.parametrize(("hold", "is_ours"), [("20", True), ("21", True), ("22", False), ("999999", False)])
def test_who_waited_before_our_call_could_is_somebody_else(hold: str, *, is_ours: bool) -> None:
    assert (take(watching(), connected(HoldTime=hold)) is not None) is is_ours


def test_two_calls_with_our_number_prove_nothing_and_it_is_said_why() -> None:
    watch = watching()
    take(watch, new_channel(call=OURS))
    take(watch, new_channel(call=THEIRS))

    assert take(watch, connected(Linkedid=OURS)) is None
    assert watch.doubt == "2 calls with the number 02150600 at the same time: which is ours?"


def test_a_test_with_our_number_that_joined_before_us_is_told_apart_by_time() -> None:
    watch = watching()
    take(watch, joined(call=THEIRS), at=95.0)
    take(watch, joined(call=OURS), at=105.0)

    assert take(watch, connected(Linkedid=THEIRS, HoldTime="15"), at=110.0) is None
    assert take(watch, connected(Linkedid=OURS)) == NOTE
    assert watch.doubt == ""


def test_a_call_with_our_number_that_has_ended_raises_no_doubt() -> None:
    watch = watching()
    take(watch, new_channel(call=THEIRS))
    take(watch, new_channel(call=OURS))
    take(watch, {"Event": "Hangup", "Uniqueid": "agent-leg", "Linkedid": OURS})
    take(watch, {"Event": "Hangup", "Uniqueid": THEIRS, "Linkedid": THEIRS})

    assert take(watch, connected("rewritten", Linkedid=OURS)) == NOTE


def test_what_joined_is_weighed_by_when_our_key_is_known_to_be_pressed_at_last() -> None:
    """The exchange may be quicker to tell of the queue than our own line of the key."""
    key = [float("inf")]
    watch = AgentWatch("02150600", "600", lambda: key[0])
    take(watch, joined(call=OURS), at=105.0)
    assert take(watch, connected(Linkedid=OURS), at=106.0) is None
    key[0] = 104.9

    assert take(watch, connected(Linkedid=OURS, HoldTime="2"), at=107.0) == NOTE.replace("hold 0", "hold 2")


def test_our_call_is_known_by_its_id_when_the_exchange_rewrites_the_number() -> None:
    watch = watching()
    take(watch, new_channel(call=OURS))

    assert take(watch, connected("anonymous", Linkedid=OURS)) == NOTE
    assert take(watch, connected("anonymous", Linkedid=THEIRS)) is None


def test_an_exchange_that_knows_neither_linkedid_nor_the_number_is_followed_by_the_join() -> None:
    """Asterisk 1.8 to 11."""
    watch = watching()
    take(watch, {"Event": "Join", "CallerIDNum": "02150600", "Uniqueid": "9.7", "Queue": "600"}, at=105.0)
    event = {"Event": "AgentConnect", "Queue": "600", "Uniqueid": "9.7", "MemberName": "SIP/rina", "Holdtime": "5"}

    assert take(watch, event) == "queue 600 member SIP/rina hold 5 s"
    assert take(watch, {**event, "Uniqueid": "9.8"}) is None


def test_other_events_with_our_number_are_no_agent() -> None:
    watch = watching()
    for name in ("AgentCalled", "AgentRingNoAnswer", "AgentComplete", "Hangup", "AgentConnected", ""):
        assert take(watch, connected(Event=name)) is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("02155512345", "+622155512345", True),
        ("02155512345", "622155512345", True),
        ("02155512345", "00622155512345", True),
        ("sambung", "sambung", True),
        ("+62215551", "62215551", True),
        ("02155512345", "03155512345", False),
        ("02155512345", "55512345", False),
        ("02155512345", "+12342155512345", False),
        ("0215551", "62215551", False),
        ("sambung", "sambung2", False),
        ("", "", False),
        ("0", "0", True),
        ("0²155512345", "62²155512345", False),
    ],
)
def test_a_number_is_the_same_however_its_country_is_written(one: str, other: str, *, is_same: bool) -> None:
    assert is_same_number(one, other) is is_same
    assert is_same_number(other, one) is is_same


WORDS = st.sampled_from(["AgentConnect", "QueueCallerJoin", "Newchannel", "02150600", "600", OURS, THEIRS]) | st.text()


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["event", "calleridnum", "linkedid", "queue", "membername", "holdtime", "ringtime"]), WORDS
        )
    )
)
def test_whatever_comes_a_note_is_one_short_line_and_memory_is_bounded(events: list[dict[str, str]]) -> None:
    watch = watching()
    for event in events:
        note = watch.take(event, 120.0)
        assert note is None or (len(note) <= LONGEST_NOTE and note.isprintable())
    assert len(watch._joined) <= 16


def test_a_note_cannot_break_a_line_and_leaves_out_what_is_no_time() -> None:
    event = {"queue": "6\r\n00", "membername": "r" * 500, "ringtime": "-1", "holdtime": "9" * 400}

    assert note_of(event) == "queue 6??00 member " + "r" * 60
