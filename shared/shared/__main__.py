"""Prepare a bus: ``provision`` makes streams, buckets and durables; ``rights`` prints who may say and hear what."""

from __future__ import annotations

import asyncio
import sys

from shared.bus import connect
from shared.rights import server_configuration
from shared.settings import Settings
from shared.streams import provision


async def _provision(replicas: int) -> None:
    client = await connect(Settings())
    try:
        await provision(client.jetstream(timeout=10), replicas=replicas)
    finally:
        await client.close()


def main(words: list[str]) -> int:
    """Run one of the two commands; 2 for a word that is neither."""
    match words:
        case ["rights"]:
            sys.stdout.write(server_configuration())
        case ["provision"]:
            asyncio.run(_provision(1))
        case ["provision", ("1" | "3") as replicas]:
            asyncio.run(_provision(int(replicas)))
        case _:
            sys.stderr.write("usage: python -m shared provision [1|3] | rights\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
