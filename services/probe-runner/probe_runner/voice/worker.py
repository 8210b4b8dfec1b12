"""One call on pjsua2, in a disposable process of its own; told what to do, tells what happens, judges nothing.

Every pjsua2 call is made on one thread: from any other the library ends the process. The recording is written by
the library's own recorder, never by Python. Python objects outlive the call, and the process ends without the
library's own clean-up: both are known to hang up or end what they should not (pjproject issues 3856 and 4353).

Standard input, JSON lines: ``dial`` (once), ``press``, ``hang_up``; its end hangs up and ends the process.
Standard output, JSON lines, each with ``event`` and ``at`` (monotonic seconds, the machine's clock).
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

LINGER_S = 1.5
"""How long to wait for the other side's answer to our BYE or CANCEL."""
STATISTICS_EVERY_S = 0.25
RTP_PORTS = (16_384, 16_000)
"""First port and how many: at random, so that the last packets of another call do not reach this one."""
PREFETCH_MS = 100
"""A deep jitter buffer: nobody talks here, so delay costs nothing, and what was lost is counted all the same."""
LONGEST_LINE = 65_536
DIGIT_MS = 160
"""Length of one key; at least 40 ms (ITU-T Q.24), and some IVRs want more than 100."""

Command = dict[str, Any]


class Wire:
    """The pipe to the parent: lines in without waiting, events out."""

    def __init__(self, into: int, out: int) -> None:
        self._in, self._out, self._rest = into, out, b""
        self.is_open = True

    def tell(self, event: str, **more: object) -> None:
        """Send one event."""
        line = json.dumps({"event": event, "at": time.monotonic(), **more})
        try:
            os.write(self._out, line.encode() + b"\n")
        except BrokenPipeError:
            self.is_open = False

    def commands(self) -> list[Command]:
        """What has come in since the last time; never waits."""
        if not select.select([self._in], [], [], 0)[0]:
            return []
        came = os.read(self._in, LONGEST_LINE)
        if not came:
            self.is_open = False
        *lines, self._rest = (self._rest + came).split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]


def reporting(handler: Callable[..., None]) -> Callable[..., None]:
    """Make a handler report what goes wrong in it: the library would print it and go on."""

    @functools.wraps(handler)
    def safe(self: Any, prm: Any) -> None:  # noqa: ANN401  the library's own types
        try:
            handler(self, prm)
        except Exception as error:  # noqa: BLE001  nothing may be lost in the library
            self.wire.tell("error", where=handler.__name__, what=f"{type(error).__name__}: {error}"[:300])

    return safe


class Line(pj.Call):  # type: ignore[misc]
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


def make_endpoint(trace: str) -> pj.Endpoint:
    """The library, polled from this thread alone, without a sound device, with its log (and so SIP) in a file."""
    endpoint, config = pj.Endpoint(), pj.EpConfig()
    endpoint.libCreate()
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly, config.uaConfig.maxCalls = 0, True, 4
    config.uaConfig.userAgent = "sambung"
    config.medConfig.clockRate, config.medConfig.ecTailLen, config.medConfig.noVad = 8000, 0, True
    config.medConfig.jbInit, config.medConfig.jbMinPre, config.medConfig.jbMaxPre = PREFETCH_MS, PREFETCH_MS, 300
    config.logConfig.filename, config.logConfig.level, config.logConfig.consoleLevel = trace, 4, 0
    endpoint.libInit(config)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    codecs = endpoint.codecEnum2()
    for codec in codecs:  # G.711 alone: what access codes speak, and what the figures are made for
        endpoint.codecSetPriority(codec.codecId, 128 if codec.codecId.startswith("PCM") else 0)
    return endpoint


