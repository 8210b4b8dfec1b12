"""Opens the WebSocket of a web chat, and tells our own network's trouble from the other side's. Knows no dialogue."""

from __future__ import annotations

import errno
import re
import socket

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, ProxyError

LARGEST_FRAME = 65_536
CLOSE_S = 2.0
OUR_NETWORK = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE})


async def open_chat(address: str, within_s: float) -> ClientConnection:
    """The connection, open. Raises ``NoTransport`` for our own trouble, ``Unreachable`` for the other side's."""
    try:
        return await connect(
            address,
            max_size=LARGEST_FRAME,
            open_timeout=within_s,
            close_timeout=CLOSE_S,
            user_agent_header="Sambung (synthetic test)",
        )
    except (ProxyError, InvalidURI, socket.gaierror) as error:
        raise NoTransport(error) from error
    except (InvalidHandshake, TimeoutError) as error:
        raise Unreachable(error) from error
    except OSError as error:
        raise (NoTransport(error) if is_our_network(error) else Unreachable(error)) from error


def is_our_network(error: OSError) -> bool:
    """Whether every attempt failed for a reason on our side of the line."""
    # asyncio joins what went wrong with each address of a host into one message without a number.
    numbers = {error.errno} if error.errno else {int(number) for number in re.findall(r"\[Errno (\d+)\]", str(error))}
    return bool(numbers) and numbers <= OUR_NETWORK


class NotOpened(Exception):  # noqa: N818  says what happened
    """No connection; the text says why."""

    def __init__(self, error: Exception) -> None:
        super().__init__((str(error) or type(error).__name__)[:400])


class NoTransport(NotOpened):
    """Our name service, proxy or network."""


class Unreachable(NotOpened):
    """Nobody there, or nobody who speaks WebSocket."""
