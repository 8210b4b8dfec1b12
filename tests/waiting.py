"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


async def eventually(look: Callable[[], Any], is_right: Callable[[Any], bool] = bool, within_s: float = 20) -> Any:
    """Look again until it is right; returns what was seen. Fails with what was seen last."""
    seen: Any = None
    try:
        async with asyncio.timeout(within_s):
            while not is_right(seen := await look()):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not right after {within_s} s: {seen}") from None
    return seen
