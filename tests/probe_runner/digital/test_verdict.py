from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from targets import CHALLENGE, chat

from probe_runner.digital.dialogue import Event, Kind, Who
from probe_runner.digital.measures import measures
from probe_runner.digital.reading import State, read
from probe_runner.digital.verdict import Verdict, judge
from shared.vocabulary import Cause, Result

TEXTS = [
    "Ketik 9 untuk petugas",
    "Mohon tunggu",
    "Selamat siang",
    "di luar jam layanan",
    "Anda terhubung dengan agen",
    "12",
]
EVENTS = st.lists(
    st.tuples(st.sampled_from(Kind), st.sampled_from(TEXTS), st.none() | st.sampled_from(Who), st.integers(0, 1)),
    max_size=12,
)


def told(*events: tuple[Any, ...]) -> list[Event]:
    """Events a second apart: (kind, text, who, turn)."""
    return [
        Event(
            kind,
            float(number),
            *((more[0] if more else ""), more[1] if len(more) > 1 else None),
            turn=more[2] if len(more) > 2 else None,
        )
        for number, (kind, *more) in enumerate(events)
    ]


CONNECTED = (Kind.CONNECTED,)
MENU = (Kind.HEARD, "Ketik 9 untuk petugas", Who.BOT, 0)
MET = (Kind.MET, "", None, 0)
CHOSE = (Kind.CHOSE, "9", None, 1)
TRANSFER = (Kind.HEARD, "Mohon tunggu, Anda dihubungkan dengan agen", Who.BOT, 1)
MET_TOO = (Kind.MET, "", None, 1)
QUEUED = (Kind.QUEUED,)
JOINED = (Kind.JOINED, "", Who.HUMAN)
HUMAN = (Kind.HEARD, "Selamat siang, dengan Rina", Who.HUMAN)
WAITED = (Kind.WAITED,)
CLOSED = (Kind.HEARD, "Maaf, di luar jam operasional", Who.BOT, 1)
CHALLENGED = (Kind.CHALLENGED, "7 + 5?")
ASKED = (CONNECTED, MENU, MET, CHOSE, TRANSFER, MET_TOO)
UNMET = (Kind.UNMET, "expected", None, 0)
UNMET_TOO = (Kind.UNMET, "expected", None, 1)


def verdict(*events: tuple[Any, ...], **more: Any) -> Verdict:
    return judge(told(*events), chat(**more))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((CONNECTED,), State.NOT_REACHED),
        ((CONNECTED, MENU), State.BOT_ANSWERED),
        (ASKED[:4], State.HANDOVER_REQUESTED),
        ((*ASKED, QUEUED), State.QUEUED),
        ((*ASKED, QUEUED, JOINED), State.ASSIGNED),
        ((*ASKED, HUMAN), State.AGENT_PROBABLE),
        ((*ASKED, QUEUED, JOINED, HUMAN), State.AGENT_CONFIRMED),
    ],
)
def test_the_state_is_how_far_a_customer_came(events: tuple[Any, ...], state: State) -> None:
    assert verdict(*events).state is state


def test_a_choice_before_the_last_is_a_menu_chosen() -> None:
    dialogue = [{"choose": "1"}, {"choose": "9"}]

    assert verdict(CONNECTED, MENU, (Kind.CHOSE, "1", None, 0), dialogue=dialogue).state is State.MENU_CHOSEN


def test_a_human_who_joined_and_wrote_passes() -> None:
    said = verdict(*ASKED, QUEUED, JOINED, HUMAN)

    assert (said.accessibility.result, said.agent.result) == (Result.PASSED, Result.PASSED)
    assert {finding.name for finding in said.findings if finding.is_for} == {"actor.human_joined", "actor.human_wrote"}
    assert {finding.name for finding in said.findings if not finding.is_for} == {"veto.queue", "claim.by_bot"}


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        (((Kind.UNREACHABLE, "refused"),), Cause.BOT_UNREACHABLE),
        ((CONNECTED, UNMET), Cause.BOT_NO_REPLY),
        ((CONNECTED, (Kind.GONE, "1006")), Cause.BOT_NO_REPLY),
        ((CONNECTED, (Kind.HEARD, "Error 500", Who.BOT, 0), UNMET), Cause.BOT_WRONG_REPLY),
        ((CONNECTED, (Kind.GARBAGE, "<html>", None, 0), UNMET), Cause.BOT_WRONG_REPLY),
        ((CONNECTED, MENU, MET, CHOSE, (*MENU[:3], 1), UNMET_TOO), Cause.BOT_MENU_IGNORED),
        ((CONNECTED, MENU, MET, CHOSE, (Kind.ENDED,), UNMET_TOO), Cause.BOT_HANDOVER_REFUSED),
        ((CONNECTED, MENU, MET, CHOSE, UNMET_TOO), Cause.BOT_NO_REPLY),
        ((CONNECTED, MENU, (Kind.FLOODED, "5000 frames"), UNMET), Cause.BOT_LOOPING),
    ],
)
def test_what_the_bot_fails_at_is_named(events: tuple[Any, ...], cause: Cause) -> None:
    said = verdict(*events)

    assert (said.accessibility.result, said.accessibility.cause) == (Result.FAILED, cause)
    assert said.agent.result is Result.NOT_REACHED


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        ((*ASKED, CLOSED, WAITED), Cause.QUEUE_CLOSED),
        ((CONNECTED, MENU, MET, CHOSE, CLOSED, UNMET_TOO), Cause.QUEUE_CLOSED),
        ((*ASKED, QUEUED, WAITED), Cause.QUEUE_TIMEOUT),
        ((*ASKED, QUEUED, (Kind.ENDED,), WAITED), Cause.QUEUE_TIMEOUT),
        ((*ASKED, (Kind.ENDED,), WAITED), Cause.BOT_HANDOVER_REFUSED),
        ((*ASKED, QUEUED, (Kind.FLOODED, "5000 frames"), WAITED), Cause.BOT_LOOPING),
        ((*ASKED, WAITED), Cause.AGENT_NO_ANSWER),
        ((*ASKED, (Kind.JOINED, "", Who.BOT), WAITED), Cause.AGENT_NO_ANSWER),
        ((*ASKED, QUEUED, JOINED, WAITED), Cause.AGENT_SILENT),
        ((*ASKED, JOINED, (Kind.HEARD, "Maaf, di luar jam operasional", Who.HUMAN), WAITED), Cause.QUEUE_CLOSED),
    ],
)
def test_what_keeps_the_agent_away_is_named(events: tuple[Any, ...], cause: Cause) -> None:
    said = verdict(*events)

    assert said.accessibility.result is Result.PASSED
    assert (said.agent.result, said.agent.cause) == (Result.FAILED, cause)


