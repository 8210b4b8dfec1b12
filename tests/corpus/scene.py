"""The scenes of the whole calls: what happens in each, and what is true of it.

The truth is what a patient person with the target's plan in hand would say afterwards. ``causes``: what may be named
for the leg that fails, the best word first; more than one where the customer himself could not tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from corpus.phone import Frames
from corpus.stage import Known, Stage

from shared.vocabulary import Cause

Script = Callable[[Stage], Frames]
EVERY = (Known.ALL, Known.NO_AGENT_GREETING, Known.ONLY_GREETING, Known.NONE)
WITH_GREETING = EVERY[:3]
REGISTERED = EVERY[:2]


class Agent(StrEnum):
    """What is true of the agent leg."""

    THERE = "there"
    ABSENT = "absent"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True)
class Scene:
    """One kind of call.

    ``weight``: how many of it in each round. ``needs``: without a recording of this role the cause cannot be known, and
    ``instead`` may then be said of accessibility.
    """

    name: str
    script: Script
    agent: Agent
    causes: tuple[Cause, ...] = ()
    known: tuple[Known, ...] = EVERY
    weight: int = 1
    needs: str = ""
    instead: str = ""
    is_line_good: bool = False
    is_agent_the_machine: bool = False
    settings: dict[str, float] = field(default_factory=dict)
