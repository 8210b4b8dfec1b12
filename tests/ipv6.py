"""Whether this machine speaks IPv6 to itself; containers often do not."""

from __future__ import annotations

import socket

import pytest


def has_ipv6() -> bool:
    """Whether ``::1`` can be listened at."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1, so nothing was tried over IPv6")
