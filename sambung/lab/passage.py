"""A call's passage through the carrier, when its number's behaviour touches it: the dialog and the RTP relay.

Plain calls have none: the carrier passes them on without a state, and their sound goes straight to the centre.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from sambung.lab import sdp
from sambung.lab.behaviour import Keys
from sambung.lab.dialog import Dialog
from sambung.lab.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sambung.lab.behaviour import VoiceBehaviour
    from sambung.lab.message import Address, Message

LOG = logging.getLogger("lab.passage")

MOST_PASSAGES = 128
FORGOTTEN_AFTER_SECONDS = 900.0
RINGING, OK, FIRST_FINAL, FIRST_REFUSAL = 180, 200, 200, 300
REFRESH_SECONDS = 2.0
SESSION = "Session-Expires: 90;refresher="  # the shortest that is allowed (RFC 4028, 5)


class Passage:
    """One call on its way through the carrier."""

    def __init__(self, behaviour: VoiceBehaviour, relay: Relay, dialog: Dialog, early: bytes | None) -> None:
        """Keep what `Passages.admit` made; `early` is the sound of the early media, if the behaviour has one."""
        self.relay, self.began = relay, time.monotonic()
        self._behaviour, self._dialog, self._early = behaviour, dialog, early
        self._early_answer = self._told = ""
        self._changes = 0
        self._send: Callable[[Message], None] = lambda _: None
        self._refreshing: asyncio.Task[None] | None = None

    def speak_by(self, send: Callable[[Message], None]) -> None:
        """Send our own requests to the caller this way."""
        self._send = send

    def close(self) -> None:
        """End the relay and every task."""
        self.relay.close()
        if self._refreshing is not None:
            self._refreshing.cancel()

    def on_from_caller(self, message: Message) -> None:
        """Change what the caller says to the centre."""
        number, method = message.cseq
        if message.status and method:
            message.put("CSeq", f"{self._dialog.numbering.own(number)} {method}")
        text = sdp.read(message.body)
        if sdp.audio_at(text) is None:
            return
        self.relay.caller = sdp.audio_at(text)
        text = self._keyless(text)
        if self._early is not None:
            text = sdp.with_one_codec(text)
            self._early_answer = sdp.answer_to(text, self.relay.near)
        message.put_body(sdp.write(sdp.moved(text, self.relay.far)))

    def on_from_centre(self, message: Message) -> None:
        """Change what the centre says to the caller."""
        number, method = message.cseq
        if not message.status and method:
            message.put("CSeq", f"{self._dialog.numbering.shown(number)} {method}")
        text = sdp.read(message.body)
        if sdp.audio_at(text) is not None:
            self.relay.centre = sdp.audio_at(text)
            self._told = self._early_answer or sdp.moved(self._keyless(text), self.relay.near)
            message.put_body(sdp.write(self._told))
        if method == "INVITE" and message.status == RINGING:
            self._ring(message)
        if method == "INVITE" and message.status == OK and not self._dialog.is_confirmed:
            self._answer(message)

    def name_the_agent(self, method: str, name: str, extension: str) -> None:
        """Tell the caller who answered (RFC 3325), by re-INVITE or UPDATE; the sound comes from a new source."""
        host = self.relay.near[0]
        identity = f'P-Asserted-Identity: "{name}" <sip:{extension}@{host}>'
        self._request(method, [identity], self._changed("sendrecv") if method == "INVITE" else None)
        self.relay.change_source()

    def turn(self, direction: str) -> None:
        """Tell the caller by re-INVITE which way sound goes now: `sendonly` is hold, `sendrecv` is back."""
        self._request("INVITE", [], self._changed(direction))

    def is_ended_by(self, response: Message) -> bool:
        """Tell whether this response ends the call: one to a BYE, or a refusal of the first INVITE."""
        method = response.cseq[1]
        is_refusal = method == "INVITE" and response.status >= FIRST_REFUSAL and not self._dialog.is_confirmed
        return is_refusal or (method == "BYE" and response.status >= FIRST_FINAL)

    def on_answer(self, response: Message) -> None:
        """Take the caller's answer to a request of ours."""
        if response.cseq[1] == "INVITE" and response.status >= FIRST_FINAL:
            self._send(self._dialog.acknowledge(response))
            self.relay.caller = sdp.audio_at(sdp.read(response.body)) or self.relay.caller

    def _keyless(self, text: str) -> str:
        return sdp.without_key_events(text) if self._behaviour.menu.keys is Keys.TONES else text

    def _ring(self, message: Message) -> None:
        if self._early is None or not self._early_answer:
            return
        message.start = "SIP/2.0 183 Session Progress"
        message.put_body(sdp.write(self._early_answer))
        self.relay.play(self._early, int(sdp.codecs(self._early_answer)[0]))

    def _answer(self, message: Message) -> None:
        self.relay.stop_playing()
        self._dialog.confirm(message)
        if self._behaviour.setup.is_refreshed:
            message.headers += ["Supported: timer", f"{SESSION}uas"]
            self._refreshing = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            self._request("UPDATE", ["Supported: timer", f"{SESSION}uac"], None)

    def _request(self, method: str, headers: list[str], body: str | None) -> None:
        if self._dialog.is_confirmed:
            self._send(self._dialog.request(method, headers, body))

    def _changed(self, direction: str) -> str:
        self._changes += 1
        return sdp.directed(self._told, self._changes, direction)


