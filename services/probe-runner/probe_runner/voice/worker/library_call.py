"""The one call of a process, as the library sees it: tells every change, presses keys, is recorded."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from probe_runner.voice.worker.wire import Wire

DIGIT_MS = 160
"""Length of one key; at least 40 ms (ITU-T Q.24), and some IVRs want more than 100."""


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
    """The one call of this process."""

    def __init__(self, account: pj.Account, wire: Wire, wav: str) -> None:
        super().__init__(account)
        self.wire, self.wav = wire, wav
        self.silence = pj.Endpoint.instance().audDevManager().getCaptureDevMedia()
        """Of the null device; keeps the recording in step with the clock while the other side sends nothing."""
        self.recorder: pj.AudioMediaRecorder | None = None
        self.tones: pj.ToneGenerator | None = None
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
            return

    @reporting
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802  the library's name
        """Tell of a key pressed on the other side."""
        self.wire.tell("digit_heard", digit=prm.digit[:1])

    def press(self, digits: str) -> None:
        """Press keys by RFC 4733; in the sound itself where the other side does not offer that."""
        order = pj.CallSendDtmfParam()
        order.method, order.digits, order.duration = pj.PJSUA_DTMF_METHOD_RFC2833, digits, DIGIT_MS
        try:
            self.sendDtmf(order)
            how = "rfc4733"
        except pj.Error:
            self._press_in_band(digits)
            how = "in-band"
        self.wire.tell("pressed", digits=digits, how=how)

    def _press_in_band(self, digits: str) -> None:
        if self.tones is None:
            self.tones = pj.ToneGenerator()
            self.tones.createToneGenerator(8000, 1)
            self.tones.startTransmit(self.getAudioMedia(-1))
        keys = pj.ToneDigitVector()
        for digit in digits:
            key = pj.ToneDigit()
            key.digit, key.on_msec, key.off_msec = digit, DIGIT_MS, DIGIT_MS
            keys.append(key)
        self.tones.playDigits(keys)

    def tell_statistics(self) -> None:
        """Send what RTP has brought so far; that we are alive while there is no media."""
        if not self.hasMedia():
            self.wire.tell("alive")
            return
        statistics = self.getStreamStat(0)  # kept: the library frees what a temporary's parts point to
        received = statistics.rtcp.rxStat
        level = self.getAudioMedia(-1).getTxLevel()  # of a call, "tx" is what it gives to the recorder
        self.wire.tell(
            "statistics", packets=received.pkt, lost=received.loss, jitter_us=received.jitterUsec.mean, level=level
        )

    def stop_recording(self) -> None:
        """Let the recorder write what it still holds."""
        self.recorder = None
