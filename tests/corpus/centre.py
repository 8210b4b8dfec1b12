"""A pretend contact centre: whose voice its machine has, what it says and plays, and who its agents are.

Every site is drawn by the dice of its call from the material of one half. Two parts never use the same recording.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from corpus import tones
from corpus.channel import banded, by_gsm
from corpus.material import Half, Speaker, clip, lab, lengths, levelled, speakers, track, tracks
from corpus.wordings import ENGLISH, INDONESIAN, LENGTHS, OF_PEOPLE

from probe_runner.voice.ear.sound import RATE, Samples

_SHARE_OF_PEOPLE = 0.6
_COUNTRIES = ("id", "id", "id", "us", "uk", "de", "sg")
_BREATH_S = (0.15, 0.45)


@dataclass
class Cast:
    """Draws recordings of one half, none twice."""

    half: Half
    dice: np.random.Generator
    country: str = ""
    """Whose tones are played."""
    _used: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.country = str(self.dice.choice(_COUNTRIES))

    def speaker(self, *others: Speaker) -> Speaker:
        """Somebody else than ``others``: a person in three of five draws, where there are any."""
        there = [one for one in speakers(self.half) if one not in others] or speakers(self.half)
        people = [one for one in there if one.is_person]
        machines = [one for one in there if not one.is_person]
        chosen = people if people and (not machines or self.dice.random() < _SHARE_OF_PEOPLE) else machines
        return chosen[int(self.dice.integers(len(chosen)))]

    def says(self, speaker: Speaker, part: str) -> Samples:
        """Something that fits the part, in the speaker's voice."""
        names = [name for name in self._candidates(speaker, part) if (speaker.name, name) not in self._used]
        names = names or self._candidates(speaker, part)
        name = names[int(self.dice.integers(len(names)))]
        self._used.add((speaker.name, name))
        return clip(speaker, name)

    def _candidates(self, speaker: Speaker, part: str) -> list[str]:
        if not speaker.is_person:
            words = INDONESIAN if speaker.program == "espeak-ng" else ENGLISH
            return list(words[part])
        there = lengths(speaker)
        shortest, longest = LENGTHS[part]
        meant = [name for name in OF_PEOPLE.get(part, ()) if shortest <= there.get(name, 0) <= longest]
        return meant or [name for name, seconds in there.items() if shortest <= seconds <= longest]

    def sentence(self, speaker: Speaker, *parts: str) -> Samples:
        """Several things said with a breath between."""
        pieces: list[Samples] = []
        for part in parts:
            pieces += [self.says(speaker, part), tones.silence(self.dice.uniform(*_BREATH_S))]
        return np.concatenate(pieces[:-1])

    def music(self, seconds: float) -> Samples:
        """A stretch of a track of this half; without the package, the lab's own loop."""
        there = tracks(self.half)
        if not there:
            return np.resize(lab("hold"), int(seconds * RATE))
        whole = track(there[int(self.dice.integers(len(there)))].name)
        start = int(self.dice.integers(max(1, len(whole) - int(seconds * RATE))))
        return levelled(whole[start : start + int(seconds * RATE)])

    def babble(self, seconds: float, people: int = 5) -> Samples:
        """Several people at once, none of whom can be made out."""
        mixed = np.zeros(int(seconds * RATE), np.float32)
        for _ in range(people):
            speaker = self.speaker()
            said = np.concatenate([self.says(speaker, "agent") for _ in range(3)])
            mixed += np.resize(np.roll(said, int(self.dice.integers(len(said)))), len(mixed))
        return levelled(mixed)


LAB_PARTS = {
    "greeting": "greeting",
    "menu": "menu",
    "transfer": "transfer",
    "closed": "closed",
    "full": "unavailable",
    "wrong": "wrong-prompt",
    "agent_greeting": "agent",
}
LAB_SPEAKER = Speaker("lab", Half.TRAIN, "")


class LabCast(Cast):
    """The lab's few prompts in every part: what can be played where nothing is installed."""

    def speaker(self, *others: Speaker) -> Speaker:  # noqa: ARG002  there is only one
        """Always the same."""
        return LAB_SPEAKER

    def says(self, speaker: Speaker, part: str) -> Samples:  # noqa: ARG002
        """The prompt that comes nearest; whatever an agent says is one sentence."""
        usual = "agent" if part in {"agent", "word", "long", "agent_like"} else "information"
        return levelled(lab(LAB_PARTS.get(part, usual)))

    def music(self, seconds: float) -> Samples:
        """The lab's own loop."""
        return np.resize(levelled(lab("hold")), int(seconds * RATE))


@dataclass(frozen=True)
class Site:
    """What one contact centre plays, by role, and the voices of its people."""

    sounds: dict[str, Samples]
    queue: tuple[Samples, ...]
    machine: Speaker
    agent: Speaker
    country: str

    def __getitem__(self, role: str) -> Samples:
        return self.sounds[role]


def site_of(cast: Cast, *, is_agent_the_machine: bool = False) -> Site:
    """Draw a contact centre."""
    machine = cast.speaker()
    agent = machine if is_agent_the_machine else cast.speaker(machine)
    parts = ("greeting", "menu", "transfer", "closed", "full", "wrong")
    sounds = {part: cast.says(machine, part) for part in parts}
    sounds["greeting"] = sounds["greeting"][: 14 * RATE]
    sounds["agent_greeting"] = cast.says(agent, "agent_greeting")
    sounds["hold_music"] = cast.music(float(cast.dice.uniform(12, 40)))
    queue = tuple(cast.says(machine, "queue") for _ in range(2))
    return Site(sounds, queue, machine, agent, cast.country)


def by_mobile(sound: Samples, dice: np.random.Generator) -> Samples:
    """As an agent's own telephone may spoil it."""
    spoilt = by_gsm(sound) if dice.random() < 0.4 else sound
    return levelled(banded(spoilt)) if dice.random() < 0.5 else spoilt
