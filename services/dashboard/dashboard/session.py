"""What one browser session is: its language, who acts, and the commands it has sent. Every page asks through here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

import streamlit as st
from pydantic import ValidationError

from dashboard.client import NoAnswer, open_client
from dashboard.look import NOTHING, banner
from dashboard.status import Light
from dashboard.wording import Words, words_in
from shared.asks import Answer, Ask, Refused
from shared.vocabulary import Actor

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

A = TypeVar("A", bound=Answer)

NOBODY = "pic"
SAME_CLICK = timedelta(seconds=3)
"""The same command clicked again within this time is the same click."""

FOR_EVER = datetime.max.replace(tzinfo=UTC)

PATIENCE_S = 2.5
"""How long a page that draws itself anew every 2 s waits for an answer."""


def present() -> datetime:
    """The present moment: the one place where the pages look at a clock."""
    return datetime.now(UTC)


def speaking() -> Words:
    """The words of the language that was chosen."""
    return words_in(st.session_state.get("lang") or "")


def acting() -> Actor:
    """Who sits here; the general ``pic`` while the name field holds no usable name."""
    return actor_named(st.session_state.get("actor") or "") or Actor(id=NOBODY)


def actor_named(name: str) -> Actor | None:
    """A person's name as an actor's id: spaces become dots. None when it cannot be one."""
    try:
        return Actor(id=re.sub(r"\s+", ".", name.strip()))
    except ValidationError:
        return None


def read(kind: type[Ask], answer: type[A], *, patience_s: float = PATIENCE_S, **fields: Any) -> A | Refused | NoAnswer:  # noqa: ANN401  the ask's own fields
    """Ask for something to show."""
    return open_client().ask(kind(command_id=uuid4(), actor=acting(), **fields), answer, patience_s)


def send(kind: type[Ask], answer: type[A], **fields: Any) -> A | Refused | NoAnswer:  # noqa: ANN401  the ask's own fields
    """Order something. A second click, or one after no answer, carries the first one's id: it is the same command.

    Raises ``ValidationError`` for fields that the ask does not allow.
    """
    clicks: dict[str, tuple[UUID, datetime]] = st.session_state.setdefault("clicks", {})
    key = f"{kind.subject} {sorted((name, str(value)) for name, value in fields.items())}"
    click, until = clicks.get(key, (uuid4(), FOR_EVER))
    if until <= present():
        click = uuid4()
    question = kind(command_id=click, actor=acting(), **fields)
    # From here on no look at st.session_state: a second click may end this run there, and the id must be known by then.
    clicks[key] = (click, FOR_EVER)
    said = open_client().command(question, answer)
    clicks[key] = (click, FOR_EVER if isinstance(said, NoAnswer) else present() + SAME_CLICK)
    return said


def trouble(said: Answer | NoAnswer, words: Words, *, since: str = "") -> str:
    """A banner for what went wrong, in words; holds its place when nothing did. ``since``: when all was well."""
    if isinstance(said, NoAnswer):
        name = words.either(f"service.{said.service}", said.service)
        text = words(f"no_answer.{said.why}", service=name, code=said.service)
        return banner(Light.BAD, text + (" " + words("no_answer.since", time=since) if since else ""))
    if isinstance(said, Refused):
        return banner(Light.WATCH, refusal(said, words))
    return NOTHING


def refusal(said: Refused, words: Words) -> str:
    """A refusal in words, with its values."""
    values = ", ".join(f"{name}: {value}" for name, value in said.values.items())
    text = words.either(f"refused.{said.refused}", said.message or said.refused)
    return words("refused.sentence", text=text, values=f" ({values})" if values else "")


def link(name: str) -> Page:
    """A page by its name, for links."""
    pages: dict[str, Page] = st.session_state["pages"]
    return pages[name]
