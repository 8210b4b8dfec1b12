"""Scenes in which the IVR works and no agent answers. Whoever passes the agent leg here is wrong: the worst mistake."""

from __future__ import annotations

import numpy as np
from corpus import tones
from corpus.channel import added
from corpus.phone import Frames
from corpus.scene import EVERY, REGISTERED, WITH_GREETING, Agent, Scene
from corpus.singing import singing
from corpus.stage import FOR_EVER_S, Stage

from probe_runner.voice.ear.sound import Kind
from shared.vocabulary import Cause

NOBODY = (Cause.QUEUE_TIMEOUT, Cause.AGENT_NO_ANSWER)
"""Waiting sounds and nobody: whether nobody is logged in or all are busy cannot be heard."""
RANG = (Cause.AGENT_NO_ANSWER,)
ANNOUNCED = (Cause.QUEUE_TIMEOUT,)
ONLY = Cause.IVR_ANNOUNCEMENT_ONLY.value


def music_for_ever(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.hold(FOR_EVER_S)


def ringback_for_ever(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.phone.play(stage.tone(Kind.RINGBACK, 120), "ringback")


def announcements(stage: Stage) -> Frames:
    """Every so often one of the two announcements that the target has registered."""
    yield from stage.to_queue()
    while True:
        yield from stage.hold(stage.some(8, 20))
        yield from stage.announce()


def new_announcements(stage: Stage) -> Frames:
    """Nobody registered these, and none comes twice: the place in the queue, an estimate, an advertisement."""
    yield from stage.to_queue()
    while True:
        yield from stage.hold(stage.some(7, 16))
        yield from stage.announce(stage.cast.says(stage.site.machine, "queue"), "new announcement")


def in_the_agents_voice(stage: Stage) -> Frames:
    """Announcements spoken by another voice than the menu's: as a person would sound who comes in."""
    yield from stage.to_queue()
    while True:
        yield from stage.hold(stage.some(7, 16))
        yield from stage.announce(stage.cast.says(stage.site.agent, "queue"), "announcement in another voice")


def like_an_agent(stage: Stage) -> Frames:
    """A recording greets as an agent would, and then the music goes on.

    A synthesiser says a phrase twice alike to the sample, as no person does: it is not the voice of the agent's own
    registered greeting, some words of which it would otherwise contain.
    """
    yield from stage.to_queue()
    yield from stage.hold(stage.some(4, 10))
    agent = stage.site.agent
    speaker = agent if agent.is_person else stage.cast.speaker(agent, stage.site.machine)
    yield from stage.announce(stage.cast.says(speaker, "agent_like"), "recording that greets like an agent")
    yield from stage.hold(FOR_EVER_S)


def announcement_and_a_pause(stage: Stage) -> Frames:
    """After each announcement, seconds of silence before the music starts again."""
    yield from stage.to_queue()
    while True:
        yield from stage.hold(stage.some(6, 14))
        yield from stage.announce(stage.cast.says(stage.site.machine, "queue"), "announcement")
        yield from stage.phone.quiet(stage.some(1.5, 5), "pause")


def announcement_over_music(stage: Stage) -> Frames:
    yield from stage.to_queue()
    while True:
        yield from stage.hold(stage.some(5, 12))
        said = stage.cast.says(stage.site.machine, "queue")
        yield from stage.phone.play(added(said, 0.35 * stage.site["hold_music"]), "announcement over music")


def announcements_without_music(stage: Stage) -> Frames:
    """Comfort noise, and every 8 to 15 seconds an announcement."""
    yield from stage.to_queue()
    while True:
        yield from stage.phone.play(tones.white(stage.dice, stage.some(8, 15), -62), "comfort noise")
        yield from stage.announce()


def tracks_with_gaps(stage: Stage) -> Frames:
    yield from stage.to_queue()
    while True:
        yield from stage.hold(stage.some(6, 14))
        yield from stage.phone.quiet(stage.some(2, 7), "gap between tracks")


def singing_for_ever(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.phone.loop(singing(stage.cast, 30), FOR_EVER_S, "music with vocals")


def advertisement(stage: Stage) -> Frames:
    """Two voices talk to each other as in a radio spot, between the music."""
    yield from stage.to_queue()
    one, other = stage.site.agent, stage.cast.speaker(stage.site.agent, stage.site.machine)
    spot = [stage.cast.says(who, "agent") for who in (one, other, one, other)]
    spot = [piece for said in spot for piece in (said, tones.silence(0.25))]
    while True:
        yield from stage.hold(stage.some(5, 10))
        yield from stage.phone.play(np.concatenate(spot), "advertisement")


def comfort_noise_only(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.phone.loop(tones.white(stage.dice, 10, -60), FOR_EVER_S, "comfort noise")


def closed(stage: Stage) -> Frames:
    yield from stage.to_queue(is_transfer_said=stage.perhaps(0.4))
    yield from stage.announce(stage.site["closed"], "closed announcement")
    yield from _ending(stage)


def full(stage: Stage) -> Frames:
    yield from stage.to_queue()
    if stage.perhaps(0.4):
        yield from stage.hold(stage.some(3, 8))
    yield from stage.announce(stage.site["full"], "full announcement")
    yield from _ending(stage)


def silent_agent(stage: Stage) -> Frames:
    """The music stops: somebody took the call, and nothing more is heard than, perhaps, his room."""
    yield from stage.to_queue()
    yield from stage.waiting()
    room = tones.rumbling(stage.dice, 20, stage.some(-70, -52))
    yield from stage.phone.loop(room, 60, "somebody took it and says nothing")
    stage.phone.end()


def no_packets_after_music(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.phone.nothing(60, "no packets any more")
    stage.phone.end()


def dropped_in_queue(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting()
    stage.phone.end()


def busy_tone_in_queue(stage: Stage) -> Frames:
    """An analogue exchange ends the call by a tone and leaves the line open."""
    yield from stage.to_queue()
    yield from stage.waiting()
    yield from stage.phone.play(stage.tone(Kind.BUSY, 120), "busy tone")


def voicemail(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.waiting(8, 16)
    speaker = stage.site.machine if stage.perhaps(0.5) else stage.site.agent
    yield from stage.announce(stage.cast.says(speaker, "voicemail"), "answering machine")
    yield from stage.phone.play(tones.tone((1000.0 if stage.perhaps(0.5) else 1400.0,), 0.4), "its beep")
    yield from stage.phone.quiet(40, "records")
    stage.phone.end()


def callback(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.hold(stage.some(6, 12))
    offer = stage.cast.says(stage.site.machine, "callback")
    for _ in range(3):
        yield from stage.announce(offer, "callback offer")
        yield from stage.phone.quiet(4, "waits for a key")
    stage.phone.end()


def back_to_the_menu(stage: Stage) -> Frames:
    yield from stage.to_queue()
    yield from stage.hold(stage.some(6, 14))
    if stage.perhaps(0.5):
        yield from stage.announce()
    for _ in range(4):
        yield from stage.phone.play(stage.site["greeting"], "greeting again")
        yield from stage.phone.quiet(5, "waits for a key")
    stage.phone.end()


def queue_gives_up(stage: Stage) -> Frames:
    """An announcement that nobody is free, not registered, then the end."""
    yield from stage.to_queue()
    yield from stage.hold(stage.some(10, 20))
    yield from stage.announce(stage.cast.says(stage.site.machine, "full"), "nobody is free")
    yield from stage.phone.quiet(0.5)
    stage.phone.end()


def _ending(stage: Stage) -> Frames:
    yield from stage.phone.quiet(stage.some(0.3, 1.5))
    if stage.perhaps(0.7):
        stage.phone.end()
    else:
        yield from stage.phone.quiet(60, "nothing more")


def _absent(name: str, script, causes: tuple[Cause, ...], weight: int = 3, **more) -> Scene:
    return Scene(name, script, Agent.ABSENT, causes, weight=weight, **more)


SCENES = (
    _absent("queue-music", music_for_ever, NOBODY),
    _absent("queue-ringback", ringback_for_ever, RANG),
    _absent("queue-announcements", announcements, ANNOUNCED),
    _absent("queue-new-announcements", new_announcements, ANNOUNCED, 5),
    _absent("queue-announcements-in-agents-voice", in_the_agents_voice, ANNOUNCED, 4),
    _absent("queue-like-an-agent", like_an_agent, ANNOUNCED, 5),
    _absent("queue-announcement-and-pause", announcement_and_a_pause, ANNOUNCED, 4),
    _absent("queue-announcement-over-music", announcement_over_music, NOBODY),
    _absent("queue-announcements-without-music", announcements_without_music, NOBODY, 2, known=REGISTERED),
    _absent("queue-tracks-with-gaps", tracks_with_gaps, NOBODY),
    _absent("queue-singing", singing_for_ever, NOBODY),
    _absent("queue-advertisement", advertisement, NOBODY),
    _absent("queue-comfort-noise", comfort_noise_only, NOBODY, 2, known=REGISTERED),
    _absent("queue-closed", closed, (Cause.QUEUE_CLOSED,), needs="closed", instead=ONLY, known=WITH_GREETING),
    _absent("queue-full", full, (Cause.QUEUE_FULL,), needs="full", instead=ONLY, known=WITH_GREETING),
    _absent("agent-silent", silent_agent, (Cause.AGENT_SILENT,), 4),
    _absent("agent-without-packets", no_packets_after_music, (Cause.AGENT_SILENT, Cause.MEDIA_NO_RTP), 2),
    _absent("queue-dropped", dropped_in_queue, (Cause.IVR_DROPPED,), 4),
    _absent("queue-busy-tone", busy_tone_in_queue, (Cause.IVR_DROPPED, Cause.TELCO_BUSY, Cause.AGENT_NO_ANSWER)),
    _absent("queue-voicemail", voicemail, (Cause.AGENT_NO_ANSWER, Cause.QUEUE_TIMEOUT, Cause.IVR_ANNOUNCEMENT_ONLY)),
    _absent("queue-callback-offer", callback, (Cause.QUEUE_TIMEOUT, Cause.AGENT_NO_ANSWER, Cause.IVR_DROPPED)),
    _absent("queue-back-to-menu", back_to_the_menu, (*NOBODY, Cause.IVR_DROPPED), known=WITH_GREETING),
    _absent("queue-gives-up", queue_gives_up, (Cause.QUEUE_FULL, Cause.QUEUE_TIMEOUT, Cause.IVR_DROPPED), known=EVERY),
)
