"""Scenes in which a live agent answers in the end. Whoever fails the agent leg here is wrong."""

from __future__ import annotations

import numpy as np
from corpus import tones
from corpus.channel import added, banded, echoing
from corpus.material import levelled
from corpus.phone import Frames
from corpus.scene import EVERY, REGISTERED, WITH_GREETING, Agent, Scene
from corpus.singing import singing
from corpus.stage import Stage

from probe_runner.voice.ear.sound import Kind, Samples


def plain(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.agent()


def one_word(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.agent(stage.cast.says(stage.site.agent, "word"))


def long_sentence(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.agent(stage.cast.says(stage.site.agent, "long"))


def silent_at_first(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.agent(after_s=stage.some(2.5, 6))


def colleague_first(stage: Stage) -> Frames:
    """The agent is on the line and still talks to somebody beside him; that is an agent already."""
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.picked_up()
    agent = stage.site.agent
    aside = np.concatenate([stage.cast.says(agent, "colleague"), tones.silence(0.3)])
    other = stage.cast.says(stage.cast.speaker(agent, stage.site.machine), "colleague")
    stage.phone.agent_word()
    yield from stage.phone.play(levelled(added(aside, 0.5 * other), stage.some(-36, -28)), "talks to a colleague")
    yield from stage.agent(after_s=0.5)


def on_a_busy_floor(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    floor = levelled(stage.cast.babble(20), stage.some(-45, -30))
    yield from stage.agent(floor=floor)


def in_a_noisy_room(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.agent(floor=tones.rumbling(stage.dice, 20, stage.some(-50, -32)))


def at_once(stage: Stage) -> Frames:
    """Nobody waits: the agent answers after the transfer prompt, or even without it."""
    yield from stage.to_queue(is_transfer_said=stage.perhaps(0.7))
    yield from stage.phone.quiet(stage.some(0.2, 2))
    yield from stage.agent()


def late(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.hold(stage.some(24, 29))
    yield from stage.agent()


def after_ringback(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.phone.play(stage.tone(Kind.RINGBACK, stage.some(4, 20)), "ringback")
    yield from stage.agent()


def after_announcements(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.hold(stage.some(4, 8))
    yield from stage.announce()
    yield from stage.hold(stage.some(5, 10))
    if stage.perhaps(0.5):
        yield from stage.announce(stage.cast.says(stage.site.machine, "queue"), "another announcement")
        yield from stage.hold(stage.some(2, 6))
    yield from stage.agent()


def after_music_with_gaps(stage: Stage) -> Frames:
    yield from stage.to_queue()
    for _ in range(2):
        yield from stage.hold(stage.some(4, 7))
        yield from stage.phone.quiet(stage.some(2, 5), "gap between tracks")
    yield from stage.hold(stage.some(2, 5))
    yield from stage.agent()


def after_announcement_over_music(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.hold(stage.some(3, 6))
    over = added(stage.site.queue[0], 0.35 * stage.site["hold_music"])
    yield from stage.phone.play(over, "announcement over music")
    yield from stage.hold(stage.some(3, 8))
    yield from stage.agent()


def after_silence(stage: Stage) -> Frames:
    """No music at all: those who wait hear comfort noise."""
    yield from stage.to_queue()
    yield from stage.phone.play(tones.white(stage.dice, stage.some(4, 15), -62), "comfort noise")
    yield from stage.agent()


def after_singing(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.phone.play(singing(stage.cast, stage.some(8, 15)), "music with vocals")
    yield from stage.agent()


def after_a_notice(stage: Stage) -> Frames:
    """A recorded notice stands between the music and the agent: what it says is no agent yet."""
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.announce(stage.cast.says(stage.site.machine, "recorded"), "recorded notice")
    yield from stage.agent()


def after_a_beep(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.phone.play(tones.tone((1400.0,), 0.3), "beep")
    yield from stage.agent()


def hands_free(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.agent(banded(echoing(stage.first_words(), stage.some(0.05, 0.2), -8)))


def quiet_or_loud(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.agent(_at(stage.first_words(), float(stage.dice.choice([-16, -12, 10]))))


def two_at_once(stage: Stage) -> Frames:
    """Another agent is heard behind, as loud as a shared desk makes him."""
    yield from stage.to_queue()
    yield from stage.waiting()
    other = stage.cast.speaker(stage.site.agent, stage.site.machine)
    floor = 0.4 * np.concatenate([stage.cast.says(other, "long"), tones.silence(1)])
    yield from stage.agent(floor=floor)


def _at(sound: Samples, gain_db: float) -> Samples:
    return np.clip(sound * 10 ** (gain_db / 20), -1, 1).astype(np.float32)


def _there(name: str, script, weight: int = 2, **more) -> Scene:
    return Scene(name, script, Agent.THERE, weight=weight, **more)


SCENES = (
    _there("agent-plain", plain, 4),
    _there("agent-one-word", one_word),
    _there("agent-long-sentence", long_sentence),
    _there("agent-silent-at-first", silent_at_first),
    _there("agent-talks-to-colleague-first", colleague_first),
    _there("agent-on-busy-floor", on_a_busy_floor),
    _there("agent-in-noisy-room", in_a_noisy_room),
    _there("agent-at-once", at_once, known=WITH_GREETING),
    _there("agent-late", late),
    _there("agent-after-ringback", after_ringback),
    _there("agent-after-announcements", after_announcements, 3),
    _there("agent-after-music-with-gaps", after_music_with_gaps),
    _there("agent-after-announcement-over-music", after_announcement_over_music),
    _there("agent-after-silence", after_silence, known=REGISTERED),
    _there("agent-after-singing", after_singing, 1),
    _there("agent-after-notice", after_a_notice),
    _there("agent-after-beep", after_a_beep, 1),
    _there("agent-hands-free", hands_free, 1, known=EVERY),
    _there("agent-quiet-or-loud", quiet_or_loud),
    _there("agent-and-another", two_at_once, 1),
    _there("agent-with-machines-voice", plain, is_agent_the_machine=True),
)
