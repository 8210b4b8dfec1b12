"""What the lab put on the wire in one call, message by message and packet by packet, and what was heard."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from lab.listening import RATE, find, find_each, loudness, read_wav

from sambung.lab.make_prompts import FOLDER

MU_LAW, KEY_EVENT = 0, 101
FRAME = 160
ALIKE, WHOLE = 0.8, 0.6
PIECE = 4 * RATE // 10
QUIET = 200


def _mu_law_table() -> np.ndarray:
    codes = ~np.arange(256) & 0xFF
    size = (((codes & 0x0F) << 3) + 132 << (codes >> 4 & 7)) - 132
    return np.where(codes & 0x80, -size, size).astype(float)


FROM_MU_LAW = _mu_law_table()


def to_mu_law(samples: np.ndarray) -> bytes:
    """Encode by the nearest entry of the table: slow, plain, and not the lab's way."""
    order = np.argsort(FROM_MU_LAW)
    middles = (FROM_MU_LAW[order][1:] + FROM_MU_LAW[order][:-1]) / 2
    return order[np.searchsorted(middles, samples)].astype(np.uint8).tobytes()


@dataclass
class WireOrder:
    """A call: whom, how long, what to press and say; times in seconds after the answer."""

    number: str
    seconds: float
    press: list[tuple[float, str, str]] = field(default_factory=list)
    say: list[tuple[float, str]] = field(default_factory=list)
    refer_answer: str = "603 Decline"


@dataclass
class Packet:
    at: float
    number: int
    time: int
    source: int
    kind: int
    payload: bytes


