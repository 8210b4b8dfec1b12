"""What a target is and what is expected of it: the plan's own words, checked. Touches nothing.

A field's ``description`` says what is allowed there; a refused plan quotes it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from probe_runner.caps import BY_HAND, check_cap, scheduled_per_hour
from probe_runner.voice_target import Trunk, Voice
from probe_runner.words import Id, Patience, Pattern, Phrase, Strict
from shared.vocabulary import Channel, Line, Severity, TargetCard

SIP_URI = re.compile(
    r"sips?:[A-Za-z0-9_.+!~*'()%-]+@(?P<host>(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]+)?)(?:;[a-z0-9=;-]+)?"
)
WEBSOCKET_URL = re.compile(r"wss?://(?P<host>[^\s/?#]+)[^\s]*")
CALLER_ID = "sambung"
ADDRESSES = {
    Channel.VOICE: (SIP_URI, "sip:<number>@<host>[:port], or sips:"),
    Channel.WEBCHAT: (WEBSOCKET_URL, "ws://<host>... or wss://<host>..."),
}


def _check_host(host: str) -> None:
    try:
        parts = urlsplit(f"//{host}")
        is_good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("an address has a host, and its port, if any, is 1 to 65535")


class Turn(Strict):
    """One line of the dialogue: say or choose something, then expect something within some seconds."""

    say: Annotated[Line, StringConstraints(min_length=1)] | None = None
    choose: Annotated[Line, StringConstraints(min_length=1)] | None = None
    expect: Pattern | None = None
    """A regular expression, searched in the bot's message, upper and lower case alike."""
    within_s: Patience = 10

    @model_validator(mode="after")
    def _says_or_expects(self) -> Turn:
        if self.say and self.choose:
            raise ValueError("a step either says or chooses, not both")
        if not (self.say or self.choose or self.expect):
            raise ValueError("a step must say, choose or expect something")
        return self


class Chat(Strict):
    """How to chat as a customer. Proof of a human: the platform's own actor field or an answered challenge."""

    dialogue: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=50)]
    challenge: Annotated[Line, StringConstraints(min_length=1)] | None = None
    challenge_answer: Pattern | None = None
    """A regular expression, searched in the human's message, upper and lower case alike."""
    closed_phrases: Annotated[tuple[Phrase, ...], Field(max_length=100)] = ()
    """Said by the bot, they mean that nobody will come; added to the usual Indonesian and English ones."""
    farewell: Line = "Terima kasih. Ini percakapan uji sistem otomatis dan kini ditutup."
    """Said to a human before leaving, so that nobody waits for an answer."""
    agent_within_s: Patience = 120
    agent_speaks_within_s: Patience = 15
    connect_within_s: Patience = 10

    @model_validator(mode="after")
    def _asks_and_answers(self) -> Chat:
        if (self.challenge is None) != (self.challenge_answer is None):
            raise ValueError("challenge and challenge_answer go together")
        return self

    @property
    def deadline_s(self) -> float:
        """The hard end of the conversation, whatever happens."""
        dialogue = sum(step.within_s for step in self.dialogue)
        return self.connect_within_s + dialogue + self.agent_within_s + 2 * self.agent_speaks_within_s + 30


class Written(Strict):
    """A target as the plan's author writes it: its trunks by their names."""

    id: Id
    name: Annotated[Line, StringConstraints(min_length=1)]
    service_line: Line = ""
    channel: Annotated[Literal[Channel.VOICE, Channel.WEBCHAT], Field(description="voice or webchat")]
    address: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    interval_s: Annotated[int, Field(ge=10, le=86_400, description="whole seconds, 10 to 86400")] = 1_800
    severity: Annotated[Severity, Field(description="critical, error, warning or info")] = Severity.CRITICAL
    most_tests_per_hour: int | None = None
    """All tests; what its schedule leaves is for tests by hand. None: its schedule and 6 by hand."""
    most_agent_seconds_per_hour: (
        Annotated[int, Field(ge=1, le=3_600_000, description="whole seconds, 1 to 3600000")] | None
    ) = None
    """Of its agents, by all tests together; beyond it none is run by hand. None: no limit."""
    voice: Voice | None = None
    chat: Chat | None = None

    @field_validator("address")
    @classmethod
    def _suits_its_channel(cls, address: str, info: ValidationInfo) -> str:
        if channel := info.data.get("channel"):
            pattern, words = ADDRESSES[channel]
            found = pattern.fullmatch(address)
            if not found:
                raise ValueError(f"the address of a {channel.value} target is {words}")
            _check_host(found["host"])
        return address

    @field_validator("most_tests_per_hour")
    @classmethod
    def _has_room_for_its_schedule(cls, most: int | None, info: ValidationInfo) -> int | None:
        interval_s = info.data.get("interval_s")
        return most if most is None or interval_s is None else check_cap(most, interval_s)

    @model_validator(mode="after")
    def _has_what_its_channel_needs(self) -> Self:
        needed, other = ("voice", "chat") if self.channel is Channel.VOICE else ("chat", "voice")
        if getattr(self, needed) is None:
            raise ValueError(f"a {self.channel.value} target needs a [target.{needed}] table")
        if getattr(self, other) is not None:
            raise ValueError(f"a {self.channel.value} target has no [target.{other}] table")
        return self


class Target(Written):
    """Something customers depend on, and how it is tested."""

    trunks: tuple[Trunk, ...] = ()
    """What the names in ``voice.trunks`` stand for, in that order: a test needs the target alone."""

    @property
    def card(self) -> TargetCard:
        """What everybody may know."""
        return TargetCard.model_validate(self.model_dump())

    @property
    def deadline_s(self) -> float:
        """The hard end of a test of this target, in seconds."""
        part = self.voice or self.chat
        return part.deadline_s if part else 0.0

    @property
    def most_by_hand(self) -> int:
        """Tests in an hour that its schedule does not make."""
        if self.most_tests_per_hour is None:
            return BY_HAND
        return self.most_tests_per_hour - scheduled_per_hour(self.interval_s)

    @property
    def trunk(self) -> Trunk | None:
        """By which it is called; None: straight to its host."""
        return self.trunks[0] if self.trunks else None

    @property
    def caller_id(self) -> str:
        """Who calls: the target's own word, or its trunk's."""
        own = self.voice.caller_id if self.voice else None
        return own or (self.trunk.caller_id if self.trunk else None) or CALLER_ID

    def by_path(self, number: int) -> Target:
        """The same target, called by that one of its trunks (from 0, counted round)."""
        if not self.trunks:
            return self
        begin = number % len(self.trunks)
        return self.model_copy(update={"trunks": (*self.trunks[begin:], *self.trunks[:begin])})
