from __future__ import annotations

import socket

import pytest

from sambung.lab import sip
from sambung.lab.lab import make_lab
from sambung.lab.settings import Settings


async def test_a_port_taken_meanwhile_is_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    find, tried = sip.free_udp_port, []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]

        def find_taken_first(address: str) -> int:
            tried.append(find(address) if tried else taken)
            return tried[-1]

        monkeypatch.setattr(sip, "free_udp_port", find_taken_first)
        async with make_lab(Settings(sip_port=0, http_port=0)):
            assert len(tried) == 2


async def test_a_stack_that_never_gets_a_port_says_so_and_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        monkeypatch.setattr(sip, "free_udp_port", lambda _: other.getsockname()[1])
        broken = make_lab(Settings(sip_port=0, http_port=0))
        with pytest.raises(sip.SipStackNotStartedError, match=r"127\.0\.0\.1 in 5 tries"):
            await broken.start()
        monkeypatch.undo()
        async with make_lab(Settings(sip_port=broken.sip_port, http_port=broken.http_port)) as mended:
            assert mended.sip_port == broken.sip_port
