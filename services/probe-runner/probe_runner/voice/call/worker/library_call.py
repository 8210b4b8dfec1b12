"""The one call of a process, as the library sees it: tells every change, speaks, is recorded."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from probe_runner.voice.call.worker.keys import Keypad
from probe_runner.voice.call.worker.message import noted, party, read_message
from probe_runner.voice.call.worker.overheard import MOST_SIGNS, Overheard
from probe_runner.voice.call.worker.rtp_source import RtpSource
from probe_runner.voice.call.worker.stillness import Gaps
from probe_runner.voice.call.worker.wire import Wire

DECLINED = 603
READ_ONCE = {pj.PJSIP_TSX_STATE_TRYING, pj.PJSIP_TSX_STATE_PROCEEDING, pj.PJSIP_TSX_STATE_COMPLETED}
READ_ONCE |= {pj.PJSIP_TSX_STATE_TERMINATED}
"""A message of the other side brings its transaction into one of these; what is sent again does not."""


def reporting(handler: Callable[..., None]) -> Callable[..., None]:
    """Make a handler report what goes wrong in it: the library would print it and go on."""

    @functools.wraps(handler)
    def safe(self: Any, prm: Any) -> None:  # noqa: ANN401  the library's own types
        try:
            handler(self, prm)
        except Exception as error:  # noqa: BLE001  nothing may be lost in the library
            self.wire.tell("error", where=handler.__name__, what=f"{type(error).__name__}: {error}"[:300])

    return safe


class LibraryCall(pj.Call):  # type: ignore[misc]
    """The one call of this process. ``call_id``: the library's number of a call that came in."""

    def __init__(
        self, account: pj.Account, wire: Wire, wav: str, keypad: Keypad, call_id: int = pj.PJSUA_INVALID_ID
    ) -> None:
        super().__init__(account, call_id)
        self.wire, self.wav, self.keypad = wire, wav, keypad
        self.silence = pj.Endpoint.instance().audDevManager().getCaptureDevMedia()
        """Of the null device; keeps the recording in step with the clock while the other side sends nothing."""
        self.recorder: pj.AudioMediaRecorder | None = None
        self.player: pj.AudioMediaPlayer | None = None
        self.said_at: float | None = None
        self.overheard, self.source, self.gaps = Overheard(), RtpSource(), Gaps()
        self.codec, self.signs = "", 0
        self.is_over = False

    @reporting
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802  the library's name
        """Tell every change of state."""
        info = self.getInfo()
        is_over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
        is_local = prm.e.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG
        self.wire.tell(
            "state", code=info.lastStatusCode, reason=info.lastReason[:200], is_local=is_local, is_over=is_over
        )
        self.is_over = self.is_over or is_over

    @reporting
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802  the library's name
        """Read what the other side has said in this call."""
        body = prm.e.body.tsxState
        if body.type == pj.PJSIP_EVENT_RX_MSG and body.tsx.state in READ_ONCE:
            for name, note in self.overheard.heard(read_message(body.src.rdata.wholeMsg)):
                self.sign(name, note)

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:  # noqa: N802  the library's name
        """Note the new address, and do not call it: the plan says who is called."""
        message = prm.e.body.tsxState.src.rdata.wholeMsg if prm.e.type == pj.PJSIP_EVENT_TSX_STATE else ""
        self.sign("redirected", party(read_message(message).headers.get("contact", "")) or noted(prm.targetUri))
        return int(pj.PJSIP_REDIRECT_REJECT)

    @reporting
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802  the library's name
        """Never call anybody else because we were told to."""
        prm.statusCode = DECLINED

    @reporting
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802  the library's name
        """Nobody takes this call over."""
        prm.statusCode = DECLINED
        self.sign("referred", "to another call that was to replace this one")

    @reporting
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: ARG002, N802  the library's name
        """Record, from the first media on."""
        info = self.getInfo()  # kept: the library frees what a temporary's parts point to
        for media in info.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO or media.status != pj.PJSUA_CALL_MEDIA_ACTIVE:
                continue
            if self.recorder is None:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(self.wav)
                self.silence.startTransmit(self.recorder)
                self.wire.tell("recording")
            self.getAudioMedia(media.index).startTransmit(self.recorder)
            self._tell_codec(media.index)
            return

    def _tell_codec(self, index: int) -> None:
        stream = self.getStreamInfo(index)
        if stream.codecName != self.codec:
            self.codec = stream.codecName
            self.wire.tell("codec", codec=noted(self.codec))

    @reporting
    def onStreamCreated(self, prm: pj.OnStreamCreatedParam) -> None:  # noqa: N802  the library's name
        """Look at where its packets come from."""
        self.source.created(int(prm.stream))

    @reporting
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802  the library's name
        """Do not look any more."""
        self.source.destroyed(int(prm.stream))

    @reporting
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802  the library's name
        """Tell of a key pressed on the other side."""
        self.sign("digit_heard", noted(prm.digit[:1]))

    def sign(self, name: str, note: str = "") -> None:
        """Tell of one thing signalled, if it is not one too many."""
        if self.signs < MOST_SIGNS:
            self.signs += 1
            self.wire.tell("sign", name=name, note=note)

    def press(self, digits: str) -> None:
        """Press keys, and tell which way they went, or why they did not."""
        try:
            self.wire.tell("pressed", digits=digits, how=self.keypad.press(self, digits))
        except pj.Error as error:
            self._not_pressed(error)

    def _not_pressed(self, error: pj.Error) -> None:
        if not self.is_over:  # in a call that is over nothing can be pressed, and nothing need be
            self.wire.tell("not_pressed", what=error.info()[:300])

    def say(self, wav: str, seconds: float) -> None:
        """Play a sound to the other side, once in a call, at most for so long."""
        if self.player is not None:
            return
        self.player = pj.AudioMediaPlayer()
        self.player.createPlayer(wav, pj.PJMEDIA_FILE_NO_LOOP)
        self.player.startTransmit(self.getAudioMedia(-1))
        self.said_at = time.monotonic() + seconds
        self.wire.tell("sign", name="announced", note="")

    def turn(self) -> None:
        """What is due by now: the next key, the end of what we say, and a look at the source of the sound."""
        try:
            self.keypad.turn(self)
        except pj.Error as error:
            self._not_pressed(error)
        if source := self.source.changed():
            self.sign("ssrc_changed", source)
        if self.said_at is not None and time.monotonic() >= self.said_at:
            self.said_at = None
            self.wire.tell("sign", name="announcement_ended", note="")
            if self.player is not None:
                self.player.stopTransmit(self.getAudioMedia(-1))

    def tell_statistics(self, late_ms: int) -> None:
        """Send what RTP has brought so far; that we are alive while there is no media."""
        if not self.hasMedia():
            self.wire.tell("alive", late_ms=late_ms)
            return
        statistics = self.getStreamStat(0)  # kept: the library frees what a temporary's parts point to
        received = statistics.rtcp.rxStat
        level = self.getAudioMedia(-1).getTxLevel()  # of a call, "tx" is what it gives to the recorder
        self.wire.tell(
            "statistics",
            packets=received.pkt,
            lost=received.loss,
            jitter_us=received.jitterUsec.mean,
            level=level,
            late_ms=late_ms,
        )
        self._tell_gap(received.pkt)

    def _tell_gap(self, packets: int) -> None:
        gap = self.gaps.gap(packets, time.monotonic())
        if gap is not None:
            self.wire.tell("gap", since=gap[0], until=gap[1])

    def stop_recording(self) -> None:
        """Let the recorder write what it still holds."""
        self.recorder = None
