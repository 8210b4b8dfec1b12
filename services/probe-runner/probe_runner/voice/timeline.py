"""A call as a timeline: what was signalled and what was heard. Knows no rule and no sound, only when.

All times in seconds since dialling.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from probe_runner.voice.ear.sound import Kind


class Role(StrEnum):
    """What a registered recording is for, and so what hearing it means."""

    GREETING = "greeting"
    MENU = "menu"
    TRANSFER = "transfer"
    HOLD_MUSIC = "hold_music"
    QUEUE = "queue"
    """Said while waiting: "all our agents are busy", the place in the queue."""
    CLOSED = "closed"
    """Out of hours: nobody will come."""
    FULL = "full"
    """Too many are waiting: nobody will come."""
    AGENT_GREETING = "agent_greeting"


GREETING, TRANSFER, HOLD_MUSIC, AGENT_GREETING = Role.GREETING, Role.TRANSFER, Role.HOLD_MUSIC, Role.AGENT_GREETING


@dataclass(frozen=True)
class Span:
    """A stretch of one kind of sound.

    ``sureness``: 0.5 (a guess) to 1. ``repeats_s``: the second of this call at which the same sound was heard before;
    what repeats itself to the sample is a recording, not a person.
    """

    kind: Kind
    start_s: float
    end_s: float
    sureness: float = 1.0
    repeats_s: float | None = None

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Match:
    """A stretch in which a registered recording was recognised, and which part of that recording it was.

    ``name``: its role. ``file``: which recording of that role. ``score``: the best normalised correlation, 0 to 1.
    ``length_s``: of the whole recording.
    """

    name: str
    start_s: float
    end_s: float
    from_s: float
    to_s: float
    length_s: float
    score: float
    file: str = ""

    @property
    def heard_s(self) -> float:
        """How much of it was heard."""
        return self.end_s - self.start_s


class SignName(StrEnum):
    """What can be signalled in a call besides ringing, answer and end."""

    PROGRESS = "progress"
    """183 with media: what is heard from here to the answer is early (RFC 3960)."""
    REDIRECTED = "redirected"
    """3xx; the note names the new address."""
    REINVITED = "reinvited"
    UPDATED = "updated"
    HELD = "held"
    """The other side stopped listening or sending (RFC 3264, 8.4)."""
    RESUMED = "resumed"
    IDENTITY_CHANGED = "identity_changed"
    """Another P-Asserted-Identity or From (RFC 3325, RFC 4916); the note names it."""
    SSRC_CHANGED = "ssrc_changed"
    """Another source of RTP (RFC 3550, 8): the exchange has connected us to somebody else."""
    REFERRED = "referred"
    """REFER (RFC 3515); it is noted, never followed."""
    SESSION_REFRESHED = "session_refreshed"
    """RFC 4028."""
    DIGIT_HEARD = "digit_heard"
    """The note is the key the other side pressed."""
    TONE_HEARD = "tone_heard"
    """The agreed tone of the agent; the note is its frequency in Hz."""
    AGENT_CONNECTED = "agent_connected"
    """The contact centre's own event, such as Asterisk's ``AgentConnect``; the note names queue and member."""
    ANNOUNCED = "announced"
    """We began to say who we are."""
    ANNOUNCEMENT_ENDED = "announcement_ended"


@dataclass(frozen=True)
class Sign:
    """One thing signalled."""

    name: SignName
    at_s: float
    note: str = ""


@dataclass(frozen=True)
class Signalling:
    """What the SIP and RTP sides of the call have said. ``None``: has not happened.

    ``code`` and ``reason`` are the last final answer; ``is_local`` says that our own stack made it up (RFC 3261,
    8.1.3.1) because the other side gave none. ``gaps``: stretches from, to without any RTP packet.
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
    signs: tuple[Sign, ...] = ()
    gaps: tuple[tuple[float, float], ...] = ()
    codec: str = ""


@dataclass(frozen=True)
class Loudness:
    """How loud the other side was. ``speech_dbfs``: mean level while it sounded, 0 while nothing has."""

    speech_dbfs: float = 0.0
    clipped_percent: float = 0.0


@dataclass(frozen=True)
class Call:
    """All that is known of a call at ``now_s``."""

    now_s: float
    signalling: Signalling = field(default_factory=Signalling)
    spans: tuple[Span, ...] = ()
    matches: tuple[Match, ...] = ()
    heard_until_s: float = 0.0
    """Up to here the sound has been listened to; a little behind ``now_s``."""
    loudness: Loudness = field(default_factory=Loudness)

    def signs(self, *names: SignName, after: float = 0.0) -> list[Sign]:
        """What was signalled by these names, from ``after`` on."""
        return [sign for sign in self.signalling.signs if sign.name in names and sign.at_s >= after]
