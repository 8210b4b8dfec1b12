"""A call as a timeline: what was signalled and what was heard. Knows no rule and no sound, only when.

All times in seconds since dialling.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from probe_runner.voice.sound import Kind

GREETING, TRANSFER, HOLD_MUSIC, AGENT_GREETING = "greeting", "transfer", "hold_music", "agent_greeting"


@dataclass(frozen=True)
class Span:
    """A stretch of one kind of sound."""

    kind: Kind
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Match:
    """A stretch in which a registered recording was recognised, and which part of that recording it was.

    ``score``: the best normalised correlation, 0 to 1. ``length_s``: of the whole recording.
    """

    name: str
    start_s: float
    end_s: float
    from_s: float
    to_s: float
    length_s: float
    score: float

    @property
    def heard_s(self) -> float:
        """How much of it was heard."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Signalling:
    """What the SIP and RTP sides of the call have said. ``None``: has not happened.

    ``code`` and ``reason`` are the last final answer; ``is_local`` says that our own stack made it up (RFC 3261,
    8.1.3.1) because the other side gave none.
    """

    ringing_s: float | None = None
    answered_s: float | None = None
    ended_s: float | None = None
    code: int = 0
    reason: str = ""
    is_local: bool = False
    recording_s: float | None = None
    packets: int = 0
    loss_percent: float = 0.0
    jitter_ms: float = 0.0
    keys_s: tuple[float, ...] = ()


@dataclass(frozen=True)
class Call:
    """All that is known of a call at ``now_s``."""

    now_s: float
    signalling: Signalling = field(default_factory=Signalling)
    spans: tuple[Span, ...] = ()
    matches: tuple[Match, ...] = ()
    heard_until_s: float = 0.0
    """Up to here the sound has been listened to; a little behind ``now_s``."""
