from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile
from voice.sounds import prompt

from probe_runner.voice.exhibits import exhibits_of, trace_of

INVITE = """10:00:00.123      pjsua_core.c  ....TX 300 bytes Request msg INVITE/cseq=2 (tdta0x1) to UDP 127.0.0.1:5:
INVITE sip:1500600@127.0.0.1 SIP/2.0
Authorization: Digest username="sambung", nonce="1",
 response="0123456789abcdef"
proxy-authorization: Digest response="fedcba9876543210"
Call-ID: 1

--end msg--
10:00:00.124          sip_endpoint.c  .Module "secret-less noise" registered
10:00:00.125           pjsua_core.c  .RX 200 bytes Response msg 200/INVITE/cseq=2 (rdata0x2) from UDP 127.0.0.1:5060:
SIP/2.0 200 OK

--end msg--
"""


def write_wav(path, samples):
    path.write_bytes(bytes(44) + (samples * 32767).astype("<i2").tobytes())


def test_a_trace_has_the_messages_with_their_times_and_no_credentials(tmp_path):
    (tmp_path / "log").write_bytes(INVITE.replace("\n", "\r\n").encode() + b"\xff\x00")
    trace = trace_of(tmp_path / "log")
    assert trace.startswith("10:00:00.123 TX 300 bytes Request msg INVITE")
    assert "SIP/2.0 200 OK" in trace
    assert "Authorization: (removed)\nproxy-authorization: (removed)\nCall-ID: 1" in trace
    assert "0123456789abcdef" not in trace
    assert "fedcba9876543210" not in trace
    assert "noise" not in trace


def test_a_recording_can_be_played_and_has_its_length(tmp_path):
    write_wav(tmp_path / "wav", prompt("greeting"))
    recording, log = exhibits_of(tmp_path / "wav", tmp_path / "no-trace", [{"step": "dialled", "at_s": 0.1}])
    assert (recording.file, recording.media_type) == ("call.ogg", "audio/ogg")
    samples, rate = soundfile.read(io.BytesIO(recording.data))
    assert len(samples) / rate == pytest.approx(len(prompt("greeting")) / 8000, abs=0.05)
    assert np.sqrt(np.mean(samples**2)) > 0.02
    assert len(recording.data) < len(prompt("greeting"))
    assert json.loads(log.data) == {"step": "dialled", "at_s": 0.1}


def test_what_there_is_not_is_no_exhibit(tmp_path):
    assert exhibits_of(tmp_path / "no-wav", tmp_path / "no-trace", []) == ()