class Passages:
    """Every passage there is, by Call-ID."""

    def __init__(self, prompts: Mapping[str, bytes]) -> None:
        self._prompts = prompts
        self._open: dict[str, Passage] = {}
        self._address, self._ports = "127.0.0.1", (0, 0)

    def use(self, address: str, ports: tuple[int, int]) -> None:
        """Open relays on this address and these ports from now on."""
        self._address, self._ports = address, ports

    def find(self, call_id: str) -> Passage | None:
        """Give the passage of a call, None for a plain one."""
        return self._open.get(call_id)

    def admit(self, invite: Message, behaviour: VoiceBehaviour, own: Address) -> Passage | None:
        """Open a passage for a new call; the one it has already when the INVITE is sent again.

        Raises:
            NoRtpPortError: no port for its sound.
            TooManyPassagesError: as many are open as may be.
        """
        call_id = invite.value("call-id")
        if call_id in self._open or not behaviour.is_touched:
            return self._open.get(call_id)
        self._forget_old()
        if len(self._open) >= MOST_PASSAGES:
            raise TooManyPassagesError
        early = behaviour.setup.early
        relay = Relay(self._address, self._ports, behaviour.wire)
        sound = None if early is None else self._prompts[early]
        self._open[call_id] = Passage(behaviour, relay, Dialog(invite, own), sound)
        return self._open[call_id]

    def note_end(self, message: Message) -> None:
        """Close the passage of a call that this response ends."""
        passage = self.find(message.value("call-id"))
        if passage is not None and passage.is_ended_by(message):
            self._close(message.value("call-id"))

    def close(self) -> None:
        """Close every passage."""
        for call_id in list(self._open):
            self._close(call_id)

    def _forget_old(self) -> None:
        now = time.monotonic()
        for call_id in [one for one, passage in self._open.items() if now - passage.began > FORGOTTEN_AFTER_SECONDS]:
            self._close(call_id)

    def _close(self, call_id: str) -> None:
        passage = self._open.pop(call_id, None)
        if passage is not None:
            passage.close()
            LOG.info("event=passage.closed call=%s open=%d", call_id[:12], len(self._open))


class TooManyPassagesError(Exception):
    """More calls than the carrier takes in hand at once."""

    def __init__(self) -> None:
        super().__init__(f"{MOST_PASSAGES} calls are taken in hand, no more")
