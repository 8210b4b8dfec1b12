from __future__ import annotations

import pytest
from pydantic import ValidationError
from targets import CHAT, chat_target

from probe_runner.target import Target
from probe_runner.voice_target import Trunk
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


TRUNKS = (Trunk(id="a", caller_id="622150600"), Trunk(id="b", username="probe", password="env:SECRET"), Trunk(id="c"))


def called_by(*trunks: Trunk, **voice: object) -> Target:
    values = {"id": "t", "name": "T", "channel": "voice", "address": "sip:1@h", "voice": {"press": "9", **voice}}
    return Target.model_validate({**values, "trunks": trunks})


@pytest.mark.parametrize(("number", "order"), [(0, "abc"), (1, "bca"), (2, "cab"), (3, "abc"), (7, "bca")])
def test_another_path_is_the_next_trunk_counted_round(number: int, order: str) -> None:
    target = called_by(*TRUNKS).by_path(number)

    assert "".join(trunk.id for trunk in target.trunks) == order
    assert target.trunk is not None
    assert target.trunk.id == order[0]


def test_a_target_without_trunks_has_one_path_only() -> None:
    assert called_by().by_path(1) == called_by()
    assert called_by().trunk is None


@pytest.mark.parametrize(
    ("target", "caller"),
    [
        (called_by(*TRUNKS, caller_id="own"), "own"),
        (called_by(*TRUNKS), "622150600"),
        (called_by(*TRUNKS).by_path(1), "sambung"),
        (called_by(), "sambung"),
    ],
    ids=["its own", "its trunk's", "a trunk without one", "no trunk"],
)
def test_the_caller_is_the_target_s_word_or_its_trunk_s(target: Target, caller: str) -> None:
    assert target.caller_id == caller
    assert Target.model_validate_json(target.model_dump_json()).caller_id == caller


def test_a_target_travels_with_its_trunks_and_with_no_secret_and_its_card_without_them() -> None:
    target = called_by(*TRUNKS)

    assert Target.model_validate_json(target.model_dump_json()) == target
    assert "env:SECRET" in target.model_dump_json()
    assert "env:SECRET" not in target.card.model_dump_json()
