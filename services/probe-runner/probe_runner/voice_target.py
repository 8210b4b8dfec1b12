"""How to call a target as a customer, what to hear there, and what counts as an agent. Touches nothing."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from probe_runner.words import (
    Address,
    CallerId,
    Codec,
    Digits,
    Host,
    Id,
    Key,
    Patience,
    Port,
    SecretRef,
    Sound,
    Sounds,
    Strict,
)
from shared.vocabulary import Line

ROLES = ("greeting", "menu", "transfer", "hold_music", "queue", "closed", "full", "agent_greeting")
"""The registered recordings, by the key of the plan that names them."""


class Threshold(Strict):
    """Where a measure stops being good. For one that is better when higher, ``critical`` is the lower figure."""

    warning: Annotated[float, Field(allow_inf_nan=False)]
    critical: Annotated[float, Field(allow_inf_nan=False)]

    @property
    def is_low_bad(self) -> bool:
        """Whether the measure is better when it is higher."""
        return self.critical < self.warning


THRESHOLDS = {
    "post_dial_delay_s": Threshold(warning=8, critical=16),
    "answer_time_s": Threshold(warning=11, critical=20),
    "greeting_delay_s": Threshold(warning=3, critical=8),
    "menu_response_s": Threshold(warning=3, critical=6),
    "queue_wait_s": Threshold(warning=60, critical=120),
    "rtp_loss_percent": Threshold(warning=1.5, critical=3),
    "jitter_ms": Threshold(warning=15, critical=30),
    "mos": Threshold(warning=4.0, critical=3.6),
    "speech_level_dbfs": Threshold(warning=-32, critical=-40),
    "clipped_percent": Threshold(warning=0.5, critical=3),
}
"""What is used unless the target says otherwise; the first, second, sixth to eighth are those of sipnagios."""


class Ami(Strict):
    """Asterisk's manager interface: where its ``AgentConnect`` events are read, which settle every doubt."""

    host: Host
    port: Port = 5038
    username: Annotated[str, Field(min_length=1, max_length=64)]
    secret: SecretRef
    queue: Annotated[str, Field(max_length=100)] = ""
    """Only this queue's events count; empty: any queue's."""


class Voice(Strict):
    """How to call as a customer and what to hear. Times in seconds; sounds are files beside the plan."""

    press: Digits
    trunks: Annotated[tuple[Id, ...], Field(max_length=8)] = ()
    """By which of the plan's trunks: the first; a confirming test takes the next. None: straight to the host."""
    caller_id: CallerId | None = None
    """Who calls; none: the trunk's, or else "sambung"."""
    greeting: Sounds = ()
    menu: Sounds = ()
    transfer: Sounds = ()
    hold_music: Sounds = ()
    queue: Sounds = ()
    closed: Sounds = ()
    full: Sounds = ()
    agent_greeting: Sounds = ()
    answer_within_s: Patience = 20
    greeting_within_s: Patience = 8
    menu_within_s: Patience = 6
    agent_within_s: Patience = 120
    is_probable_enough: bool = False
    """Whether ``agent_probable`` (speech after the hold music that matches nothing known) passes the agent leg."""
    announcement: Sound | None = None
    """Said to the agent before hanging up; without one, a built-in "Panggilan uji sistem. Terima kasih."."""
    is_challenge: bool = False
    """The announcement asks for something: it is said when an agent is probable, and an answer proves a person."""
    answer_challenge_within_s: Patience = 8
    agent_key: Key | None = None
    """The agreed key that an agent presses (RFC 4733 or INFO): proof."""
    agent_tone_hz: Annotated[float, Field(ge=300, le=3_300, description="Hz, 300 to 3300")] | None = None
    """The agreed tone that the agent's side plays: proof."""
    ami: Ami | None = None
    tone_plan: Annotated[str, Field(pattern=r"^[a-z]{2,16}$")] = "id"
    """Whose ringback, busy and congestion tones to expect: a name in the table of tone plans."""
    thresholds: dict[str, Threshold] = {}

    @model_validator(mode="after")
    def _thresholds_have_names_and_sense(self) -> Voice:
        for name, threshold in self.thresholds.items():
            if name not in THRESHOLDS:
                raise ValueError(f"thresholds: no measure {name!r}; there are {', '.join(THRESHOLDS)}")
            usual = THRESHOLDS[name]
            if threshold.critical == threshold.warning or threshold.is_low_bad != usual.is_low_bad:
                raise ValueError(f"thresholds.{name}: warning and critical are the wrong way round")
        if self.is_challenge and self.announcement is None:
            raise ValueError("a challenge needs an announcement that asks for something")
        return self

    @property
    def references(self) -> dict[str, tuple[PurePosixPath, ...]]:
        """The recordings it registers, by role."""
        named: dict[str, Any] = {role: getattr(self, role) for role in ROLES}
        return {role: paths for role, paths in named.items() if paths}

    @property
    def sounds(self) -> dict[str, tuple[PurePosixPath, ...]]:
        """Every sound file it names, by key."""
        own = {"announcement": (self.announcement,)} if self.announcement else {}
        return {**self.references, **own}

    def threshold(self, measure: str) -> Threshold | None:
        """Where this measure stops being good; None for one that is never judged."""
        return self.thresholds.get(measure) or THRESHOLDS.get(measure)

    @property
    def deadline_s(self) -> float:
        """The hard end of the call, whatever happens."""
        patience = self.answer_within_s + self.greeting_within_s + self.menu_within_s + self.agent_within_s
        return patience + (self.answer_challenge_within_s if self.is_challenge else 0) + 30


