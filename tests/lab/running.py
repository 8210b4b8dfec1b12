"""Starts a lab as a program of its own on free ports; helpers for the lab's tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTED = re.compile(r"event=lab\.started sip=(\S+):(\d+) http=\S+:(\d+)")


@dataclass
class RunningLab:
    """A lab in another process."""

    process: subprocess.Popen[str]
    sip_address: str
    sip_port: int
    http_port: int

    def uri(self, number: str) -> str:
        return f"sip:{number}@{self.sip_address}:{self.sip_port}"

    def put(self, number: str, fault: str) -> None:
        body = json.dumps({"fault": fault}).encode()
        url = f"http://127.0.0.1:{self.http_port}/faults/{number}"
        with urllib.request.urlopen(urllib.request.Request(url, body, method="PUT"), timeout=5) as answer:
            assert answer.status == 200


def start(*command: str, **variables: str) -> subprocess.Popen[str]:
    """Start a program with `LAB_` variables and ports chosen by the machine unless given."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    given = {"LAB_SIP_PORT": "0", "LAB_HTTP_PORT": "0", **variables}
    return subprocess.Popen(
        [sys.executable, *command],
        env={**ours, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running_lab(*command: str, **variables: str) -> Iterator[RunningLab]:
    """Run a lab, as `python -m sambung.lab` when no other command is given, and stop it at the end."""
    process = start(*(command or ("-m", "sambung.lab")), **variables)
    try:
        for line in process.stdout:
            match = STARTED.search(line)
            if match:
                break
        else:
            raise AssertionError(process.stderr.read())
        yield RunningLab(process, match.group(1), int(match.group(2)), int(match.group(3)))
    finally:
        process.terminate()
        process.communicate(timeout=10)
