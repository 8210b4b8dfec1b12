from __future__ import annotations

import pytest
from pydantic import ValidationError
from targets import CHAT, chat_target

from probe_runner.target import Target, Turn
from shared.vocabulary import TargetCard


def test_a_target_survives_its_own_json_and_anybody_can_read_its_card() -> None:
    target = chat_target(chat={**CHAT, "closed_phrases": ["sampai jumpa"]})

    assert Target.model_validate_json(target.model_dump_json()) == target
    assert TargetCard.model_validate_json(target.model_dump_json()) == target.card


def test_the_deadline_of_a_chat_covers_every_wait_in_it() -> None:
    assert chat_target().deadline_s == pytest.approx(2 + 1.6 + 2 + 2 * 0.4 + 30)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a*)*b", "((ab)*)+", "(a{2,})+", "(?P<x>a+){3}"])
def test_a_pattern_that_might_never_end_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="a repeat inside a repeat"):
        Turn(expect=pattern)


@pytest.mark.parametrize("pattern", [r"(\d{2})+", "menu|pilih", "(a|b)+", r"antre(an)?"])
def test_an_ordinary_pattern_is_taken(pattern: str) -> None:
    assert Turn(expect=pattern).expect == pattern
