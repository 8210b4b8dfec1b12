from __future__ import annotations

from dataclasses import fields

import pytest

from sambung.lab.behaviour import ChatBehaviour, VoiceBehaviour
from sambung.lab.exchange import AGENT, SPARE, Exchange, UnknownFaultError, UnknownNumberError
from sambung.lab.faults import CHAT_FAULTS, NONE, VOICE_FAULTS, Fault
from sambung.lab.prompts import read_prompts

LAYERS = {"healthy", "telco", "media", "ivr", "queue", "agent", "tricky"}


def test_every_number_is_healthy_at_first() -> None:
    exchange = Exchange()
    assert {number.number: exchange.fault(number.number) for number in exchange.numbers()} == {
        "1500600": NONE,
        "1500700": NONE,
        "webchat": NONE,
    }


@pytest.mark.parametrize("behaviours", [VOICE_FAULTS, CHAT_FAULTS])
def test_a_fault_changes_one_thing(behaviours: dict[str, Fault[VoiceBehaviour] | Fault[ChatBehaviour]]) -> None:
    healthy = behaviours[NONE].behaviour
    for name, fault in behaviours.items():
        now = fault.behaviour
        changed = [one.name for one in fields(healthy) if getattr(healthy, one.name) != getattr(now, one.name)]
        assert len(changed) == (0 if name == NONE else 1), name


def test_a_fault_of_one_number_leaves_the_others_alone() -> None:
    exchange = Exchange()
    exchange.put("1500600", "busy")
    assert exchange.dialled("1500600").setup.refusal == 486
    assert exchange.dialled("1500700").setup.refusal is None


def test_what_is_no_access_code_cannot_be_called() -> None:
    assert Exchange().dialled("webchat").setup.refusal == 404
    assert Exchange().dialled("").setup.refusal == 404


def test_every_layer_of_the_voice_has_faults_and_each_fault_a_line() -> None:
    assert {fault.layer for fault in VOICE_FAULTS.values()} == LAYERS
    for fault in [*VOICE_FAULTS.values(), *CHAT_FAULTS.values()]:
        assert 0 < len(fault.line) <= 90


def test_every_sound_a_behaviour_names_is_a_recording() -> None:
    prompts = read_prompts()
    for name, fault in VOICE_FAULTS.items():
        now = fault.behaviour
        announcements = [one.sound for one in (now.menu.instead, now.queue.instead) if one is not None]
        named = {now.setup.early, now.menu.greeting, now.queue.music, now.queue.announcement, now.agent.says}
        assert {*named, *announcements} - {None} <= prompts.keys(), name


def test_a_plain_call_is_not_taken_in_hand() -> None:
    assert not VOICE_FAULTS[NONE].behaviour.is_touched
    assert VOICE_FAULTS["poor-audio"].behaviour.is_touched


def test_unlisted_numbers_can_be_called_and_not_broken() -> None:
    exchange = Exchange()
    for number in (SPARE, AGENT):
        assert exchange.dialled(number) == VoiceBehaviour()
        with pytest.raises(UnknownNumberError):
            exchange.put(number, "busy")


def test_an_unknown_number_or_fault_is_refused_with_what_is_allowed() -> None:
    exchange = Exchange()
    with pytest.raises(UnknownNumberError, match="1500600, 1500700, webchat"):
        exchange.put("110", "busy")
    with pytest.raises(UnknownFaultError, match="none, unreachable, no-reply"):
        exchange.put("webchat", "busy")
    assert exchange.fault("webchat") == NONE