def test_our_network_is_never_the_bots_fault() -> None:
    said = verdict((Kind.NO_TRANSPORT, "Temporary failure in name resolution"))

    assert (said.accessibility.result, said.accessibility.cause) == (Result.INCONCLUSIVE, Cause.PROBER_NO_TRANSPORT)


def test_a_bots_sentence_is_never_proof() -> None:
    claim = (Kind.HEARD, "Anda terhubung dengan agen. Selamat siang, saya Rina.", Who.BOT)

    said = verdict(*ASKED, claim, WAITED)

    assert said.agent.result is Result.FAILED
    assert "claim.by_bot" in {finding.name for finding in said.findings}


@pytest.mark.parametrize("words", ["Semua petugas sedang sibuk", "Mohon menunggu", "Your position is 4"])
def test_words_of_a_queue_are_no_proof_whoever_is_said_to_have_written_them(words: str) -> None:
    said = verdict(*ASKED, JOINED, (Kind.HEARD, words, Who.HUMAN), WAITED)

    assert (said.agent.result, said.agent.cause) == (Result.INCONCLUSIVE, Cause.PROBER_UNSURE)
    assert verdict(*ASKED, JOINED, (Kind.HEARD, words, Who.HUMAN), HUMAN).agent.result is Result.PASSED


def test_a_human_word_before_a_veto_proves_nothing_any_more() -> None:
    assert verdict(*ASKED, JOINED, HUMAN, CLOSED).agent.cause is Cause.QUEUE_CLOSED
    assert verdict(*ASKED, CLOSED, JOINED, HUMAN).agent.result is Result.PASSED


def test_the_plans_own_closed_phrases_count_too() -> None:
    said = (Kind.HEARD, "Sampai  JUMPA besok", Who.BOT)

    assert verdict(*ASKED, said, WAITED).agent.cause is Cause.AGENT_NO_ANSWER
    assert verdict(*ASKED, said, WAITED, closed_phrases=["sampai jumpa"]).agent.cause is Cause.QUEUE_CLOSED


def test_a_human_who_wrote_but_never_joined_is_only_probable() -> None:
    said = verdict(*ASKED, HUMAN, WAITED)

    assert (said.state, said.agent.cause) == (State.AGENT_PROBABLE, Cause.PROBER_UNSURE)


def test_a_challenge_must_be_answered_by_the_human_after_it_was_put() -> None:
    right, by_bot = (Kind.HEARD, "Hasilnya 12.", Who.HUMAN), (Kind.HEARD, "12", Who.BOT)

    assert verdict(*ASKED, JOINED, HUMAN, CHALLENGED, right, **CHALLENGE).agent.result is Result.PASSED
    for events in ((HUMAN, CHALLENGED, by_bot), (right, CHALLENGED), (HUMAN, CHALLENGED, HUMAN), (right,)):
        said = verdict(*ASKED, JOINED, *events, WAITED, **CHALLENGE)
        assert (said.agent.result, said.agent.cause) == (Result.INCONCLUSIVE, Cause.PROBER_UNSURE)
    assert verdict(*ASKED, JOINED, CHALLENGED, WAITED, **CHALLENGE).agent.cause is Cause.AGENT_SILENT


@given(EVENTS, st.booleans())
def test_no_events_whatever_pass_without_a_human_who_joined_and_wrote(events: list[Any], is_challenged: bool) -> None:
    said = verdict(*events, **(CHALLENGE if is_challenged else {}))

    if said.agent.result is Result.PASSED:
        kinds = {(kind, who) for kind, _, who, _ in events}
        assert {(Kind.JOINED, Who.HUMAN), (Kind.HEARD, Who.HUMAN)} <= kinds
        assert not is_challenged or (Kind.CHALLENGED in {kind for kind, _ in kinds})
        assert said.state is State.AGENT_CONFIRMED
    if said.accessibility.result is not Result.PASSED:
        assert said.agent.result is Result.NOT_REACHED


def test_each_wait_of_the_customer_is_measured() -> None:
    events = told(*ASKED, QUEUED, QUEUED, JOINED, HUMAN)

    assert measures(events, read(events, chat())) == {
        "connect_s": 0,
        "first_reply_s": 1,
        "handover_s": 3,
        "queue_wait_s": 2,
        "agent_answer_s": 1,
    }
    assert measures([], read([], chat())) == {}
