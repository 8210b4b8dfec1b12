"""What the other side's messages mean for the call: who we talk to, whether it listens. Pure: messages in, signs out.

Their names are those of ``timeline.SignName``.
"""

from __future__ import annotations

from collections.abc import Iterator

from probe_runner.voice.call.worker.message import Message, noted, party

MOST_SIGNS = 150
"""An other side that never stops changing the call is told of no more, and leaves room for what we do ourselves."""
Told = tuple[str, str]
"""A sign's name and note."""


class Overheard:
    """One dialogue, message by message."""

    def __init__(self) -> None:
        self._asserted, self._from = "", ""
        self._direction, self._origin = "sendrecv", ""
        self._is_early = self._is_answered = False
        self._told = 0

    def heard(self, message: Message) -> list[Told]:
        """What this message of the other side changed."""
        signs = list(self._answer(message) if message.code else self._request(message))
        kept = signs[: max(0, MOST_SIGNS - self._told)]
        self._told += len(kept)
        return kept

    def _answer(self, message: Message) -> Iterator[Told]:
        if message.method == "INVITE" and not self._is_answered:
            yield from self._first_answer(message)
        elif message.method in {"INVITE", "UPDATE"} and message.code in range(200, 300):
            if "session-expires" in message.headers:
                yield "session_refreshed", "by us"
            yield from self._media(message)

    def _first_answer(self, message: Message) -> Iterator[Told]:
        if message.direction and message.code < 200 and not self._is_early:  # noqa: PLR2004  1xx
            self._is_early = True
            yield "progress", noted(message.first_line.partition(" ")[2])
        self._is_answered = message.code in range(200, 300)
        self._from = self._from or party(message.headers.get("to", ""))
        yield from self._identity(message.identity, is_first=not self._asserted)
        if self._is_answered:
            yield from self._media(message)

    def _request(self, message: Message) -> Iterator[Told]:
        if message.method == "REFER":
            yield "referred", party(message.headers.get("refer-to", ""))
        if message.method not in {"INVITE", "UPDATE"}:
            return
        is_new = bool(message.origin) and message.origin != self._origin
        who = party(message.headers.get("from", ""))
        if "session-expires" in message.headers and not is_new:
            yield "session_refreshed", "by the other side"
        else:
            yield ("reinvited" if message.method == "INVITE" else "updated"), noted(message.direction)
        yield from self._identity(message.identity, is_first=False)
        if self._from and who not in (self._from, self._asserted):
            yield "identity_changed", who
        self._from = who
        yield from self._media(message)

    def _identity(self, asserted: str, *, is_first: bool) -> Iterator[Told]:
        """The identity given with the answer is where we start from; another one is a change."""
        if asserted and asserted != self._asserted and not is_first:
            yield "identity_changed", asserted
        self._asserted = asserted or self._asserted

    def _media(self, message: Message) -> Iterator[Told]:
        direction = message.direction
        if direction and direction != self._direction:
            yield ("resumed" if direction == "sendrecv" else "held"), direction
        self._direction, self._origin = direction or self._direction, message.origin or self._origin
