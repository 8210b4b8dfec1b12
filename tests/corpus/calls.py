"""The list of whole calls of a half: which scene, with what registered and agreed; the same list for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from corpus import with_agent, without_access, without_agent
from corpus.centre import Cast, Site, site_of
from corpus.channel import Channel, Line, some_line
from corpus.material import Half
from corpus.phone import Frames, Phone
from corpus.scene import Agent, Scene
from corpus.stage import AGENT_KEY, AGENT_TONE_HZ, Help, Known, Stage

from probe_runner.voice.ear.sound import Samples
from probe_runner.voice_target import Voice

SEED = 20_261_122
USUAL_COUNT = 420
SCENES = (*with_agent.SCENES, *without_agent.SCENES, *without_access.SCENES)
_HELPS = (Help.NONE,) * 7 + tuple(one for one in Help if one is not Help.NONE)
_PATIENCE = {"answer_within_s": 12.0, "greeting_within_s": 6.0, "menu_within_s": 5.0, "agent_within_s": 40.0}
_AMI = {"host": "pbx.invalid", "username": "sambung", "secret": "env:AMI_SECRET"}


@dataclass(frozen=True)
class Spec:
    """One call of the list."""

    half: Half
    number: int
    scene: Scene
    known: Known
    help: Help

    def __reduce__(self):
        """Other processes draw the same list themselves: scripts cannot be sent."""
        return call, (self.half, self.number)

    @property
    def name(self) -> str:
        """By which it is rerun."""
        return f"{self.half}-{self.number:03d}-{self.scene.name}"

    @property
    def is_cause_knowable(self) -> bool:
        """Whether what tells the cause is registered."""
        return not self.scene.needs or self.scene.needs in self.known.roles

    def voice(self, *, is_probable_enough: bool) -> Voice:
        """The target's plan."""
        named: dict[str, Any] = {role: PurePosixPath(f"{role}.wav") for role in self.known.roles}
        if "queue" in named:
            named["queue"] = (PurePosixPath("queue-0.wav"), PurePosixPath("queue-1.wav"))
        agreed: dict[Help, dict[str, Any]] = {
            Help.KEY: {"agent_key": AGENT_KEY},
            Help.TONE: {"agent_tone_hz": AGENT_TONE_HZ},
            Help.AMI: {"ami": _AMI},
            Help.CHALLENGE: {"is_challenge": True, "announcement": PurePosixPath("announcement.wav")},
        }
        given = {**_PATIENCE, **named, **agreed.get(self.help, {}), **self.scene.settings}
        return Voice.model_validate({"press": "9", "is_probable_enough": is_probable_enough, **given})


@dataclass(frozen=True)
class Setting:
    """Everything a call needs once the dice have fallen."""

    phone: Phone
    frames: Frames
    channel: Channel
    references: tuple[tuple[str, str, Samples], ...]
    """Role, file, sound."""
    country: str


def calls(half: Half, count: int = USUAL_COUNT) -> list[Spec]:
    """The first calls of a half: every scene once, then those of more weight again, and so on in rounds."""
    heaviest = max(scene.weight for scene in SCENES)
    a_round = [scene for turn in range(heaviest) for scene in SCENES if scene.weight > turn]
    seen: dict[str, int] = {}
    listed = []
    for number in range(count):
        scene = a_round[number % len(a_round)]
        turn = seen[scene.name] = seen.get(scene.name, -1) + 1
        dice = np.random.default_rng([SEED, _index(half), number, 1])
        helped = Help.NONE if scene.agent is Agent.NOT_REACHED else _HELPS[int(dice.integers(len(_HELPS)))]
        listed.append(Spec(half, number, scene, scene.known[(turn + number) % len(scene.known)], helped))
    return listed


def call(half: Half, number: int) -> Spec:
    """One call of the list."""
    return _listed(half, (number // USUAL_COUNT + 1) * USUAL_COUNT)[number]


@cache
def _listed(half: Half, count: int) -> list[Spec]:
    return calls(half, count)


def setting_of(spec: Spec, cast_of: Callable[[Half, np.random.Generator], Cast] = Cast) -> Setting:
    """Let the dice of this call fall."""
    dice = np.random.default_rng([SEED, _index(spec.half), spec.number])
    cast = cast_of(spec.half, dice)
    site = site_of(cast, is_agent_the_machine=spec.scene.is_agent_the_machine)
    phone = Phone()
    frames = spec.scene.script(Stage(phone, cast, site, dice, spec.known, spec.help))
    return Setting(phone, frames, Channel(_line(spec, dice), dice), tuple(_registered(site, spec.known)), site.country)


def _line(spec: Spec, dice: np.random.Generator) -> Line:
    if spec.scene.name == "poor-audio":
        return Line(loss=float(dice.uniform(0.3, 0.5)), burst=float(dice.uniform(1, 4)))
    return Line() if spec.scene.is_line_good else some_line(dice)


def _registered(site: Site, known: Known) -> list[tuple[str, str, Samples]]:
    found = [(role, f"{role}.wav", site[role]) for role in known.roles if role != "queue"]
    if "queue" in known.roles:
        found += [("queue", f"queue-{number}.wav", sound) for number, sound in enumerate(site.queue)]
    return found


def _index(half: Half) -> int:
    return list(Half).index(half)
