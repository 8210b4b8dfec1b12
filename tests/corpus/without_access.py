"""Scenes in which the customer does not even get through: the network, the sound, the IVR."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from corpus import tones
from corpus.phone import Frames
from corpus.scene import EVERY, WITH_GREETING, Agent, Scene, Script
from corpus.stage import Known, Stage

from probe_runner.voice.ear.sound import RATE, Kind
from shared.vocabulary import Cause


def refused(code: int, reason: str) -> Script:
    """A final answer without a word."""

    def script(stage: Stage) -> Frames:
        yield from stage.phone.nothing(stage.some(0.3, 3))
        if stage.perhaps(0.3):
            stage.phone.ring()
            yield from stage.phone.nothing(stage.some(0.5, 4))
        stage.phone.end(code, reason)

    return script


def refused_by_tone(kind: Kind, code: int, reason: str) -> Script:
    """The exchange plays its tone in early media; the code comes late."""

    def script(stage: Stage) -> Frames:
        yield from stage.phone.nothing(stage.some(0.3, 2))
        stage.phone.progress()
        yield from stage.phone.play(stage.tone(kind, stage.some(5, 9)), f"early {kind.value}")
        stage.phone.end(code, reason)

    return script


def tone_and_no_code(kind: Kind) -> Script:
    """The exchange plays its tone in early media until we give up."""

    def script(stage: Stage) -> Frames:
        yield from stage.phone.nothing(stage.some(0.3, 2))
        stage.phone.progress()
        yield from stage.phone.play(stage.tone(kind, 90), f"early {kind.value}")

    return script


def unknown_number(stage: Stage) -> Frames:
    """Three rising tones and an announcement in early media, then 404."""
    yield from stage.phone.nothing(stage.some(0.3, 2))
    stage.phone.progress()
    yield from stage.phone.play(tones.information_tone(), "information tone")
    yield from stage.phone.play(stage.site["wrong"], "early announcement")
    stage.phone.end(404, "Not Found")


def rings_for_ever(stage: Stage) -> Frames:
    yield from stage.ringing(90)


def no_sign_at_all(stage: Stage) -> Frames:
    yield from stage.phone.nothing(32)
    stage.phone.end(408, "Request Timeout", is_local=True)


def no_packets(stage: Stage) -> Frames:
    yield from _answered(stage)
    yield from stage.phone.nothing(60, "no packet")


def dead_air(stage: Stage) -> Frames:
    yield from _answered(stage)
    noise = tones.white(stage.dice, 10, -64) if stage.perhaps(0.5) else tones.silence(10)
    yield from stage.phone.loop(noise, 60, "dead air")


def poor_audio(stage: Stage) -> Frames:
    """So much is lost that hardly a word is understood; the line of this scene is the cause."""
    yield from stage.arriving()
    yield from stage.choosing()
    yield from stage.hold(40)


def wrong_prompt(stage: Stage) -> Frames:
    yield from stage.arriving()
    for _ in range(4):
        yield from stage.phone.play(stage.site["wrong"], "another company's prompt")
        yield from stage.phone.quiet(stage.some(2, 4))
    stage.phone.end()


def late_greeting(stage: Stage) -> Frames:
    yield from stage.to_queue(greeting_after_s=stage.some(6.6, 8.8))
    yield from stage.waiting()
    yield from stage.agent()


def menu_ignored(stage: Stage) -> Frames:
    yield from stage.arriving()
    yield from stage.choosing(is_hearing=False)


def dropped_in_greeting(stage: Stage) -> Frames:
    yield from stage.arriving()
    sound = stage.site["greeting"]
    yield from stage.phone.play(sound[: int(stage.some(0.5, 3.5) * RATE)], "greeting, cut off")
    stage.phone.end()


def dropped_at_once(stage: Stage) -> Frames:
    yield from stage.arriving(stage.some(0.1, 3))
    stage.phone.end()


def dropped_at_the_key(stage: Stage) -> Frames:
    yield from stage.arriving()
    yield from stage.choosing()
    yield from stage.phone.quiet(stage.some(0.1, 1.5))
    stage.phone.end()


def announcement_only(stage: Stage) -> Frames:
    """The number answers, says something once or twice, and hangs up: there is no IVR behind it."""
    yield from stage.arriving()
    for _ in range(int(stage.dice.integers(1, 3))):
        yield from stage.phone.play(stage.site["wrong"][: 9 * RATE], "announcement")
        yield from stage.phone.quiet(1)
    stage.phone.end()


def closed_at_the_door(stage: Stage) -> Frames:
    """Out of hours the number answers with the closed announcement and hangs up."""
    yield from stage.arriving()
    yield from stage.phone.play(np.tile(stage.site["closed"], 1), "closed announcement")
    yield from stage.phone.quiet(0.6)
    stage.phone.end()


def _answered(stage: Stage) -> Frames:
    yield from stage.phone.nothing(stage.some(0.3, 1))
    stage.phone.ring()
    yield from stage.phone.nothing(stage.some(0.5, 3))
    stage.phone.answer()


_LATE = {"greeting_within_s": 6.0}


def _fails(
    name: str,
    script: Callable[[Stage], Frames],
    *causes: Cause,
    known: tuple[Known, ...] = EVERY,
    is_line_good: bool = True,
    weight: int = 1,
) -> Scene:
    return Scene(name, script, Agent.NOT_REACHED, causes, known, weight, is_line_good=is_line_good)


SCENES = (
    _fails("no-route-404", refused(404, "Not Found"), Cause.TELCO_NO_ROUTE),
    _fails("no-route-484", refused(484, "Address Incomplete"), Cause.TELCO_NO_ROUTE),
    _fails("no-route-announced", unknown_number, Cause.TELCO_NO_ROUTE),
    _fails("busy-486", refused(486, "Busy Here"), Cause.TELCO_BUSY),
    _fails("busy-tone", refused_by_tone(Kind.BUSY, 486, "Busy Here"), Cause.TELCO_BUSY),
    _fails("busy-tone-without-code", tone_and_no_code(Kind.BUSY), Cause.TELCO_BUSY),
    _fails("congestion-503", refused(503, "Service Unavailable"), Cause.TELCO_CONGESTION),
    _fails("congestion-tone", refused_by_tone(Kind.CONGESTION, 503, "Service Unavailable"), Cause.TELCO_CONGESTION),
    _fails("congestion-tone-without-code", tone_and_no_code(Kind.CONGESTION), Cause.TELCO_CONGESTION),
    _fails("no-answer", rings_for_ever, Cause.TELCO_NO_ANSWER, weight=2),
    _fails("no-answer-480", refused(480, "Temporarily Unavailable"), Cause.TELCO_NO_ANSWER),
    _fails("rejected-403", refused(403, "Forbidden"), Cause.TELCO_REJECTED),
    _fails("rejected-603", refused(603, "Decline"), Cause.TELCO_REJECTED),
    _fails("setup-timeout", no_sign_at_all, Cause.TELCO_SETUP_TIMEOUT, weight=2),
    _fails("no-rtp", no_packets, Cause.MEDIA_NO_RTP, weight=2),
    _fails("dead-air", dead_air, Cause.MEDIA_DEAD_AIR, weight=3),
    _fails("poor-audio", poor_audio, Cause.MEDIA_POOR_AUDIO, known=WITH_GREETING, is_line_good=False, weight=3),
    _fails("wrong-prompt", wrong_prompt, Cause.IVR_WRONG_PROMPT, known=WITH_GREETING, is_line_good=False, weight=3),
    Scene(
        "late-greeting",
        late_greeting,
        Agent.THERE,
        (Cause.IVR_LATE_GREETING,),
        WITH_GREETING,
        weight=3,
        settings=_LATE,
    ),
    _fails("menu-ignored", menu_ignored, Cause.IVR_MENU_IGNORED, known=WITH_GREETING, is_line_good=False, weight=3),
    _fails("dropped-in-greeting", dropped_in_greeting, Cause.IVR_DROPPED, is_line_good=False),
    _fails("dropped-at-once", dropped_at_once, Cause.IVR_DROPPED, is_line_good=False),
    _fails("dropped-at-key", dropped_at_the_key, Cause.IVR_DROPPED, is_line_good=False, known=WITH_GREETING),
    _fails("announcement-only", announcement_only, Cause.IVR_ANNOUNCEMENT_ONLY, known=WITH_GREETING, weight=3),
    _fails(
        "closed-at-the-door",
        closed_at_the_door,
        Cause.IVR_ANNOUNCEMENT_ONLY,
        Cause.QUEUE_CLOSED,
        known=WITH_GREETING,
    ),
)