def route_to(uri: str) -> str:
    """The local IPv4 address from which ``uri``'s host is reached.

    Raises:
        OSError: the name is not known, or there is no way to it.
    """
    host, _, port = uri.split("@", 1)[1].split(";", maxsplit=1)[0].partition(":")
    family, kind, _, _, there = socket.getaddrinfo(host, int(port or 5060), socket.AF_INET, socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as probe:
        probe.connect(there)
        return str(probe.getsockname()[0])


def make_account(endpoint: pj.Endpoint, local: str, command: Command) -> pj.Account:
    """The calling party, its signalling and media bound to one local address."""
    transport = pj.TransportConfig()
    transport.boundAddress = local
    is_tcp = ";transport=tcp" in command["uri"].lower()
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_TCP if is_tcp else pj.PJSIP_TRANSPORT_UDP, transport)
    config = pj.AccountConfig()
    config.idUri = f"sip:{command['caller_id']}@{local}"
    media = config.mediaConfig.transportConfig
    media.boundAddress, media.port, media.portRange, media.randomizePort = local, RTP_PORTS[0], RTP_PORTS[1], True
    account = pj.Account()
    account.create(config)
    return account


def dial(wire: Wire, command: Command) -> tuple[pj.Endpoint, pj.Account, Line] | None:
    """Start the library and the call; None when this machine cannot."""
    try:
        local = route_to(command["uri"])
        endpoint = make_endpoint(command["trace"])
        account = make_account(endpoint, local, command)
        line = Line(account, wire, command["wav"])
        wire.tell("dialled", local=local)
        line.makeCall(command["uri"], pj.CallOpParam(True))
    except (OSError, pj.Error) as error:
        text = error.info() if isinstance(error, pj.Error) else str(error)
        wire.tell("no_transport", what=text[:300])
        return None
    return endpoint, account, line


def obey(line: Line, command: Command) -> bool:
    """Do as told; False when the call is to end."""
    if command["do"] == "press":
        line.press(command["digits"])
    return bool(command["do"] != "hang_up")


def serve(wire: Wire, endpoint: pj.Endpoint, line: Line, ends_at: float) -> None:
    """Run the call until it is over, told to end, the parent is gone, or its time is up."""
    statistics_at = 0.0
    while not line.is_over and wire.is_open and time.monotonic() < ends_at:
        endpoint.libHandleEvents(10)
        try:
            if not all(obey(line, command) for command in wire.commands()):
                break
            if time.monotonic() >= statistics_at:
                statistics_at = time.monotonic() + STATISTICS_EVERY_S
                line.tell_statistics()
                flush_files()
        except pj.Error as error:
            wire.tell("error", where="serve", what=error.info()[:300])
    finish(endpoint, line)


def flush_files() -> None:
    """Bring the recording and the trace to the disk: the library buffers them, and this process may be killed."""
    ctypes.CDLL(None).fflush(None)


def finish(endpoint: pj.Endpoint, line: Line) -> None:
    """Hang up, wait a little for the answer, and let the recorder write its last samples."""
    if not line.is_over:
        line.hangup(pj.CallOpParam())
    line.stop_recording()
    gone_at = time.monotonic() + LINGER_S
    while not line.is_over and time.monotonic() < gone_at:
        endpoint.libHandleEvents(10)
    for _ in range(6):  # the recorder is closed by the library's clock, a few frames later
        endpoint.libHandleEvents(10)
    flush_files()


def make_call(wire: Wire, command: Command) -> None:
    """Make the call, from beginning to end; whatever goes wrong on the way is told."""
    try:
        made = dial(wire, command)
        if made is not None:
            endpoint, _account, line = made
            serve(wire, endpoint, line, time.monotonic() + command["deadline_s"])
            wire.tell("closed")
    except Exception as error:  # noqa: BLE001  the process ends here; its last word says why
        wire.tell("error", where="make_call", what=f"{type(error).__name__}: {error}"[:300])
    sys.stderr.flush()
    os._exit(0)


def main() -> None:
    """Wait for the dial command, make the call, end."""
    wire = Wire(0, os.dup(1))
    os.dup2(2, 1)  # whatever the library prints must not mix with the events
    while wire.is_open:
        select.select([0], [], [])
        for command in wire.commands():
            make_call(wire, command)


if __name__ == "__main__":
    main()
