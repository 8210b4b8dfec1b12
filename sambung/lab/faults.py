"""The faults of the lab, as data: each is a name, the layer it belongs to, one line for people, and a behaviour.

The layer is the word of those who have to mend it; `tricky` stands for what is healthy and easily misjudged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from sambung.lab.behaviour import (
    Agent,
    Announcement,
    Arrival,
    ChatBehaviour,
    Keys,
    Menu,
    Queue,
    Setup,
    VoiceBehaviour,
    Wire,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

NONE = "none"
FORBIDDEN, NOT_FOUND, TEMPORARILY_UNAVAILABLE, BUSY_HERE = 403, 404, 480, 486
MOVED_TEMPORARILY, SERVICE_UNAVAILABLE, DECLINE = 302, 503, 603

LATE_SECONDS = 10.0
EARLY_SECONDS = 6.0
FOR_EVER = None

B = TypeVar("B", VoiceBehaviour, ChatBehaviour)


@dataclass(frozen=True)
class Fault(Generic[B]):
    """What is broken, in whose layer, and how that shows."""

    layer: str
    line: str
    behaviour: B


def _telco(line: str, setup: Setup) -> Fault[VoiceBehaviour]:
    return Fault("telco", line, VoiceBehaviour(setup=setup))


def _media(line: str, wire: Wire) -> Fault[VoiceBehaviour]:
    return Fault("media", line, VoiceBehaviour(wire=wire))


def _ivr(line: str, menu: Menu) -> Fault[VoiceBehaviour]:
    return Fault("ivr", line, VoiceBehaviour(menu=menu))


def _queue(line: str, queue: Queue) -> Fault[VoiceBehaviour]:
    return Fault("queue", line, VoiceBehaviour(queue=queue))


def _tricky_agent(line: str, agent: Agent) -> Fault[VoiceBehaviour]:
    return Fault("tricky", line, VoiceBehaviour(agent=agent))


VOICE_FAULTS: Mapping[str, Fault[VoiceBehaviour]] = {
    NONE: Fault("healthy", "greeting, menu, hold music, an agent who speaks", VoiceBehaviour()),
    # telco
    "unreachable": _telco("404: nobody has this number", Setup(refusal=NOT_FOUND)),
    "busy": _telco("486", Setup(refusal=BUSY_HERE)),
    "busy-tone": Fault(
        "telco",
        "answers with 200 and plays the busy tone",
        VoiceBehaviour(menu=Menu(instead=Announcement("busy-tone", is_repeated=True))),
    ),
    "congestion": _telco("503", Setup(refusal=SERVICE_UNAVAILABLE)),
    "congestion-tone": _telco(
        "183 and the congestion tone as early media, never a final answer",
        Setup(early="congestion-tone", ring_seconds=FOR_EVER),
    ),
    "rings-for-ever": _telco("180 and nothing more", Setup(ring_seconds=FOR_EVER)),
    "unavailable": _telco("480", Setup(refusal=TEMPORARILY_UNAVAILABLE)),
    "forbidden": _telco("403", Setup(refusal=FORBIDDEN)),
    "declined": _telco("603", Setup(refusal=DECLINE)),
    "redirected": _telco("302 to another number of the lab, which is healthy", Setup(refusal=MOVED_TEMPORARILY)),
    "swallowed": _telco("no answer at all, not even 100", Setup(is_swallowed=True)),
    "trying-only": _telco("100 and nothing more", Setup(is_only_trying=True)),
    # media
    "no-rtp": _media("answers and sends no RTP packet", Wire(is_sending=False)),
    "dead-air": Fault("media", "answers and sends silence", VoiceBehaviour(menu=Menu(is_audible=False))),
    "poor-audio": _media(
        "of the RTP, 30 % is lost and the rest comes up to 80 ms late", Wire(loss=0.3, jitter_seconds=0.08)
    ),
    # ivr
    "wrong-prompt": _ivr("greets with a recording that is not ours", Menu(greeting="wrong-prompt")),
    "late-greeting": _ivr(
        f"greets {LATE_SECONDS:g} s after the answer, silent before", Menu(greeting_after_seconds=LATE_SECONDS)
    ),
    "ignores-dtmf": _ivr("hears no key", Menu(keys=Keys.IGNORED)),
    "drops-mid-greeting": _ivr("hangs up 1.5 s into the greeting", Menu(drops_after_seconds=1.5)),
    "drops-after-key": _ivr("hangs up when the agent's key is pressed", Menu(is_dropping_after_key=True)),
    "maintenance": _ivr(
        "announces maintenance instead of the greeting and hangs up", Menu(instead=Announcement("maintenance"))
    ),
    "maintenance-after-key": Fault(
        "ivr",
        "announces maintenance after the key, again and again",
        VoiceBehaviour(queue=Queue(instead=Announcement("maintenance", is_repeated=True))),
    ),
    # queue
    "queue-for-ever": _queue(
        "announces that all agents are busy, with music between, for ever", Queue(announcement="queue", has_agent=False)
    ),
    "closed": _queue("announces after the key that it is closed and hangs up", Queue(instead=Announcement("closed"))),
    "queue-full": _queue("announces after the key that the queue is full", Queue(instead=Announcement("full"))),
    # agent
    "no-agent": Fault("agent", "hold music for ever", VoiceBehaviour(queue=Queue(has_agent=False))),
    "agent-rings": Fault(
        "agent", "ringback tone for ever", VoiceBehaviour(queue=Queue(music="ringback-tone", has_agent=False))
    ),
    "agent-silent": Fault("agent", "the music ends and nobody speaks", VoiceBehaviour(agent=Agent(says=None))),
    # healthy, and easily misjudged; the last one is not healthy
    "early-media": Fault(
        "tricky",
        f"183 and the ringback tone as early media, answers after {EARLY_SECONDS:g} s",
        VoiceBehaviour(setup=Setup(early="ringback-tone", ring_seconds=EARLY_SECONDS)),
    ),
    "early-announcement": Fault(
        "tricky",
        f"183 and the carrier's announcement as early media, answers after {EARLY_SECONDS:g} s",
        VoiceBehaviour(setup=Setup(early="connecting", ring_seconds=EARLY_SECONDS)),
    ),
    "session-timer": Fault(
        "tricky", "refreshes its session timer by UPDATE every 2 s", VoiceBehaviour(setup=Setup(is_refreshed=True))
    ),
    "gap": Fault("tricky", "no RTP while the menu waits for a key", VoiceBehaviour(menu=Menu(is_gapping=True))),
    "in-band-dtmf-only": Fault(
        "tricky", "no telephone-event; hears keys by their tones only", VoiceBehaviour(menu=Menu(keys=Keys.TONES))
    ),
    "queue-then-agent": Fault(
        "tricky",
        "announces twice that all agents are busy, then an agent",
        VoiceBehaviour(queue=Queue(announcement="queue", announcements=2)),
    ),
    "agent-via-reinvite": _tricky_agent(
        "at the agent's answer a re-INVITE with P-Asserted-Identity, and a new SSRC", Agent(arrival=Arrival.REINVITE)
    ),
    "agent-via-update": _tricky_agent(
        "at the agent's answer an UPDATE with P-Asserted-Identity, and a new SSRC", Agent(arrival=Arrival.UPDATE)
    ),
    "refers": _tricky_agent(
        "sends REFER to the agent's extension; speaks itself when that is refused", Agent(arrival=Arrival.REFER)
    ),
    "agent-unknown": _tricky_agent("another agent with other words", Agent(says="agent-two")),
    "agent-says-hello": _tricky_agent("the agent says one word", Agent(says="hello")),
    "agent-presses-key": _tricky_agent(
        "the agent greets and presses 5 when the caller has spoken, or after 4 s", Agent(key="5")
    ),
    "agent-answers-challenge": _tricky_agent(
        "the agent is silent until the caller has spoken, then answers",
        Agent(says="agent-two", is_waiting_for_voice=True),
    ),
    "agent-tone": _tricky_agent("1004 Hz for a second and not a word", Agent(says="milliwatt")),
    "agent-holds": _tricky_agent(
        "the agent greets, puts the caller on hold (sendonly, music) and comes back", Agent(is_holding=True)
    ),
    "announcement-like-agent": Fault(
        "tricky",
        "a recording like an agent's greeting, then music for ever: no agent",
        VoiceBehaviour(queue=Queue(announcement="like-agent", announcements=1, has_agent=False)),
    ),
}


def _bot(line: str, behaviour: ChatBehaviour) -> Fault[ChatBehaviour]:
    return Fault("bot", line, behaviour)


CHAT_FAULTS: Mapping[str, Fault[ChatBehaviour]] = {
    NONE: Fault("healthy", "greeting, menu, an agent who speaks", ChatBehaviour()),
    "unreachable": _bot("refuses every visitor with 503", ChatBehaviour(refusal=SERVICE_UNAVAILABLE)),
    "no-reply": _bot("connects and says nothing", ChatBehaviour(is_replying=False)),
    "wrong-reply": _bot("answers something else", ChatBehaviour(is_reply_right=False)),
    "ignores-menu": _bot("shows its menu again whatever is chosen", ChatBehaviour(is_hearing_choices=False)),
    "closed": Fault("queue", "says that it is closed", ChatBehaviour(is_open=False)),
    "no-agent": Fault("agent", "asks to wait for ever", ChatBehaviour(has_agent=False)),
    "agent-silent": Fault("agent", "an agent joins and says nothing", ChatBehaviour(is_agent_speaking=False)),
}

FAULTS_BY_KIND: Mapping[str, Mapping[str, Fault[VoiceBehaviour]] | Mapping[str, Fault[ChatBehaviour]]] = {
    "voice": VOICE_FAULTS,
    "chat": CHAT_FAULTS,
}
