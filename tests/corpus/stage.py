"""What happens in any call to a contact centre, for scripts to be made of: arriving, choosing, waiting, being answered.

Nothing here knows what is judged; the truth of a call stands with its scene.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from corpus import tones
from corpus.centre import Cast, Site, by_mobile
from corpus.channel import added
from corpus.phone import Frames, Phone

from probe_runner.voice.ear.sound import Kind, Samples
from probe_runner.voice.timeline import SignName

FOR_EVER_S = 900.0
AGENT_TONE_HZ = 1_000.0
AGENT_KEY = "5"
_MENU_TIMES = 3
_AGENT_STAYS = 3


class Known(StrEnum):
    """Which recordings the target has registered."""

    ALL = "all"
    NO_AGENT_GREETING = "no_agent_greeting"
    ONLY_GREETING = "only_greeting"
    NONE = "none"

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the registered recordings."""
        every = ("greeting", "menu", "transfer", "hold_music", "queue", "closed", "full", "agent_greeting")
        return {Known.ALL: every, Known.NO_AGENT_GREETING: every[:-1], Known.ONLY_GREETING: every[:1]}.get(self, ())


class Help(StrEnum):
    """What the contact centre does to make it certain."""

    NONE = "none"
    KEY = "key"
    TONE = "tone"
    SSRC = "ssrc"
    IDENTITY = "identity"
    AMI = "ami"
    CHALLENGE = "challenge"


