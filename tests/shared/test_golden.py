from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from contracts import SAMPLES
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared import asks, events
from shared.asks import Answer, Ask, RunTicketTest
from shared.events import AnyTestFact, AnyTicketFact, Fact, TestFact, TicketFact

GOLDEN = Path(__file__).parent / "golden"
BASES = {Fact, TestFact, TicketFact, Ask, Answer}
NAMES = [type(sample).__name__ for sample in SAMPLES]

each = pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)


def published() -> set[type[BaseModel]]:
    """Every event, ask and answer there is."""
    found = {
        thing
        for module in (events, asks)
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, Fact | Ask | Answer)
    }
    return found - BASES


def test_every_event_ask_and_answer_has_a_sample_and_no_two():
    assert {thing.__name__ for thing in published()} <= set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


def test_no_golden_file_is_left_over():
    assert {file.stem for file in GOLDEN.glob("*")} == set(NAMES)


@each
def test_the_form_on_the_wire_is_the_one_agreed(sample):
    golden = (GOLDEN / f"{type(sample).__name__}.json").read_text(encoding="utf-8")
    assert json.loads(sample.model_dump_json()) == json.loads(golden)
    assert sample.model_dump_json(indent=2) + "\n" == golden, "the order of the fields changed"


@each
def test_the_form_agreed_is_understood(sample):
    golden = (GOLDEN / f"{type(sample).__name__}.json").read_bytes()
    assert type(sample).model_validate_json(golden) == sample


@each
def test_every_field_of_a_sample_says_something(sample):
    """A field left at its default would not be pinned."""
    left = {
        name
        for name, field in type(sample).model_fields.items()
        if name != "type" and not field.is_required() and getattr(sample, name) == field.default
    }
    assert not left


@each
def test_a_field_of_a_later_version_is_ignored_in_a_fact_and_refused_in_an_ask(sample):
    later = json.dumps({**json.loads(sample.model_dump_json()), "of_a_later_version": 1})
    if isinstance(sample, Ask):
        with pytest.raises(ValidationError, match="of_a_later_version"):
            type(sample).model_validate_json(later)
    else:
        assert type(sample).model_validate_json(later) == sample


@each
def test_a_fact_is_told_apart_by_its_type(sample):
    for facts, anything in ((TestFact, AnyTestFact), (TicketFact, AnyTicketFact)):
        if isinstance(sample, facts):
            read = TypeAdapter(anything).validate_json(sample.model_dump_json())
            assert (type(read), read) == (type(sample), sample)
            assert sample.type == type(sample).__name__
            return
    assert not isinstance(sample, Fact)


def test_an_ask_has_a_subject_of_its_own_and_only_escalation_gives_orders():
    subjects = [thing.subject for thing in published() if issubclass(thing, Ask)]
    assert len(subjects) == len(set(subjects)) > 10
    assert [subject for subject in subjects if not subject.startswith("ask.")] == [RunTicketTest.subject]
