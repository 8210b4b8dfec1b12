from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile
from voice.sounds import companded, hear, noisy, prompt, silence

from probe_runner.voice.exhibits import exhibits_of, trace_of

INVITE = """10:00:00.123      pjsua_core.c  ....TX 300 bytes Request msg INVITE/cseq=2 (tdta0x1) to UDP 127.0.0.1:5:
INVITE sip:1500600@127.0.0.1 SIP/2.0
Authorization: Digest username="sambung", nonce="1",
 response="0123456789abcdef"
proxy-authorization: Digest response="fedcba9876543210"
Contact: <sip:sambung:pa55word@127.0.0.1:5>
Call-ID: 1

m=audio 4000 RTP/SAVP 8
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj
A=CRYPTO:2 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:4
k=base64:c2VjcmV0
a=key-mgmt:mikey AQAFgM0XflABAAAAAAAAAAAAAAsAyO

--end msg--
10:00:00.124          sip_endpoint.c  .Module "secret-less noise" registered
10:00:00.125           pjsua_core.c  .RX 200 bytes Response msg 200/INVITE/cseq=2 (rdata0x2) from UDP 127.0.0.1:5060:
SIP/2.0 200 OK
WWW-Authenticate: Digest realm="pbx"
Authentication-Info: rspauth="0011223344556677"

--end msg--
"""
SECRETS = ("0123456789abcdef", "fedcba9876543210", "0011223344556677", "pa55word", "d0Rmd", "NzB4d", "c2Vjc", "AQAFg")


def write_wav(path, samples):
    path.write_bytes(bytes(44) + (samples * 32767).astype("<i2").tobytes())


def test_a_trace_has_the_messages_with_their_times_and_no_credentials(tmp_path):
    (tmp_path / "log").write_bytes(INVITE.replace("\n", "\r\n").encode() + b"\xff\x00")
    trace = trace_of(tmp_path / "log")
    assert trace.startswith("10:00:00.123 TX 300 bytes Request msg INVITE")
    assert "SIP/2.0 200 OK" in trace
    assert "Authorization: (removed)\nproxy-authorization: (removed)\nContact: <sip:sambung:(removed)@127.0" in trace
    assert "a=crypto:(removed)\nA=CRYPTO:(removed)\nk=(removed)\na=key-mgmt:(removed)\n" in trace
    assert [secret for secret in SECRETS if secret in trace] == []
    assert "m=audio 4000 RTP/SAVP 8" in trace
    assert 'WWW-Authenticate: Digest realm="pbx"' in trace
    assert "noise" not in trace


def test_a_recording_can_be_played_and_has_its_length(tmp_path):
    write_wav(tmp_path / "wav", prompt("greeting"))
    log = [{"step": "dialled", "at_s": 0.1}]
    recording, timeline, log = exhibits_of(tmp_path / "wav", tmp_path / "no-trace", log, b'{"version":1}')
    assert (recording.file, recording.media_type) == ("call.ogg", "audio/ogg")
    samples, rate = soundfile.read(io.BytesIO(recording.data))
    assert len(samples) / rate == pytest.approx(len(prompt("greeting")) / 8000, abs=0.05)
    assert np.sqrt(np.mean(samples**2)) > 0.02
    assert len(recording.data) < len(prompt("greeting"))
    assert (timeline.kind, timeline.file, timeline.data) == ("timeline", "timeline.json", b'{"version":1}')
    assert json.loads(log.data) == {"step": "dialled", "at_s": 0.1}


def test_a_recording_is_still_recognised_after_it_was_made_small(tmp_path):
    call = np.concatenate([prompt("greeting"), silence(1), prompt("hold"), prompt("agent")])
    live = companded(noisy(call, 0.001))
    write_wav(tmp_path / "wav", live)
    (recording,) = exhibits_of(tmp_path / "wav", tmp_path / "no-trace", [])
    samples, _ = soundfile.read(io.BytesIO(recording.data), dtype="float32")
    names = ("greeting", "hold", "agent")
    before, after = hear(live, *names).matches, hear(samples, *names).matches
    assert [match.name for match in after] == list(names)
    assert min(now.score - then.score for now, then in zip(after, before, strict=True)) > -0.05


def test_what_there_is_not_is_no_exhibit(tmp_path):
    assert exhibits_of(tmp_path / "no-wav", tmp_path / "no-trace", []) == ()