class Trunk(Strict):
    """A way into the telephone network: the plan's ``[[trunk]]``."""

    id: Id
    name: Line = ""
    proxy: Host | None = None
    """Where calls are sent (RFC 3261, 8.1.2); none: straight to the target's host."""
    port: Port | None = None
    """The proxy's; none: 5060, or 5061 for TLS."""
    transport: Annotated[Literal["udp", "tcp", "tls"], Field(description="udp, tcp or tls")] = "udp"
    srtp: Annotated[Literal["off", "optional", "required"], Field(description="off, optional or required")] = "off"
    """SDES (RFC 4568). Without TLS its keys travel readable: good for a lab, and against nobody."""
    is_registered: bool = False
    """Register first (RFC 3261, 10), as ``username``."""
    domain: Host | None = None
    """What stands behind the @ of our own address, and where we register; none: the proxy."""
    username: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9+._~-]{0,100}$", description="up to 100 of A-Z a-z 0-9 + . _ ~ -")
    ] = ""
    password: SecretRef | None = None
    """For the digest (RFC 8760: SHA-256 and MD5)."""
    caller_id: CallerId | None = None
    """Used unless the target names its own."""
    is_certificate_checked: bool = True
    """Whether TLS wants a certificate of the proxy's name, from an authority that this machine trusts."""
    codecs: Annotated[
        tuple[Codec, ...], Field(min_length=1, max_length=3, description="a list of 1 to 3 of pcma, pcmu and g722")
    ] = ("pcma", "pcmu", "g722")
    """What is offered, the best first."""
    dtmf: Annotated[
        Literal["auto", "rfc4733", "info", "in-band"], Field(description="auto, rfc4733, info or in-band")
    ] = "auto"
    """``auto``: RFC 4733 where the other side offers it, else in the sound itself."""
    local_address: Address | None = None
    """The address of ours that signalling and media are bound to; none: the one that reaches the other side."""

    @model_validator(mode="after")
    def _has_what_it_uses(self) -> Trunk:
        if self.password and not self.username:
            raise ValueError("a password needs a username")
        if self.is_registered and not (self.username and (self.proxy or self.domain)):
            raise ValueError("is_registered needs a username, and a proxy or a domain to register at")
        if self.port and not self.proxy:
            raise ValueError("a port needs a proxy; a target's own port stands in its address")
        return self
