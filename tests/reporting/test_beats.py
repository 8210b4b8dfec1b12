from __future__ import annotations

from samples import at

from reporting.beats import MOST, Beats
from shared.events import Beat


def beat(service: str, instance: str, seconds: float = 0, started: float = 0) -> Beat:
    return Beat(service=service, instance=instance, at=at(seconds), started_at=at(started), is_ready=True)


def hearing(*heard: Beat) -> Beats:
    beats = Beats()
    for one in heard:
        beats.hear(one, one.at)
    return beats


def test_the_latest_beat_of_each_instance_is_shown():
    beats = hearing(beat("reporting", "a", 0), beat("escalation", "a", 1), beat("reporting", "a", 2))
    assert beats.lately(at(3)) == (beat("escalation", "a", 1), beat("reporting", "a", 2))


def test_one_that_fell_silent_is_shown_as_not_ready_for_two_minutes():
    beats = hearing(beat("escalation", "a"))
    assert beats.lately(at(15))[0].is_ready
    (silent,) = beats.lately(at(40))
    assert (silent.is_ready, silent.notices) == (False, ("silent for 40 s",))
    assert len(beats.lately(at(120))) == 1
    assert beats.lately(at(121)) == ()


def test_one_that_fell_silent_is_forgotten_when_its_successor_speaks():
    beats = hearing(beat("escalation", "host-1", 0), beat("escalation", "host-2", 30, started=20))
    assert [one.instance for one in beats.lately(at(31))] == ["host-2"]


def test_another_replica_is_no_successor():
    beats = hearing(beat("escalation", "one", 0), beat("escalation", "two", 30, started=-100))
    assert [(one.instance, one.is_ready) for one in beats.lately(at(31))] == [("one", False), ("two", True)]


def test_what_counts_is_when_it_was_heard_not_what_its_clock_says():
    beats = Beats()
    beats.hear(beat("lab", "a", seconds=-9_000), at(0))
    assert len(beats.lately(at(5))) == 1


def test_of_too_many_the_longest_silent_are_forgotten():
    beats = hearing(*(beat("lab", str(number), number / 100) for number in range(MOST + 50)))
    instances = {one.instance for one in beats.lately(at(5))}
    assert len(instances) == MOST
    assert "49" not in instances
    assert "50" in instances