@dataclass
class Stage:
    """One call: its far end, its contact centre, and the dice."""

    phone: Phone
    cast: Cast
    site: Site
    dice: np.random.Generator
    known: Known
    help: Help
    _music_at_s: float = 0.0

    def some(self, low: float, high: float) -> float:
        """A time between."""
        return float(self.dice.uniform(low, high))

    def perhaps(self, share: float) -> bool:
        """Whether it happens this time."""
        return bool(self.dice.random() < share)

    def ringing(self, seconds: float) -> Frames:
        """Dialled, routed, ringing: without sound, or with the exchange's tone before the answer."""
        phone = self.phone
        yield from phone.nothing(self.some(0.2, 1.5))
        phone.ring()
        if self.perhaps(0.35):
            phone.progress()
            yield from phone.play(self.tone(Kind.RINGBACK, seconds), "early ringback")
        else:
            yield from phone.nothing(seconds)

    def arriving(self, greeting_after_s: float | None = None) -> Frames:
        """Rings, is answered, begins to greet."""
        yield from self.ringing(self.some(0.5, 4))
        self.phone.answer()
        yield from self.phone.quiet(self.some(0.1, 1.5) if greeting_after_s is None else greeting_after_s)

    def tone(self, kind: Kind, seconds: float) -> Samples:
        """A tone of this site's country."""
        return tones.cadenced(tones.cadence_of(self.site.country, kind), seconds, self.some(-26, -14))

    def choosing(self, *, is_hearing: bool = True) -> Frames:
        """Greeting and menu until a key is heard; some machines hear none while they speak. Hangs up at the end."""
        hears_while_speaking = self.known is Known.NONE or self.perhaps(0.85)
        is_silent_wait = self.perhaps(0.25)
        for turn in range(_MENU_TIMES):
            before = self.phone.keys

            def has_key(before: int = before) -> bool:
                return is_hearing and self.phone.keys > before

            part = "greeting" if turn == 0 or self.known is not Known.ALL else "menu"
            yield from self.phone.play(self.site[part], part, until=has_key if hears_while_speaking else None)
            if not hears_while_speaking:
                before = self.phone.keys
            wait = self.phone.nothing if is_silent_wait else self.phone.quiet
            yield from wait(6, "waits for a key", until=lambda before=before: has_key(before))
            if has_key(before):
                self.phone.note("key heard")
                return
        self.phone.end()

    def to_queue(self, greeting_after_s: float | None = None, *, is_transfer_said: bool = True) -> Frames:
        """All the way to where waiting begins."""
        yield from self.arriving(greeting_after_s)
        yield from self.choosing()
        if self.phone.said.ended_s is not None:
            return
        yield from self.phone.quiet(self.some(0.1, 0.9))
        if self.perhaps(0.2):
            self.phone.sign(SignName.SSRC_CHANGED, "the queue")
        if is_transfer_said:
            yield from self.phone.play(self.site["transfer"], "transfer prompt")
            yield from self.phone.quiet(self.some(0.1, 0.8))

    def hold(self, seconds: float) -> Frames:
        """Hold music, going on where it stopped."""
        yield from self.phone.loop(self.site["hold_music"], seconds, "hold music", start_s=self._music_at_s)
        self._music_at_s += seconds

    def announce(self, sound: Samples | None = None, label: str = "announcement") -> Frames:
        """Something said to those who wait; one of the two registered ones unless told."""
        chosen = self.site.queue[int(self.dice.integers(2))] if sound is None else sound
        is_elsewhere = self.perhaps(0.15)
        yield from self.phone.quiet(self.some(0.1, 0.8))
        if is_elsewhere:
            self.phone.sign(SignName.SSRC_CHANGED, "the announcements")
        yield from self.phone.play(chosen, label)
        yield from self.phone.quiet(self.some(0.1, 0.8))
        if is_elsewhere:
            self.phone.sign(SignName.SSRC_CHANGED, "the queue")

    def waiting(self, low: float = 5, high: float = 16) -> Frames:
        """An ordinary wait: music, or ringback."""
        if self.perhaps(0.25):
            yield from self.phone.play(self.tone(Kind.RINGBACK, self.some(low, high)), "ringback")
        else:
            yield from self.hold(self.some(low, high))

    def picked_up(self) -> Frames:
        """An agent takes the call; the contact centre says so where it has agreed to."""
        self.phone.agent_here()
        if self.help is Help.AMI:
            self.phone.sign(SignName.AGENT_CONNECTED, "support SIP/rina")
        if self.help is Help.SSRC:
            self.phone.sign(SignName.SSRC_CHANGED, "the agent")
        if self.help is Help.IDENTITY:
            self.phone.sign(SignName.IDENTITY_CHANGED, "rina@example.invalid")
        if self.help is Help.TONE:
            yield from self.phone.play(tones.tone((AGENT_TONE_HZ,), 0.6), "agent tone")

    def first_words(self) -> Samples:
        """What an agent says when he comes: the registered greeting first, where there is one, more often than not."""
        agent = self.site.agent
        said = by_mobile(self.cast.sentence(agent, *["agent"] * int(self.dice.integers(1, 3))), self.dice)
        if self.known is Known.ALL and self.perhaps(0.6):
            return np.concatenate([self.site["agent_greeting"], tones.silence(self.some(0.2, 0.6)), said])
        return said

    def agent(self, said: Samples | None = None, after_s: float | None = None, floor: Samples | None = None) -> Frames:
        """An agent answers, speaks, listens, asks whether anybody is there, and hangs up in the end.

        ``floor``: what else is heard where the agent sits.
        """
        around = np.zeros(1, np.float32) if floor is None else floor
        yield from self.picked_up()
        yield from self.phone.play(self._around(around, self.some(0.1, 1.0) if after_s is None else after_s))
        words = self.first_words() if said is None else said
        self.phone.agent_word()
        yield from self.phone.play(added(words, around))
        if self.help is Help.KEY:
            self.phone.sign(SignName.DIGIT_HEARD, AGENT_KEY)
        for _ in range(_AGENT_STAYS):
            listens = self._around(around, self.some(2.5, 5))
            yield from self.phone.play(listens, "agent listens", until=lambda: self.phone.is_being_told)
            yield from self._listening_to_us(around)
            yield from self.phone.play(added(self.cast.says(self.site.agent, "word"), around), "agent speaks again")
        yield from self.phone.play(self._around(around, 4))
        self.phone.end()

    def _listening_to_us(self, floor: Samples) -> Frames:
        """A person hears out what he is asked, and takes breath before he answers."""
        if not self.phone.is_being_told:
            return
        while self.phone.is_being_told:
            yield from self.phone.play(self._around(floor, 0.2))
        yield from self.phone.play(self._around(floor, self.some(0.4, 1.5)))

    def _around(self, floor: Samples, seconds: float) -> Samples:
        return added(tones.silence(seconds), floor)