@dataclass
class WireCall:
    """What came: times in seconds since dialling."""

    messages: list[tuple[float, str]] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)
    answered_at: float | None = None
    ended_at: float | None = None
    is_ended_by_far_end: bool = False

    @property
    def codes(self) -> list[int]:
        """The statuses of the INVITE, each once."""
        of_invite = [text for _, text in self.messages if re.search(r"^CSeq: 1 INVITE", text, re.MULTILINE)]
        found = [int(text[8:11]) for text in of_invite if text.startswith("SIP/2.0 ")]
        return [code for code, _ in itertools.groupby(found)]

    def requests(self, method: str) -> list[tuple[float, str]]:
        """The requests of this method; of every one when it is empty."""
        asked = [(at, text) for at, text in self.messages if not text.startswith("SIP/2.0 ")]
        return [(at, text) for at, text in asked if method in ("", text.partition(" ")[0])]

    def response(self, code: int) -> str:
        return next(text for _, text in self.messages if text.startswith(f"SIP/2.0 {code} "))

    @property
    def sources(self) -> list[int]:
        return [source for source, _ in itertools.groupby(packet.source for packet in self.packets)]

    @property
    def keys(self) -> list[int]:
        """The keys the far end pressed (RFC 4733), each once."""
        pressed = [(packet.time, packet.payload[0]) for packet in self.packets if packet.kind == KEY_EVENT]
        return [key for (_, key), _ in itertools.groupby(pressed)]

    def longest_gap(self) -> float:
        """The longest time without a packet, between the first and the last."""
        times = [packet.at for packet in self.packets]
        return max(later - earlier for earlier, later in itertools.pairwise(times))

    def lost(self) -> float:
        """The share of packets missing among the numbers of the last source."""
        numbers = [packet.number for packet in self.packets if packet.source == self.sources[-1]]
        return 1 - len(set(numbers)) / ((max(numbers) - min(numbers)) + 1)

    def jitter_ms(self) -> float:
        """The interarrival jitter at the end (RFC 3550, 6.4.1)."""
        jitter = 0.0
        for before, after in itertools.pairwise([packet for packet in self.packets if packet.kind == MU_LAW]):
            if before.source == after.source:
                change = (after.at - before.at) * 1000 - (after.time - before.time) / RATE * 1000
                jitter += (abs(change) - jitter) / 16
        return jitter

    @cached_property
    def sound(self) -> np.ndarray:
        """What was heard, second 0 being the dialling; each source is laid down by its own clock."""
        heard = np.zeros(int((self.packets[-1].at + 2) * RATE) if self.packets else 0)
        for source in dict.fromkeys(self.sources):
            spoken = [packet for packet in self.packets if packet.source == source and packet.kind == MU_LAW]
            for packet in spoken:
                at = int(spoken[0].at * RATE) + (packet.time - spoken[0].time) % (1 << 32)
                piece = FROM_MU_LAW[np.frombuffer(packet.payload, np.uint8)]
                if at + len(piece) <= len(heard):
                    heard[at : at + len(piece)] = piece
        return heard

    def at(self, prompt: str) -> float | None:
        """The second at which a prompt is heard; None when less than half of it is.

        As a whole first, which is quick; in pieces when a busy machine has put a pause into it.
        """
        likeness, place = find(self.sound, read_wav(FOLDER / f"{prompt}.wav"))
        return place if likeness > WHOLE else self.begins(prompt, 0.5)

    def cadence(self, start: float, end: float) -> tuple[float, float]:
        """The usual length of sound and of pause in a stretch, in seconds."""
        part = self.sound[int(start * RATE) : int(end * RATE)]
        is_loud = np.abs(part[: len(part) // FRAME * FRAME]).reshape(-1, FRAME).max(axis=1) > QUIET
        runs = [(loud, len(list(run)) * FRAME / RATE) for loud, run in itertools.groupby(is_loud)][1:-1]
        return tuple(float(np.median([length for loud, length in runs if loud == wanted])) for wanted in (True, False))

    def share(self, prompt: str) -> float:
        """How much of a prompt was heard, 0 to 1."""
        return len(self._places(prompt)) / len(_pieces(prompt))

    def begins(self, prompt: str, least: float = 0.2) -> float | None:
        """The second at which a prompt begins of which at least this share is heard."""
        places = self._places(prompt)
        return float(np.median(places)) if len(places) >= least * len(_pieces(prompt)) else None

    def times(self, prompt: str) -> int:
        """How often the middle of a prompt is heard."""
        heard, (_, piece) = self.sound.copy(), _pieces(prompt)[len(_pieces(prompt)) // 2]
        count = 0
        while (best := find(heard, piece))[0] > ALIKE:
            count += 1
            heard[int(best[1] * RATE) : int(best[1] * RATE) + len(piece)] = 0
        return count

    def loudness(self, start: float, end: float) -> float:
        return loudness(self.sound, start, end)

    def strength(self, hertz: float, start: float, end: float) -> float:
        """The share of a stretch's energy that one frequency has, 0 to 1, in pieces of 100 ms."""
        part = self.sound[int(start * RATE) : int(end * RATE)]
        pieces = part[: len(part) // (RATE // 10) * (RATE // 10)].reshape(-1, RATE // 10)
        wave = np.exp(-2j * np.pi * hertz * np.arange(RATE // 10) / RATE)
        return float(np.sum(2 * np.abs(pieces @ wave) ** 2 / (RATE // 10)) / np.sum(pieces**2))

    def _places(self, prompt: str) -> list[float]:
        begins, sounds = zip(*_pieces(prompt), strict=True)
        found = zip(find_each(self.sound, list(sounds)), begins, strict=True)
        return [place - begin for (likeness, place), begin in found if likeness > ALIKE]


def length(prompt: str) -> float:
    """How long a prompt takes, in seconds."""
    return len(read_wav(FOLDER / f"{prompt}.wav")) / RATE


def _pieces(prompt: str) -> list[tuple[float, np.ndarray]]:
    sound = read_wav(FOLDER / f"{prompt}.wav")
    cut = [(at / RATE, sound[at : at + PIECE]) for at in range(0, len(sound) - PIECE + 1, PIECE)]
    return [(begins, piece) for begins, piece in cut if loudness(piece, 0, 1) > QUIET]
