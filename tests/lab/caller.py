"""A caller on pjsua2 (another stack than the lab's): dials, presses, records; run as a program of its own.

pjsua2 aborts the interpreter when used from two threads, so it lives in a process of its own, on one thread.
Standard input: JSON list of calls, each with `uri`, `seconds`, `press`
(list of [seconds after the answer, digit, "rfc4733" or "info"]), `wav`.
Last line of standard output: JSON list with `codes`, `answered_after`, `ended_after`, `ended_by_far_end` of each,
and `served`: [method, status] of each request of the far end inside the call.
"""

from __future__ import annotations

import gc
import json
import sys
import time

import pjsua2 as pj

METHODS = {"rfc4733": pj.PJSUA_DTMF_METHOD_RFC2833, "info": pj.PJSUA_DTMF_METHOD_SIP_INFO}


class Caller(pj.Call):
    """One call: records from the moment media is there and notes every state."""

    def __init__(self, account: pj.Account, order: dict) -> None:
        super().__init__(account)
        self.order = order
        self.codes: list[int] = []
        self.began = time.monotonic()
        self.answered: float | None = None
        self.ended: float | None = None
        self.is_hanging_up = False
        self.presses = sorted(order.get("press", []))
        self.recorder: pj.AudioMediaRecorder | None = None
        self.served: list[tuple[str, int]] = []

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802, ARG002  the library's name
        info = self.getInfo()
        self.codes.append(info.lastStatusCode)
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.answered = time.monotonic()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.ended = time.monotonic()

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802, ARG002  the library's name
        if self.recorder is None and self.order.get("wav"):
            self.recorder = pj.AudioMediaRecorder()
            self.recorder.createRecorder(self.order["wav"])
            self.getAudioMedia(-1).startTransmit(self.recorder)

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802  the library's name
        tsx = prm.e.body.tsxState.tsx
        if tsx.role == pj.PJSIP_ROLE_UAS and tsx.state == pj.PJSIP_TSX_STATE_COMPLETED:
            self.served.append((tsx.method, tsx.statusCode))

    def step(self) -> None:
        """Press what is due, hang up when it is time."""
        if self.ended is not None or self.is_hanging_up:
            return
        now = time.monotonic()
        if self.answered is not None and self.presses and now - self.answered >= self.presses[0][0]:
            _, digit, method = self.presses.pop(0)
            press = pj.CallSendDtmfParam()
            press.digits, press.method = digit, METHODS[method]
            self.sendDtmf(press)
        if now - self.began >= self.order["seconds"]:
            self.is_hanging_up = True
            self.hangup(pj.CallOpParam())

    def report(self) -> dict:
        """Tell what happened, times in seconds since dialling."""
        return {
            "codes": self.codes,
            "answered_after": None if self.answered is None else self.answered - self.began,
            "ended_after": None if self.ended is None else self.ended - self.began,
            "served": self.served,
            "ended_by_far_end": self.ended is not None and not self.is_hanging_up,
        }


def make_endpoint() -> pj.Endpoint:
    """One endpoint on one thread, without a sound device, at 8 kHz."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 4
    config.medConfig.clockRate = 8000
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    return endpoint


def main() -> None:
    """Place every call at once and report when the last has ended."""
    orders = json.load(sys.stdin)
    endpoint = make_endpoint()
    config = pj.AccountConfig()
    config.idUri = "sip:penguji@127.0.0.1"
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account = pj.Account()
    account.create(config)
    calls = [Caller(account, order) for order in orders]
    for call in calls:
        call.makeCall(call.order["uri"], pj.CallOpParam(True))
    deadline = time.monotonic() + max(order["seconds"] for order in orders) + 3
    while time.monotonic() < deadline and any(call.ended is None for call in calls):
        endpoint.libHandleEvents(10)
        for call in calls:
            call.step()
    reports = [call.report() for call in calls]
    for call in calls:
        call.recorder = None
    del call
    calls.clear()
    gc.collect()
    account.shutdown()
    endpoint.libDestroy()
    sys.stdout.write(f"\n{json.dumps(reports)}\n")


if __name__ == "__main__":
    main()
