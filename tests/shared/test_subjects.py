from __future__ import annotations

import re
from pathlib import Path

import pytest
from contracts import SAMPLES
from samples import card, uid

from shared import subjects
from shared.asks import Ask
from shared.events import Fact, TestFact, TestJob
from shared.rights import USERS, User
from shared.streams import BUCKETS, DURABLES, OBJECT_STORES, STREAMS
from shared.vocabulary import Slot

FACTS = [sample for sample in SAMPLES if isinstance(sample, Fact)]
SLOT = Slot.containing(FACTS[0].at, 60)
JOB = TestJob(test_id=uid(1), target=card(), announced_at=FACTS[0].at)

EVERYTHING = [
    *(fact.subject for fact in FACTS),
    *(ask.subject for ask in SAMPLES if isinstance(ask, Ask)),
    subjects.due(JOB),
    subjects.beat("reporting", "one"),
    subjects.dead("reporting", "TESTS", 7),
]


def covers(pattern: str, subject: str) -> bool:
    """Whether a subscription to ``pattern`` hears ``subject``."""
    tokens = pattern.split(".")
    inner = [r"[^.]+" if token == "*" else re.escape(token) for token in tokens if token != ">"]
    tail = r"\..+" if tokens[-1] == ">" else ""
    return re.fullmatch(r"\.".join(inner) + tail, subject) is not None


def test_streams_begin_with_different_words_and_so_never_overlap():
    words = [subject.split(".")[0] for stream in STREAMS for subject in stream.subjects or []]
    assert len(words) == len(set(words)) == len(STREAMS)
    assert not set(words) & {"ask", "beat"}
    assert not any(set(word) & set("*>$") for word in words)


@pytest.mark.parametrize("fact", FACTS, ids=[fact.type for fact in FACTS])
def test_a_fact_is_said_where_its_stream_listens(fact):
    (stream,) = [stream for stream in STREAMS if stream.name == fact.stream]
    assert covers(stream.subjects[0], fact.subject)
    assert [other.name for other in STREAMS if covers(other.subjects[0], fact.subject)] == [fact.stream]
    first, _, _ = fact.subject.split(".")
    assert first == ("test" if isinstance(fact, TestFact) else "ticket")


def test_two_kinds_of_fact_have_two_subjects():
    kinds = {fact.subject.split(".")[1] for fact in FACTS}
    assert len(kinds) == len(FACTS)


def test_a_scheduled_job_has_one_subject_per_slot_and_another_job_one_of_its_own():
    scheduled = JOB.model_copy(update={"slot": SLOT})
    assert subjects.due(scheduled) == f"due.test.cc-inbound.{SLOT.token}"
    assert subjects.due(scheduled.model_copy(update={"test_id": uid(2)})) == subjects.due(scheduled)
    assert subjects.due(scheduled.model_copy(update={"slot": SLOT.next})) != subjects.due(scheduled)
    assert subjects.due(JOB) == f"due.test.cc-inbound.{uid(1)}"
    assert covers(subjects.ALL_DUE, subjects.due(JOB))


@pytest.mark.parametrize(
    ("instance", "token"),
    [("host-1", "host-1"), ("my.host 1", "my-host-1"), ("a>*b", "a--b"), ("", "one"), ("\n", "-")],
)
def test_an_instance_is_one_token_whatever_its_name(instance, token):
    assert subjects.token(instance) == token
    assert subjects.beat("lab", instance) == f"beat.lab.{token}"
    assert covers(subjects.ALL_BEATS, subjects.beat("lab", instance))


def test_buckets_and_durables_have_the_names_that_services_use():
    assert [bucket.bucket for bucket in BUCKETS] == [subjects.PLAN]
    assert [store.bucket for store in OBJECT_STORES] == [subjects.EVIDENCE]
    assert {(stream, durable.durable_name) for stream, durable in DURABLES} == {
        (subjects.DUE, subjects.PROBE_WORKERS),
        (subjects.TICKETS, subjects.TEST_REQUESTS),
        (subjects.TICKETS, subjects.IOC),
    }


SERVICES = sorted((Path(__file__).parents[2] / "services").glob("*/*/__init__.py"))
OWN_WORDS = re.compile(r"\b[a-z]+(?:\.[a-z0-9*>-]+)+")

each_service = pytest.mark.parametrize("file", SERVICES, ids=[file.parent.name for file in SERVICES])


def lines(file: Path, word: str) -> list[str]:
    """The subjects that the docstring's line ``Hears ...`` or ``Says ...`` names."""
    found = re.search(rf"(?im)^.*\b{word}\s+(\S.*)$", file.read_text(encoding="utf-8"))
    assert found, f"{file.parent.name} does not say what it {word.lower()}"
    return OWN_WORDS.findall(found[1])


def may_read(user: User, pattern: str) -> bool:
    streams = [stream.name for stream in STREAMS if covers(stream.subjects[0], pattern) or pattern in stream.subjects]
    rights = [f"$JS.API.CONSUMER.MSG.NEXT.{stream}." for stream in streams]
    return any(said.startswith(right) for said in user.may_say for right in rights)


def is_granted(rights: tuple[str, ...], pattern: str) -> bool:
    return any(right == pattern or covers(right, pattern) or covers(pattern, right) for right in rights)


@each_service
def test_what_a_service_says_of_itself_is_about_subjects_that_exist(file):
    for pattern in lines(file, "Hears") + lines(file, "Says"):
        assert any(covers(pattern, subject) for subject in EVERYTHING), f"{pattern} is no subject"


@each_service
def test_what_a_service_says_of_itself_it_has_the_right_to(file):
    (user,) = [user for user in USERS if user.name == file.parent.name.replace("_", "-")]
    for pattern in lines(file, "Hears"):
        assert is_granted(user.may_hear, pattern) or may_read(user, pattern), pattern
    for pattern in lines(file, "Says"):
        assert is_granted(user.may_say, pattern), pattern
