from __future__ import annotations

import pytest
from pydantic import ValidationError
from targets import CHAT, chat_target

from probe_runner.target import Target
from shared.vocabulary import TargetCard


def test_a_target_survives_its_own_json_and_anybody_can_read_its_card() -> None:
    target = chat_target(chat={**CHAT, "closed_phrases": ["sampai jumpa"]})

    assert Target.model_validate_json(target.model_dump_json()) == target
    assert TargetCard.model_validate_json(target.model_dump_json()) == target.card


def test_the_deadline_of_a_chat_covers_every_wait_in_it() -> None:
    assert chat_target().deadline_s == pytest.approx(2 + 1.6 + 2 + 2 * 0.4 + 30)


ADDRESSES = {
    "voice": "sip:1@{0}",
    "webchat": "ws://{0}/chat",
}


@pytest.mark.parametrize("channel", ADDRESSES)
@pytest.mark.parametrize("host", ["h:1", "h:65535", "h", "[::1]:5070", "127.0.0.1:05060"])
def test_an_address_with_a_host_and_a_port_that_exists_is_taken(channel: str, host: str) -> None:
    assert target_at(channel, host).address == ADDRESSES[channel].format(host)


@pytest.mark.parametrize("channel", ADDRESSES)
@pytest.mark.parametrize("host", ["h:0", "h:65536", "h:99999999", "h:-1", "h:x", ":5060", "[::1]:70000", "h:1:2"])
def test_an_address_whose_port_cannot_be_is_refused(channel: str, host: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        target_at(channel, host)


def target_at(channel: str, host: str) -> Target:
    parts = {"voice": {"press": "9"}} if channel == "voice" else {"chat": CHAT}
    values = {"id": "t", "name": "T", "channel": channel, "address": ADDRESSES[channel].format(host)}
    return Target.model_validate({**values, **parts})
