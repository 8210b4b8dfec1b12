"""How an access code or the web chat behaves, layer by layer; the defaults are a healthy one.

The layers are those of a call on its way in: the carrier, the wire, the menu, the queue, the agent. This room
holds values only: it plays no sound, answers no call and refuses to know who asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

RING_SECONDS = 0.3


class Keys(StrEnum):
    """How the centre learns which key was pressed."""

    EVENTS = "events"
    """RFC 4733 or SIP INFO."""
    TONES = "tones"
    """Only by the tones in the sound: no telephone-event in its SDP."""
    IGNORED = "ignored"


class Arrival(StrEnum):
    """What the caller's stack sees when an agent takes the call."""

    UNSEEN = "unseen"
    REINVITE = "reinvite"
    """A re-INVITE with the agent's identity (RFC 3325), and RTP from a new source."""
    UPDATE = "update"
    """The same by UPDATE (RFC 3311)."""
    REFER = "refer"
    """The caller is asked to call the agent (RFC 3515)."""


@dataclass(frozen=True)
class Announcement:
    """A recording that stands where something else should be: hung up after it, or played again and again."""

    sound: str
    is_repeated: bool = False


@dataclass(frozen=True)
class Setup:
    """From the INVITE to the answer. Refusals are RFC 3261 codes."""

    refusal: int | None = None
    is_swallowed: bool = False
    """The carrier never says a word."""
    is_only_trying: bool = False
    """The carrier says 100 and nothing more."""
    early: str | None = None
    """The sound of the early media (183 with SDP), played again and again until the answer."""
    ring_seconds: float | None = RING_SECONDS
    """None: rings for ever."""
    is_refreshed: bool = False
    """The centre keeps a session timer (RFC 4028) and refreshes it by UPDATE."""


@dataclass(frozen=True)
class Wire:
    """What becomes of the centre's RTP on its way to the caller."""

    is_sending: bool = True
    loss: float = 0.0
    """The share of packets that is lost, 0 to 1."""
    jitter_seconds: float = 0.0
    """The longest delay of a packet; each has its own, so they overtake each other."""


@dataclass(frozen=True)
class Menu:
    """From the answer to the key."""

    is_audible: bool = True
    greeting: str = "greeting"
    greeting_after_seconds: float = 0.0
    drops_after_seconds: float | None = None
    instead: Announcement | None = None
    keys: Keys = Keys.EVENTS
    is_gapping: bool = False
    """No RTP at all while the menu waits for a key."""
    is_dropping_after_key: bool = False


@dataclass(frozen=True)
class Queue:
    """From the key to the agent."""

    instead: Announcement | None = None
    music: str = "hold"
    announcement: str | None = None
    announcements: int | None = None
    """How often it is made; None: for ever."""
    has_agent: bool = True

    def is_announcing(self, made: int) -> bool:
        """Tell whether an announcement is due when so many were made."""
        return self.announcement is not None and (self.announcements is None or made < self.announcements)


@dataclass(frozen=True)
class Agent:
    """From the agent's answer on."""

    arrival: Arrival = Arrival.UNSEEN
    says: str | None = "agent"
    is_waiting_for_voice: bool = False
    """Says nothing until the caller has spoken."""
    key: str | None = None
    """Pressed (RFC 4733) once the caller has spoken, or after a while."""
    is_holding: bool = False
    """Puts the caller on hold (a=sendonly, RFC 3264, 8.4) and comes back."""


@dataclass(frozen=True)
class VoiceBehaviour:
    """What an access code does with a call."""

    setup: Setup = field(default_factory=Setup)
    wire: Wire = field(default_factory=Wire)
    menu: Menu = field(default_factory=Menu)
    queue: Queue = field(default_factory=Queue)
    agent: Agent = field(default_factory=Agent)

    @property
    def is_touched(self) -> bool:
        """Whether the carrier has to take the call's SDP and RTP in hand; a plain call passes it by."""
        is_seen = self.agent.arrival in (Arrival.REINVITE, Arrival.UPDATE) or self.agent.is_holding
        is_early = self.setup.early is not None or self.setup.is_refreshed
        return is_seen or is_early or self.wire != Wire() or self.menu.is_gapping or self.menu.keys is Keys.TONES


@dataclass(frozen=True)
class ChatBehaviour:
    """What the web chat does with a visitor. The refusal is an HTTP status."""

    refusal: int | None = None
    is_replying: bool = True
    is_reply_right: bool = True
    is_hearing_choices: bool = True
    is_open: bool = True
    has_agent: bool = True
    is_agent_speaking: bool = True
