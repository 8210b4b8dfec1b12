"""Objects of the EVIDENCE store, in parts. Knows the bus; knows nothing of what the bytes show.

The library's own way to get an object makes a push consumer that waits for ever when the server goes away, so the
chunks are asked for one by one.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import OrderedDict

from nats.js import JetStreamContext
from nats.js.api import ObjectInfo
from nats.js.errors import NotFoundError, ObjectNotFoundError

from shared import subjects

PART = 256 * 1_024
LARGEST = 64 * 1_048_576
KEPT = 32 * 1_048_576
"""Bytes of objects kept at hand, the newest in any case: a player asks for one part after the other."""

STREAM = f"OBJ_{subjects.EVIDENCE}"


class EvidenceReader:
    """Reads objects, and keeps the last few at hand."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def part(self, js: JetStreamContext, name: str, offset: int) -> tuple[bytes, int]:
        """At most ``PART`` bytes of the object from ``offset`` on, and the size of the whole.

        Raises ``UnknownEvidence``, ``EvidenceTooLarge`` or ``EvidenceDamaged``.
        """
        try:
            info = await (await js.object_store(subjects.EVIDENCE)).get_info(name)
        except ObjectNotFoundError as error:
            raise UnknownEvidence(name) from error
        if (info.size or 0) > LARGEST:
            raise EvidenceTooLarge(name, info.size or 0)
        async with self._one_at_a_time:  # else a player's first few asks would each read the whole object
            data = self._kept.get(info.nuid or "")
            if data is None:
                data = await _whole(js, name, info)
                self._keep(info.nuid or "", data)
        return data[offset : offset + PART], len(data)

    def _keep(self, nuid: str, data: bytes) -> None:
        self._kept[nuid] = data
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT:
            self._kept.popitem(last=False)


async def _whole(js: JetStreamContext, name: str, info: ObjectInfo) -> bytes:
    data, subject, sequence = bytearray(), f"$O.{subjects.EVIDENCE}.C.{info.nuid}", 1
    for _ in range(info.chunks or 0):
        try:
            # Not "direct": in a cluster that may ask a copy that does not have the newest chunks yet.
            chunk = await js.get_msg(STREAM, sequence, subject, next=True)
        except NotFoundError as error:
            raise EvidenceDamaged(name) from error
        data += chunk.data or b""
        sequence = (chunk.seq or 0) + 1
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
    if (info.digest or "").split("=", 1)[-1].rstrip("=") != digest.rstrip("="):
        raise EvidenceDamaged(name)
    return bytes(data)


class UnknownEvidence(LookupError):  # noqa: N818  says what it is
    """No object has this name; or its retention is over."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no evidence is named {name}")
        self.name = name


class EvidenceTooLarge(ValueError):  # noqa: N818  says what it is
    """The object is larger than anything a probe writes."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(f"{name} has {size} bytes; at most {LARGEST} are handed out")
        self.name, self.size = name, size


class EvidenceDamaged(ValueError):  # noqa: N818  says what it is
    """Parts of the object are missing or changed: its checksum is another."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is damaged: its bytes do not match its checksum")
        self.name = name
