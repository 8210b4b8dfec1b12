"""The lab as a program: `python -m sambung.lab`; it reads the environment, runs until told to stop, and logs."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from sambung.lab.exchange import NUMBERS, Number
from sambung.lab.lab import AddressRefusedError, PortTakenError, make_lab
from sambung.lab.settings import SettingRefusedError, Settings
from sambung.lab.sip import SipStackNotStartedError

USAGE_ERROR = 2


async def run(settings: Settings, numbers: tuple[Number, ...] = NUMBERS) -> None:
    """Run a lab until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with make_lab(settings, numbers):
        await stopping.wait()


def configure_logging() -> None:
    """Log to standard output, one line for each event, key=value."""
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.INFO,
        format="time=%(asctime)s.%(msecs)03d level=%(levelname)s logger=%(name)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    logging.getLogger("baresip").setLevel(logging.WARNING)


def main() -> int:
    """Start the program; 0 when it was stopped, 2 when it could not start as told."""
    configure_logging()
    try:
        asyncio.run(run(Settings.from_environment(os.environ)))
    except (SettingRefusedError, PortTakenError, AddressRefusedError, SipStackNotStartedError) as refusal:
        sys.stderr.write(f"lab: {refusal}\n")
        return USAGE_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
