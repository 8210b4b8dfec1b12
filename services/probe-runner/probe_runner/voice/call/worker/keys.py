"""Presses the keys of a telephone in a call: as events (RFC 4733), as SIP INFO, or in the sound itself."""

from __future__ import annotations

import time
from collections import deque

import pjsua2 as pj

DIGIT_MS = 160
"""Length of one key; at least 40 ms (ITU-T Q.24), and some IVRs want more than 100."""
PAUSE_MS = 160
IN_BAND_LEVEL = 12_000
"""Of 32767, for both tones together: each is at -15 dBFS, well above the faintest that a receiver must take."""


class Keypad:
    """A telephone's keys. ``way``: auto, rfc4733, info or in-band, as the trunk says.

    INFO is never chosen by itself: where nobody answers it, the library ends the call.
    """

    def __init__(self, way: str = "auto") -> None:
        self._way = way
        self._tones: pj.ToneGenerator | None = None
        self._waiting: deque[str] = deque()
        self._next_at = 0.0

    def press(self, call: pj.Call, digits: str) -> str:
        """Press keys in a call; gives the way they went. Raises ``pjsua2.Error`` where that way is closed."""
        if self._way == "info":
            self._waiting.extend(digits)
            self.turn(call)
            return "info"
        if self._way == "in-band":
            return self._play(call, digits)
        try:
            _send(call, digits, pj.PJSUA_DTMF_METHOD_RFC2833)
        except pj.Error:  # the other side has not offered telephone-event
            if self._way == "rfc4733":
                raise
            return self._play(call, digits)
        return "rfc4733"

    def turn(self, call: pj.Call) -> None:
        """Send what is due: INFOs one after the other, for two at once are taken for one key by some."""
        if self._waiting and time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + (DIGIT_MS + PAUSE_MS) / 1000
            _send(call, self._waiting.popleft(), pj.PJSUA_DTMF_METHOD_SIP_INFO)

    def _play(self, call: pj.Call, digits: str) -> str:
        if self._tones is None:
            self._tones = pj.ToneGenerator()
            self._tones.createToneGenerator(8000, 1)
        self._tones.startTransmit(call.getAudioMedia(-1))  # again: a re-INVITE may have made a new stream
        keys = pj.ToneDigitVector()
        for digit in digits:
            key = pj.ToneDigit()
            key.digit, key.on_msec, key.off_msec, key.volume = digit, DIGIT_MS, PAUSE_MS, IN_BAND_LEVEL
            keys.append(key)
        self._tones.playDigits(keys)
        return "in-band"


def _send(call: pj.Call, digits: str, method: int) -> None:
    order = pj.CallSendDtmfParam()
    order.method, order.digits, order.duration = method, digits, DIGIT_MS
    call.sendDtmf(order)
