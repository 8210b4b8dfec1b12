"""The labelled segments: sounds of one class, over a line, with the seconds between which they are heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from corpus import tones
from corpus.calls import SEED
from corpus.centre import Cast, by_mobile
from corpus.channel import Line, added, carried, some_line
from corpus.material import Half, levelled
from corpus.singing import singing

from probe_runner.voice.ear.sound import HOP, HOP_S, RATE, Kind, Samples

LEAD_S, TAIL_S = 0.6, 0.8
USUAL_COUNT = 630
_QUIET_DBFS, _PAUSE_S = -40.0, 0.2
Maker = Callable[[Cast], Samples]


@dataclass(frozen=True)
class Class:
    """A kind of material. ``kinds``: what it may be called, the best word first; two where people would differ."""

    name: str
    kinds: tuple[Kind, ...]
    make: Maker


@dataclass(frozen=True)
class Spec:
    """One segment of the list."""

    half: Half
    number: int
    made_of: Class

    def __reduce__(self):
        """Other processes look the class up themselves: makers cannot be sent."""
        return spec_of, (self.half, self.number)

    @property
    def name(self) -> str:
        """By which it is looked into."""
        return f"{self.half}-s{self.number:03d}-{self.made_of.name}"


@dataclass(frozen=True)
class Segment:
    """A sound with its label: between ``start_s`` and ``end_s`` it is of its class, around it is silence.

    ``pauses``: stretches in it, from, to, in which nothing sounds and which may be called silence as well.
    ``references``: recordings of the same voice by name; ``"known"`` is what is heard, where there is one.
    """

    samples: Samples
    start_s: float
    end_s: float
    country: str
    pauses: tuple[tuple[float, float], ...] = ()
    references: tuple[tuple[str, Samples], ...] = ()


def _cadence(kind: Kind) -> Maker:
    def make(cast: Cast) -> Samples:
        cadence = tones.cadence_of(cast.country, kind)
        return tones.cadenced(cadence, 11 if kind is Kind.RINGBACK else 5, float(cast.dice.uniform(-28, -14)))

    return make


def _digits(cast: Cast) -> Samples:
    keys = cast.dice.choice(list("12590#"), 4)
    return np.concatenate([piece for key in keys for piece in (tones.digit(key, 0.3), tones.silence(0.1))])


def _beep(cast: Cast) -> Samples:
    return tones.tone((float(cast.dice.choice([440, 1000, 1400])),), float(cast.dice.uniform(0.8, 2)))


def _speech(cast: Cast) -> Samples:
    speaker = cast.speaker()
    return cast.sentence(speaker, *["agent"] * int(cast.dice.integers(1, 4)))


def _by_telephone(cast: Cast) -> Samples:
    return by_mobile(_speech(cast), cast.dice)


def _in_noise(cast: Cast) -> Samples:
    said = _speech(cast)
    return added(said, tones.rumbling(cast.dice, len(said) / RATE, float(cast.dice.uniform(-42, -31))))


def _two(cast: Cast) -> Samples:
    one, other = _speech(cast), _speech(cast)
    return levelled(added(one, other) if len(one) > len(other) else added(other, one))


def _bed(cast: Cast) -> Samples:
    said = cast.sentence(cast.speaker(), "queue", "queue")
    return added(said, levelled(cast.music(len(said) / RATE), float(cast.dice.uniform(-34, -26))))


CLASSES = (
    Class("silence", (Kind.SILENCE,), lambda cast: tones.silence(cast.dice.uniform(3, 6))),
    Class("comfort-noise", (Kind.SILENCE,), lambda cast: tones.white(cast.dice, 5, cast.dice.uniform(-66, -55))),
    Class("ringback", (Kind.RINGBACK,), _cadence(Kind.RINGBACK)),
    Class("busy", (Kind.BUSY,), _cadence(Kind.BUSY)),
    Class("congestion", (Kind.CONGESTION,), _cadence(Kind.CONGESTION)),
    Class("information-tone", (Kind.TONE,), lambda cast: tones.information_tone()),  # noqa: ARG005  a maker's shape
    Class("digits", (Kind.TONE,), _digits),
    Class("beep", (Kind.TONE,), _beep),
    Class("hold-music", (Kind.MUSIC,), lambda cast: cast.music(10)),
    Class("hold-music", (Kind.MUSIC,), lambda cast: cast.music(6)),
    Class("music-with-vocals", (Kind.MUSIC, Kind.SPEECH), lambda cast: singing(cast, 9)),
    Class("announcement-over-music", (Kind.SPEECH, Kind.MUSIC), _bed),
    Class("known-prompt", (Kind.SPEECH,), lambda cast: cast.says(cast.speaker(), "greeting")),
    Class("speech", (Kind.SPEECH,), _speech),
    Class("speech-by-telephone", (Kind.SPEECH,), _by_telephone),
    Class("speech-in-noise", (Kind.SPEECH,), _in_noise),
    Class("one-word", (Kind.SPEECH,), lambda cast: cast.says(cast.speaker(), "word")),
    Class("two-speakers", (Kind.SPEECH,), _two),
    Class("babble", (Kind.OTHER, Kind.SPEECH), lambda cast: levelled(cast.babble(6, 6), cast.dice.uniform(-40, -28))),
    Class("noise", (Kind.OTHER,), lambda cast: tones.rumbling(cast.dice, 6, cast.dice.uniform(-40, -26))),
    Class("white-noise", (Kind.OTHER,), lambda cast: tones.white(cast.dice, 5, cast.dice.uniform(-40, -28))),
)


def segments(half: Half, count: int = USUAL_COUNT) -> list[Spec]:
    """The first segments of a half, the classes by turns."""
    return [spec_of(half, number) for number in range(count)]


def spec_of(half: Half, number: int) -> Spec:
    """One segment of the list."""
    return Spec(half, number, CLASSES[number % len(CLASSES)])


def segment_of(spec: Spec) -> Segment:
    """Let the dice of this segment fall."""
    dice = np.random.default_rng([SEED, 7, list(Half).index(spec.half), spec.number])
    cast = Cast(spec.half, dice)
    sound = spec.made_of.make(cast)
    line = _steady(some_line(dice), spec.made_of)
    whole = np.concatenate([tones.silence(LEAD_S), sound, tones.silence(TAIL_S)])
    references = _references(spec, cast, sound)
    pauses = () if spec.made_of.kinds[0] is Kind.SILENCE else _pauses(sound)
    return Segment(carried(whole, line, dice), LEAD_S, LEAD_S + len(sound) / RATE, cast.country, pauses, references)


def _pauses(sound: Samples) -> tuple[tuple[float, float], ...]:
    """Where nothing is louder than a line's own noise for longer than a syllable's gap."""
    frames = sound[: len(sound) // HOP * HOP].reshape(-1, HOP)
    is_quiet = np.concatenate([[False], 20 * np.log10(np.abs(frames).max(axis=1) + 1e-6) < _QUIET_DBFS, [False]])
    turns = np.flatnonzero(np.diff(is_quiet.astype(int)))
    found = ((start * HOP_S + LEAD_S, end * HOP_S + LEAD_S) for start, end in turns.reshape(-1, 2))
    return tuple((start, end) for start, end in found if end - start >= _PAUSE_S)


def _references(spec: Spec, cast: Cast, sound: Samples) -> tuple[tuple[str, Samples], ...]:
    """What is heard, where it is to be recognised; otherwise two other recordings, which must not be."""
    if spec.made_of.kinds[0] is not Kind.SPEECH or spec.made_of.name == "one-word":
        return ()
    if spec.made_of.name == "known-prompt":
        return (("known", sound),)
    speaker = cast.speaker()
    return tuple((part, cast.says(speaker, part)) for part in ("greeting", "transfer"))


def _steady(line: Line, made_of: Class) -> Line:
    """A line that keeps the label true: no slips, and what is silence or noise keeps its level."""
    is_level_meant = made_of.name in {"silence", "comfort-noise", "babble", "noise", "white-noise"}
    if is_level_meant:
        return Line(line.coding)
    return Line(line.coding, max(line.gain_db, -12.0), line.noise_dbfs, line.constant, line.loss, line.burst)
