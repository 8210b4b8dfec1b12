"""What a stream holds, one message after another: read without a consumer, so nothing is left behind. Judges nothing.

nats-py's own call has no start time.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nats.js.errors import APIError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nats.aio.client import Client

NONE_FOUND = 10_037
ANSWER_LIMIT_S = 5.0


@dataclass(frozen=True)
class Stored:
    """One message. ``at``: when the server stored it, by the one clock that all replicas share."""

    sequence: int
    at: datetime
    subject: str
    data: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object in it; empty when it holds something else."""
        try:
            body = json.loads(self.data)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}


async def first_since(client: Client, stream: str, subject: str, moment: datetime) -> Stored | None:
    """The first message of ``subject`` (wildcards allowed) from ``moment`` on."""
    return await _get(client, stream, {"next_by_subj": subject, "start_time": moment.isoformat()})


async def next_after(client: Client, stream: str, subject: str, sequence: int) -> Stored | None:
    """The first message of ``subject`` (wildcards allowed) after a sequence."""
    return await _get(client, stream, {"next_by_subj": subject, "seq": sequence + 1})


async def last_sequence(client: Client, stream: str, subject: str) -> int:
    """Of the last message of ``subject`` (wildcards allowed); 0 when there is none."""
    found = await _get(client, stream, {"last_by_subj": subject})
    return found.sequence if found else 0


async def since(client: Client, stream: str, subject: str, moment: datetime, most: int) -> AsyncIterator[Stored]:
    """The messages of ``subject`` from ``moment`` on, oldest first, at most so many."""
    found = await first_since(client, stream, subject, moment)
    for _ in range(most):
        if found is None:
            return
        yield found
        found = await next_after(client, stream, subject, found.sequence)


async def _get(client: Client, stream: str, wanted: dict[str, object]) -> Stored | None:
    subject = f"$JS.API.STREAM.MSG.GET.{stream}"
    answer = json.loads((await client.request(subject, json.dumps(wanted).encode(), timeout=ANSWER_LIMIT_S)).data)
    if "error" in answer:
        if answer["error"].get("err_code") == NONE_FOUND:
            return None
        raise APIError.from_error(answer["error"])
    message = answer["message"]
    data = base64.b64decode(message.get("data", ""))
    return Stored(message["seq"], datetime.fromisoformat(message["time"]), message["subject"], data)
