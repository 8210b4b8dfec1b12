"""The web chat's doors: WebSocket, polling HTTP and a page for people; it carries frames and knows no script."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

from sambung.lab.conversation import Conversation, TooManyMessagesError

if TYPE_CHECKING:
    from sambung.lab.bot import Bot
    from sambung.lab.exchange import Exchange

LOG = logging.getLogger("lab.webchat")

NUMBER = "webchat"
PAGE = Path(__file__).with_name("chat.html")
LONGEST_TEXT = 2_000
LARGEST_FRAME = 16_384
MOST_CONVERSATIONS = 200
IDLE_SECONDS = 900.0
ALLOWED = f'{{"type": "message", "text": ...}} or {{"type": "choice", "payload": ...}}, 1 to {LONGEST_TEXT} characters'


class WebChat:
    """Every open conversation and the three doors to them."""

    def __init__(self, exchange: Exchange, bot: Bot, hold_seconds: float) -> None:
        self._exchange, self._bot, self._hold_seconds = exchange, bot, hold_seconds
        self._conversations: dict[str, Conversation] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._used: dict[str, float] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """Give the doors."""
        return [
            web.get("/", self.on_page),
            web.get("/chat", self.on_socket),
            web.post("/api/messages", self.on_post),
            web.get("/api/messages", self.on_read),
        ]

    async def close(self) -> None:
        """End every conversation."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"lab stops")
        for session in list(self._conversations):
            self._forget(session)

    async def on_page(self, request: web.Request) -> web.Response:  # noqa: ARG002  the shape of a handler
        """Give the page for people."""
        return web.Response(text=PAGE.read_text(), content_type="text/html")

    async def on_socket(self, request: web.Request) -> web.StreamResponse:
        """Hold one conversation over a WebSocket; it ends with the socket."""
        self._refuse_if_broken()
        conversation = self._open()
        socket = web.WebSocketResponse(max_msg_size=LARGEST_FRAME, heartbeat=20)
        await socket.prepare(request)
        self._sockets.add(socket)
        writing = asyncio.create_task(_write(socket, conversation))
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                try:
                    conversation.receive(_read(message.data))
                except (RefusedFrameError, TooManyMessagesError) as refusal:
                    await socket.send_json({"type": "error", "text": str(refusal)})
        finally:
            writing.cancel()
            self._sockets.discard(socket)
            self._forget(conversation.session)
        return socket

    async def on_post(self, request: web.Request) -> web.Response:
        """Open a conversation (no session given) or say something in one."""
        self._refuse_if_broken()
        try:
            body = await request.json()
        except ValueError:
            raise _bad(f"the body must be JSON: {ALLOWED}") from None
        if not isinstance(body, dict):
            raise _bad(f"the body must be a JSON object: {ALLOWED}")
        session = body.get("session")
        conversation = self._open() if session is None else self._find(session)
        if session is None and not body.keys() & {"type", "text", "payload"}:
            return web.json_response({"session": conversation.session})
        try:
            conversation.receive(_text_of(body))
        except (RefusedFrameError, TooManyMessagesError) as refusal:
            raise _bad(str(refusal)) from None
        return web.json_response({"session": conversation.session})

    async def on_read(self, request: web.Request) -> web.Response:
        """Give the frames of a conversation after a given id; ids count from 1."""
        self._refuse_if_broken()
        conversation = self._find(request.query.get("session"))
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdecimal()):
            raise _bad(f"after={after!r} must be the id of the last frame seen, 0 for none")
        frames = conversation.frames
        seen = [{"id": number, **frames[number - 1]} for number in range(int(after) + 1, len(frames) + 1)]
        return web.json_response({"session": conversation.session, "messages": seen, "last": len(frames)})

    def _open(self) -> Conversation:
        now = time.monotonic()
        for session in [session for session, used in self._used.items() if now - used > IDLE_SECONDS]:
            self._forget(session)
        if len(self._conversations) >= MOST_CONVERSATIONS:
            raise web.HTTPServiceUnavailable(
                text=json.dumps({"error": f"{MOST_CONVERSATIONS} conversations are open, no more are taken"}),
                content_type="application/json",
            )
        session = uuid.uuid4().hex
        conversation = Conversation(session, self._bot, lambda: self._exchange.chat(NUMBER), self._hold_seconds)
        self._conversations[session] = conversation
        self._used[session] = now
        self._tasks[session] = asyncio.create_task(conversation.run(), name=f"chat {session[:8]}")
        LOG.info("event=chat.opened session=%s fault=%s", session[:8], self._exchange.fault(NUMBER))
        return conversation

    def _find(self, session: object) -> Conversation:
        if not isinstance(session, str) or session not in self._conversations:
            raise web.HTTPNotFound(
                text=json.dumps({"error": "no such session: leave it out of a POST to open one"}),
                content_type="application/json",
            )
        self._used[session] = time.monotonic()
        return self._conversations[session]

    def _forget(self, session: str) -> None:
        del self._conversations[session], self._used[session]
        self._tasks.pop(session).cancel()
        LOG.info("event=chat.closed session=%s", session[:8])

    def _refuse_if_broken(self) -> None:
        if self._exchange.chat(NUMBER).refusal is not None:
            raise web.HTTPServiceUnavailable(text=json.dumps({"error": "unreachable"}), content_type="application/json")


async def _write(socket: web.WebSocketResponse, conversation: Conversation) -> None:
    seen = 0
    while not conversation.is_ended or seen < len(conversation.frames):
        for frame in await conversation.after(seen):
            await socket.send_json(frame)
            seen += 1
    await socket.close()


def _read(data: str) -> str:
    try:
        frame = json.loads(data)
    except ValueError:
        raise RefusedFrameError from None
    return _text_of(frame)


def _text_of(frame: object) -> str:
    """Give the text or payload of a visitor's frame; without a type, the key tells which it is."""
    if not isinstance(frame, dict):
        raise RefusedFrameError
    key = {"message": "text", "choice": "payload", None: "payload" if "payload" in frame else "text"}.get(
        frame.get("type") if isinstance(frame.get("type"), str | None) else ""
    )
    text = frame.get(key) if key else None
    if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise RefusedFrameError
    return text.strip()


def _bad(reason: str) -> web.HTTPUnprocessableEntity:
    return web.HTTPUnprocessableEntity(text=json.dumps({"error": reason}), content_type="application/json")


class RefusedFrameError(Exception):
    """A frame no visitor may send."""

    def __init__(self) -> None:
        super().__init__(f"not understood; allowed: {ALLOWED}")
