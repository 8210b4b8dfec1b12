from __future__ import annotations

from dataclasses import fields

import pytest

from sambung.lab.faults import (
    CHAT_FAULTS,
    NONE,
    VOICE_FAULTS,
    ChatBehaviour,
    Exchange,
    UnknownFaultError,
    UnknownNumberError,
    VoiceBehaviour,
)


def test_every_number_is_healthy_at_first() -> None:
    exchange = Exchange()
    assert {number.number: exchange.fault(number.number) for number in exchange.numbers()} == {
        "1500600": NONE,
        "1500700": NONE,
        "webchat": NONE,
    }


@pytest.mark.parametrize("behaviours", [VOICE_FAULTS, CHAT_FAULTS])
def test_a_fault_changes_one_thing(behaviours: dict[str, VoiceBehaviour | ChatBehaviour]) -> None:
    healthy = behaviours[NONE]
    for name, behaviour in behaviours.items():
        changed = [one.name for one in fields(healthy) if getattr(healthy, one.name) != getattr(behaviour, one.name)]
        assert len(changed) == (0 if name == NONE else 1), name


def test_a_fault_of_one_number_leaves_the_others_alone() -> None:
    exchange = Exchange()
    exchange.put("1500600", "busy")
    assert exchange.refusal("1500600") == 486
    assert exchange.refusal("1500700") is None


def test_what_is_no_access_code_cannot_be_called() -> None:
    assert Exchange().refusal("webchat") == 404
    assert Exchange().refusal("") == 404


def test_an_unknown_number_or_fault_is_refused_with_what_is_allowed() -> None:
    exchange = Exchange()
    with pytest.raises(UnknownNumberError, match="1500600, 1500700, webchat"):
        exchange.put("110", "busy")
    with pytest.raises(UnknownFaultError, match="none, unreachable, no-reply"):
        exchange.put("webchat", "busy")
    assert exchange.fault("webchat") == NONE
