from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from lab.calling import CALLER, Order
from lab.running import running_lab

from sambung.lab.__main__ import main


def test_the_program_is_ready_and_ends_with_zero_on_a_signal() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with running_lab() as lab:
            with urllib.request.urlopen(f"http://127.0.0.1:{lab.http_port}/readyz", timeout=5) as answer:
                assert json.load(answer) == {"sip": True, "bot": True}
            lab.process.send_signal(number)
            output, errors = lab.process.communicate(timeout=5)
            assert lab.process.returncode == 0
            assert "event=lab.stopped" in output
            assert errors == ""


def refused(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    for name, value in {"LAB_SIP_PORT": "0", "LAB_HTTP_PORT": "0", **variables}.items():
        monkeypatch.setenv(name, value)
    return main(), capsys.readouterr().err


def test_a_call_is_ended_when_the_program_is_stopped(tmp_path: Path) -> None:
    with running_lab() as lab:
        order = {**vars(Order(lab.uri("1500600"), 20)), "wav": str(tmp_path / "call.wav")}
        with subprocess.Popen(
            [sys.executable, CALLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as caller:
            caller.stdin.write(json.dumps([order]))
            caller.stdin.close()
            caller.stdin = None
            for line in lab.process.stdout:
                if "event=call.answered" in line:
                    break
            lab.process.terminate()
            lab.process.communicate(timeout=5)
            output, _ = caller.communicate(timeout=10)
    assert lab.process.returncode == 0
    [report] = json.loads(output.splitlines()[-1])
    assert report["ended_by_far_end"]


@pytest.mark.parametrize(
    ("kind", "variable"),
    [(socket.SOCK_DGRAM, "LAB_SIP_PORT"), (socket.SOCK_STREAM, "LAB_HTTP_PORT")],
)
def test_a_taken_port_is_named_with_the_variable_to_change(
    kind: socket.SocketKind, variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        code, errors = refused({variable: str(port)}, monkeypatch, capsys)
    assert code == 2
    assert f"port {port} on 127.0.0.1 is taken: set {variable}" in errors


@pytest.mark.parametrize(
    ("variable", "value"),
    [("LAB_RTP_PORTS", "many"), ("LAB_HOST", "192.0.2.1"), ("LAB_ADVERTISE", "no.such.host.invalid")],
)
def test_a_setting_that_cannot_be_is_refused_by_name(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, errors = refused({variable: value}, monkeypatch, capsys)
    assert code == 2
    assert variable in errors
    assert value in errors


def test_the_lab_imports_nothing_of_ours() -> None:
    listing = "import sys, sambung.lab.__main__; print(*{name.partition('.')[0] for name in sys.modules})"
    output = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout
    assert not {"shared", "probe_runner", "escalation", "reporting", "dashboard", "pjsua2"} & set(output.split())
