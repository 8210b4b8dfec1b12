"""A chat from greeting to human: bot, menu, queue, scripted agent; it knows no HTTP and no WebSocket.

A conversation is a growing list of frames that any transport reads at its own pace, so that a WebSocket and a
polling visitor see the same.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

from sambung.lab.bot import BUTTONS, START

if TYPE_CHECKING:
    from collections.abc import Callable

    from sambung.lab.behaviour import ChatBehaviour
    from sambung.lab.bot import Bot

LOG = logging.getLogger("lab.chat")

Frame = dict[str, object]

HUMAN = "Rina"
HUMAN_GREETING = "Selamat siang, dengan Rina, ada yang bisa saya bantu?"
HUMAN_ANSWER = "Baik, saya bantu periksa. Ada lagi yang bisa saya bantu?"
FAREWELL = "Sama-sama. Terima kasih telah menghubungi kami."
SUM = re.compile(r"(\d{1,6})\s*(?:\+|(?:di)?tambah|plus)\s*(\d{1,6})", re.IGNORECASE)
GOODBYE = re.compile(r"\b(selesai|terima kasih|makasih)\b", re.IGNORECASE)
THINK_SECONDS = 0.3
QUEUE_START = 2
MOST_WAITING = 50


class Conversation:
    """One visitor's chat; `frames` grows until an `ended` frame."""

    def __init__(self, session: str, bot: Bot, behaviour: Callable[[], ChatBehaviour], hold_seconds: float) -> None:
        """Prepare a chat; `run` starts it.

        Args:
            session: id of the conversation.
            bot: the bot that answers first.
            behaviour: tells how the web chat behaves at this moment.
            hold_seconds: how long the queue lasts from its first position to the human.
        """
        self.session = session
        self.frames: list[Frame] = []
        self._bot, self._behaviour, self._hold_seconds = bot, behaviour, hold_seconds
        self._inputs: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._grown = asyncio.Condition()

    @property
    def is_ended(self) -> bool:
        """Tell whether the last frame was `ended`."""
        return bool(self.frames) and self.frames[-1]["type"] == "ended"

    def receive(self, text: str) -> None:
        """Take a visitor's text or the payload of a button.

        Raises:
            TooManyMessagesError: more messages are waiting than anybody would answer.
        """
        try:
            self._inputs.put_nowait(text)
        except asyncio.QueueFull:
            raise TooManyMessagesError(MOST_WAITING) from None

    async def after(self, seen: int) -> list[Frame]:
        """Wait for frames beyond the first `seen` and give them."""
        async with self._grown:
            await self._grown.wait_for(lambda: len(self.frames) > seen)
        return self.frames[seen:]

    async def run(self) -> None:
        """Hold the conversation from its greeting to its end."""
        try:
            await self._talk_to_bot()
            await self._wait_in_queue()
            await self._talk_to_human()
            await self._say({"type": "ended"})
        finally:
            self._bot.forget(self.session)

    async def _talk_to_bot(self) -> None:
        text = START
        while True:
            behaviour = self._behaviour()
            if behaviour.is_replying:
                reply = self._bot.reply(self.session, text, behaviour)
                buttons = {"buttons": list(BUTTONS)} if reply.is_menu else {}
                await self._type_and_say({"actor": "bot", "text": reply.text, **buttons})
                if reply.is_handover:
                    return
            text = await self._inputs.get()

    async def _wait_in_queue(self) -> None:
        await self._say({"type": "queue", "position": QUEUE_START})
        await asyncio.sleep(self._hold_seconds / 2)
        while not self._behaviour().has_agent:
            await self._say({"type": "queue", "position": QUEUE_START})
            await asyncio.sleep(max(self._hold_seconds / 2, THINK_SECONDS))
        await self._say({"type": "queue", "position": QUEUE_START - 1})
        await asyncio.sleep(self._hold_seconds / 2)
        await self._say({"type": "joined", "actor": "human", "name": HUMAN})

    async def _talk_to_human(self) -> None:
        answer = HUMAN_GREETING
        while True:
            if self._behaviour().is_agent_speaking:
                await self._type_and_say({"actor": "human", "name": HUMAN, "text": answer})
                if answer == FAREWELL:
                    return
            answer = answer_as_human(await self._inputs.get())

    async def _type_and_say(self, message: Frame) -> None:
        await self._say({"type": "typing"})
        await asyncio.sleep(THINK_SECONDS)
        await self._say({"type": "message", **message})

    async def _say(self, frame: Frame) -> None:
        LOG.info("event=chat.%s session=%s detail=%r", frame["type"], self.session[:8], frame.get("actor", ""))
        async with self._grown:
            self.frames.append(frame)
            self._grown.notify_all()


def answer_as_human(text: str) -> str:
    """Answer as somebody who can count: what a menu bot cannot do is what proves a person."""
    asked = SUM.search(text)
    if asked:
        return f"Hasilnya {int(asked.group(1)) + int(asked.group(2))}."
    return FAREWELL if GOODBYE.search(text) else HUMAN_ANSWER


class TooManyMessagesError(Exception):
    """A visitor who writes faster than anybody answers."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} messages are waiting: let the other side answer first")
        self.most = most
