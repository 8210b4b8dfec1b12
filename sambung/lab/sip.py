"""The contact centre's SIP stack (baresip): calls in, sound out, digits heard; it knows no script and no fault.

baresip's own thread paces the RTP on absolute deadlines and fills with silence whatever is not written, so a busy
Python loop can make a prompt late but never makes the line crackle or drift.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING

from baresip import Account, Config, Event, Runtime, UserAgent
from baresip.errors import AudioNotActive, AudioRestarted, BaresipError

from sambung.lab.prompts import FRAME_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from baresip import Call, DigitEvent, StackEvent

    from sambung.lab.passage import Passage

LOG = logging.getLogger("lab.sip")

MOST_CALLS = 64
MOST_TRIES = 5
AHEAD_BYTES = 25 * FRAME_BYTES  # 500 ms: longer than any pause of the loop; a barge-in flushes it
TOP_UP_SECONDS = 0.04
TAIL_BYTES = 3 * FRAME_BYTES  # 60 ms left when a prompt counts as played, so that a loop has no gap
GONE_AFTER_SECONDS = 60  # a caller whose RTP stopped that long ago without a BYE
TRANSFER_SECONDS = 5.0
SECOND_OF_SOUND = 16_000


class Line:
    """One answered or ringing call, as the script sees it."""

    def __init__(self, call: Call, number: str, passage: Passage | None = None) -> None:
        self._call = call
        self.number, self.passage = number, passage
        self.name = (call.call_id or "unknown")[:12]
        self.digits: asyncio.Queue[str] = asyncio.Queue()
        self._established = asyncio.Event()
        call.on(self._on_event)
        call.on_dtmf(self._on_digit)

    async def answer(self) -> None:
        """Answer with 200 and wait until the sound flows."""
        await self._call.answer()
        await self._established.wait()

    async def hang_up(self) -> None:
        """End the call; one that is already gone is fine."""
        with contextlib.suppress(BaresipError):
            await self._call.hangup()

    async def play(self, pcm: bytes) -> None:
        """Play 8 kHz mono 16-bit sound and return within 60 ms of its end; cancelling cuts it short."""
        sent = 0
        try:
            while sent < len(pcm) or self._waiting() > TAIL_BYTES:
                room = AHEAD_BYTES - self._waiting()
                if room > 0:
                    sent += self._write(pcm[sent : sent + room])
                await asyncio.sleep(TOP_UP_SECONDS)
        except asyncio.CancelledError:
            with contextlib.suppress(AudioNotActive, AudioRestarted):
                self._call.audio.flush_tx()
            raise

    def quieten(self, *, is_quiet: bool) -> None:
        """Send no RTP at all, or send it again; a plain call has nobody who can."""
        if self.passage is not None:
            self.passage.relay.is_muted = is_quiet

    async def press(self, key: str) -> None:
        """Press a key for the caller to hear (RFC 4733)."""
        await self._call.send_dtmf(key)

    async def refer(self, extension: str, carrier: str) -> bool:
        """Ask the caller to call an extension instead; False when it will not. When it did, this call is over."""
        try:
            await self._call.transfer(f"sip:{extension}@{carrier}", timeout=TRANSFER_SECONDS)
        except BaresipError as refusal:
            LOG.info("event=call.not_transferred number=%s call=%s reason=%r", self.number, self.name, str(refusal))
            return False
        return True

    async def listen(self) -> AsyncIterator[bytes]:
        """Give what the caller says, from now on, as 8 kHz mono 16-bit; an empty piece when nothing came."""
        with contextlib.suppress(AudioNotActive, AudioRestarted):
            self._call.audio.read(SECOND_OF_SOUND)
        while True:
            await asyncio.sleep(TOP_UP_SECONDS)
            try:
                yield self._call.audio.read(SECOND_OF_SOUND)
            except (AudioNotActive, AudioRestarted):
                yield b""

    def _waiting(self) -> int:
        try:
            return int(self._call.audio.info().tx_buffered)
        except AudioNotActive:  # between two streams of a renegotiation; a call that is over ends the script
            return AHEAD_BYTES

    def _write(self, pcm: bytes) -> int:
        try:
            return int(self._call.audio.write(pcm))
        except (AudioNotActive, AudioRestarted):
            return 0

    def _on_event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_ESTABLISHED:
            self._established.set()

    def _on_digit(self, digit: DigitEvent) -> None:
        LOG.info("event=call.digit number=%s call=%s digit=%s", self.number, self.name, digit.digit)
        self.digits.put_nowait(digit.digit)


class SipStack:
    """The running stack: one user agent for each number, one task for each call."""

    def __init__(
        self,
        serve: Callable[[Line], Coroutine[None, None, None]],
        passage_of: Callable[[str], Passage | None] = lambda _: None,
    ) -> None:
        """Hand every call to `serve`, which is cancelled when the caller hangs up; `passage_of` is by Call-ID."""
        self._serve, self._passage_of = serve, passage_of
        self._runtime = Runtime()
        self._tasks: dict[asyncio.Task[None], Line] = {}

    async def start(self, *, address: str, rtp_ports: tuple[int, int], numbers: list[str]) -> int:
        """Bind signalling to a free port of `address`, media to `rtp_ports`; return the signalling port."""
        port = await self._start_runtime(address, rtp_ports)
        for number in numbers:
            agent = await UserAgent.create(
                self._runtime,
                Account(user=number, domain=f"{address}:{port}", password="", reg_interval=0),
                transfer_policy="reject",
            )
            agent.on_incoming(lambda call, number=number: self._on_call(call, number))
        return port

    async def _start_runtime(self, address: str, rtp_ports: tuple[int, int]) -> int:
        for _ in range(MOST_TRIES):
            port = free_udp_port(address)
            config = Config(
                net_interface=address,
                audio_driver="aumem",
                max_concurrent_calls=MOST_CALLS,
                rtp_timeout=GONE_AFTER_SECONDS,
                extra_config_text=(
                    f"sip_listen {address}:{port}\n"
                    "sip_transports udp\n"
                    f"rtp_ports {rtp_ports[0]}-{rtp_ports[1]}\n"
                    "call_local_timeout 0\n"  # rings for ever means for ever
                ),
            )
            try:
                await self._runtime.start(config)
            except BaresipError as refusal:  # somebody took the port since it was found free
                LOG.warning("event=sip.not_started port=%d reason=%r", port, str(refusal))
                self._runtime = Runtime()
            else:
                return port
        raise SipStackNotStartedError(address, MOST_TRIES)

    async def stop(self) -> None:
        """Hang up every call and end the stack."""
        await asyncio.gather(*(line.hang_up() for line in list(self._tasks.values())))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runtime.close()

    def _on_call(self, call: Call, number: str) -> None:
        line = Line(call, number, self._passage_of(call.call_id or ""))
        LOG.info("event=call.ringing number=%s call=%s caller=%r", number, line.name, call.peer)
        task = asyncio.create_task(self._serve(line), name=f"call {line.name}")
        self._tasks[task] = line
        task.add_done_callback(self._on_served)

        def on_closed(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED:
                LOG.info("event=call.ended number=%s call=%s reason=%r", number, line.name, event.text or "")
                task.cancel()

        call.on(on_closed)

    def _on_served(self, task: asyncio.Task[None]) -> None:
        line = self._tasks.pop(task)
        if not task.cancelled() and task.exception() is not None:
            LOG.error("event=call.broken number=%s call=%s", line.number, line.name, exc_info=task.exception())


def free_udp_port(address: str) -> int:
    """Find a UDP port of this address that nobody has at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


class SipStackNotStartedError(Exception):
    """A SIP stack that did not start on any port it was given."""

    def __init__(self, address: str, tries: int) -> None:
        super().__init__(f"the SIP stack did not start on {address} in {tries} tries: its reasons are in the log")
        self.address, self.tries = address, tries
