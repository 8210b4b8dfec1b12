"""A lab with one access code for each fault, so that a test can call all of them at once; a program of its own."""

from __future__ import annotations

import asyncio
import os
import sys

from sambung.lab.__main__ import configure_logging, run
from sambung.lab.exchange import Number
from sambung.lab.faults import VOICE_FAULTS
from sambung.lab.settings import Settings

NUMBERS = tuple(Number(f"15009{index:02d}", fault, "voice") for index, fault in enumerate(VOICE_FAULTS))

if __name__ == "__main__":
    configure_logging()
    asyncio.run(run(Settings.from_environment(os.environ), NUMBERS))
    sys.exit(0)
