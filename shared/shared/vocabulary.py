"""The values everybody speaks of. Knows no bus, no clock and no store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

FIRST_YEAR, LAST_YEAR = 2000, 2199

NAMESPACE = UUID("6f0d1a52-5a3b-4c1e-9c39-4d1d0c1f5a77")
"""Namespace of every computed id (RFC 9562 version 5): the same input makes the same id, everywhere, for ever."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
"""A name that is also one token of a NATS subject: a-z, 0-9 and inner hyphens, 1 to 64 characters."""

Line = Annotated[str, StringConstraints(max_length=500)]
"""One line for people."""

Text = Annotated[str, StringConstraints(max_length=4_000)]
"""A short text for people."""


def _within_reason(moment: datetime) -> datetime:
    """A date outside this range is a broken clock or an attack; in another time zone it could not even be told."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"must be between the years {FIRST_YEAR} and {LAST_YEAR}")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_within_reason)]
"""A point in time with its offset, between the years 2000 and 2199."""

Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Value(BaseModel):
    """A frozen value. Readers ignore fields they do not know: contracts only grow."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Channel(StrEnum):
    """The way a customer comes in."""

    VOICE = "voice"
    WEBCHAT = "webchat"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    SOCIAL = "social"


class Leg(StrEnum):
    """The two things every test judges (work instruction, clause 2.2)."""

    ACCESSIBILITY = "accessibility"
    AGENT = "agent"


class Result(StrEnum):
    """What a test says of one leg."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_REACHED = "not_reached"


class Origin(StrEnum):
    """Why a test ran."""

    SCHEDULED = "scheduled"
    ON_DEMAND = "on_demand"
    CONFIRMING = "confirming"
    RETEST = "retest"
    MANUAL = "manual"


class Severity(StrEnum):
    """PagerDuty Events v2 severities."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Cause(StrEnum):
    """Why a leg failed. The first word names the layer, and so the owner."""

    TELCO_NO_ROUTE = "telco.no_route"
    TELCO_BUSY = "telco.busy"
    TELCO_CONGESTION = "telco.congestion"
    TELCO_NO_ANSWER = "telco.no_answer"
    TELCO_REJECTED = "telco.rejected"
    TELCO_SETUP_TIMEOUT = "telco.setup_timeout"
    MEDIA_NO_RTP = "media.no_rtp"
    MEDIA_DEAD_AIR = "media.dead_air"
    MEDIA_POOR_AUDIO = "media.poor_audio"
    IVR_WRONG_PROMPT = "ivr.wrong_prompt"
    IVR_LATE_GREETING = "ivr.late_greeting"
    IVR_MENU_IGNORED = "ivr.menu_ignored"
    IVR_DROPPED = "ivr.dropped"
    IVR_ANNOUNCEMENT_ONLY = "ivr.announcement_only"
    BOT_UNREACHABLE = "bot.unreachable"
    BOT_NO_REPLY = "bot.no_reply"
    BOT_WRONG_REPLY = "bot.wrong_reply"
    BOT_MENU_IGNORED = "bot.menu_ignored"
    BOT_HANDOVER_REFUSED = "bot.handover_refused"
    BOT_LOOPING = "bot.looping"
    QUEUE_TIMEOUT = "queue.timeout"
    QUEUE_CLOSED = "queue.closed"
    QUEUE_FULL = "queue.full"
    AGENT_NO_ANSWER = "agent.no_answer"
    AGENT_SILENT = "agent.silent"
    PROBER_CRASHED = "prober.crashed"
    PROBER_NO_TRANSPORT = "prober.no_transport"
    PROBER_DEADLINE = "prober.deadline"
    PROBER_MISCONFIGURED = "prober.misconfigured"
    PROBER_NO_REFERENCE = "prober.no_reference"
    PROBER_UNSURE = "prober.unsure"
    PROBER_OWN_LINE = "prober.own_line"
    PROBER_STARVED = "prober.starved"
    PROBER_CAPPED = "prober.capped"

    @property
    def layer(self) -> str:
        """The owner's word: telco, media, ivr, bot, queue, agent or prober."""
        return self.value.split(".")[0]

    @property
    def is_ours(self) -> bool:
        """Our own breakage: never a customer's failure, never a ticket for the IOC."""
        return self.layer == "prober"


class Slot(Value):
    """The interval a test counts for, aligned to midnight UTC.

    ``start`` is inclusive, ``length_s`` in seconds (whole; a day at the most).
    """

    start: Moment
    length_s: Annotated[int, Field(ge=10, le=86_400)]

    @classmethod
    def containing(cls, moment: datetime, length_s: int) -> Self:
        """The slot that ``moment`` falls in."""
        seconds = int(moment.timestamp()) // length_s * length_s
        return cls(start=datetime.fromtimestamp(seconds, UTC), length_s=length_s)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer inside."""
        return self.start + timedelta(seconds=self.length_s)

    @property
    def next(self) -> Slot:
        """The slot after this one."""
        return Slot(start=self.end, length_s=self.length_s)

    @property
    def token(self) -> str:
        """The slot as one token of a subject, e.g. ``20261122T133000Z``."""
        return self.start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def test_id_for(target: str, slot: Slot) -> UUID:
    """The id of the one scheduled test of a target in a slot: every scheduler computes the same."""
    return uuid5(NAMESPACE, f"test/{target}/{slot.token}")


class Actor(Value):
    """Who did it. People appear by id; names and numbers live in the plan, where they can be erased."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$")]
    role: Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,32}$")] = "pic"


class Step(Value):
    """One thing the probe did or saw. ``at_s``: seconds after the test began."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
    at_s: Seconds
    is_ok: bool = True
    note: Line = ""


class Finding(Value):
    """Evidence that speaks for or against a connected agent, with the second to replay (in the recording)."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
    is_for: bool
    at_s: Seconds
    note: Line = ""


class Grade(StrEnum):
    """How far from good a figure is."""

    WARNING = "warning"
    CRITICAL = "critical"


class Concern(Value):
    """Something that still works and is no longer good: a measure beyond its threshold, a prompt that drifts.

    ``name``: the measure, or what drifts. ``value`` and ``limit``: in the measure's own unit.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
    grade: Grade
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    limit: Annotated[float, Field(allow_inf_nan=False)] | None = None
    note: Line = ""


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    RECORDING = "recording"
    TIMELINE = "timeline"
    SIP_TRACE = "sip-trace"
    TRANSCRIPT = "transcript"
    SCREENSHOT = "screenshot"
    PROBE_LOG = "probe-log"


class Evidence(Value):
    """One object in the EVIDENCE store; the bytes are there, the checksum is here."""

    kind: EvidenceKind
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$")]
    media_type: Annotated[str, StringConstraints(max_length=100)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class LegVerdict(Value):
    """What a test says of one leg, and why."""

    result: Result
    cause: Cause | None = None
    note: Line = ""


class TargetCard(Value):
    """What everybody may know of a target. The probe-runner's own model of it has more fields."""

    id: Slug
    name: Line
    service_line: Line = ""
    channel: Channel
    address: Line
    interval_s: Annotated[int, Field(ge=10, le=86_400)]
    severity: Severity = Severity.CRITICAL


class TicketState(StrEnum):
    """Where a ticket is on its way. ``reopened`` is open again after a claim that did not hold."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Nothing more can happen to it."""
        return self in {TicketState.CLOSED, TicketState.CANCELLED}


Measures = dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")], float]
"""Measured figures by name; the unit ends the name (``post_dial_delay_s``, ``jitter_ms``, ``mos``)."""
