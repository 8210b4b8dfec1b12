"""Make the streams, buckets and durables, in one place; everywhere else they are only used.

FastStream's own declaration would overwrite a stream's limits (faststream #1830), so nobody else declares.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    KeyValueConfig,
    ObjectStoreConfig,
    StorageType,
    StoreCompression,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError

from shared import subjects

DAY = 86_400.0
TWO_YEARS_AND_A_MONTH = 761 * DAY
MIB = 1_048_576

STREAMS = (
    StreamConfig(
        name=subjects.TESTS,
        description="How every test ended",
        subjects=[subjects.ALL_TESTS],
        max_age=TWO_YEARS_AND_A_MONTH,
        max_bytes=2_048 * MIB,
        duplicate_window=120,
        compression=StoreCompression.S2,
        allow_direct=True,
    ),
    StreamConfig(
        name=subjects.TICKETS,
        description="Everything that happened to a ticket; escalation's outbox is the only writer",
        subjects=[subjects.ALL_TICKETS],
        max_age=TWO_YEARS_AND_A_MONTH,
        max_bytes=1_024 * MIB,
        duplicate_window=120,
        compression=StoreCompression.S2,
        allow_direct=True,
    ),
    # One message per subject, new ones refused: a fence that survives restarts of the server,
    # which forgets consumed message ids (nats-server #3272) but not stored messages.
    StreamConfig(
        name=subjects.DUE,
        description="Tests to run, one per target and slot",
        subjects=[subjects.ALL_DUE],
        max_age=2 * DAY,
        max_bytes=256 * MIB,
        max_msgs_per_subject=1,
        discard=DiscardPolicy.NEW,
        discard_new_per_subject=True,
    ),
    StreamConfig(
        name=subjects.DEAD,
        description="Messages nobody could read or take, with the reason",
        subjects=[subjects.ALL_DEAD],
        max_age=90 * DAY,
        max_bytes=128 * MIB,
        max_msgs_per_subject=1,
    ),
)

BUCKETS = (KeyValueConfig(bucket=subjects.PLAN, description="The plan in force", history=64, max_bytes=64 * MIB),)

OBJECT_STORES = (
    ObjectStoreConfig(
        bucket=subjects.EVIDENCE,
        description="Recordings, traces, transcripts",
        ttl=TWO_YEARS_AND_A_MONTH,
        max_bytes=8_192 * MIB,
    ),
)

DURABLES = (
    (
        subjects.DUE,
        ConsumerConfig(
            durable_name=subjects.PROBE_WORKERS,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=30,
            max_deliver=-1,
            max_ack_pending=256,
        ),
    ),
    (
        subjects.TICKETS,
        ConsumerConfig(
            durable_name=subjects.TEST_REQUESTS,
            filter_subject="ticket.test-requested.*",
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=30,
            max_deliver=-1,
            max_ack_pending=1_000,
        ),
    ),
    (
        subjects.TICKETS,
        ConsumerConfig(
            durable_name=subjects.IOC,
            filter_subject=subjects.ALL_TICKETS,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=60,
            max_deliver=-1,
            max_ack_pending=1_000,
        ),
    ),
)

STREAM_NOT_FOUND = 10_059
CLUSTER_NOT_READY = frozenset({10_008, 10_009, 10_074, 10_004, 10_005, 10_023})


async def provision(js: JetStreamContext, *, replicas: int = 1, patience_s: float = 60) -> None:
    """Create or update everything, with ``replicas`` copies of each (1 or 3).

    A cluster that has no leader yet is asked again until ``patience_s`` is over; then its error is raised.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s
    while True:
        try:
            await _provision(js, replicas)
        except (APIError, TimeoutError) as error:
            if loop.time() >= end or (isinstance(error, APIError) and not _is_passing(error)):
                raise
            await asyncio.sleep(0.5)
        else:
            return


def _is_passing(error: APIError) -> bool:
    return error.code == HTTPStatus.SERVICE_UNAVAILABLE or error.err_code in CLUSTER_NOT_READY


async def _provision(js: JetStreamContext, replicas: int) -> None:
    for stream in STREAMS:
        await _create_or_update(js, replace(stream, num_replicas=replicas, storage=StorageType.FILE))
    for bucket in BUCKETS:
        try:
            await js.stream_info(f"KV_{bucket.bucket}")
        except NotFoundError:
            await js.create_key_value(replace(bucket, replicas=replicas, storage=StorageType.FILE))
    for store in OBJECT_STORES:
        try:
            await js.stream_info(f"OBJ_{store.bucket}")
        except NotFoundError:
            await js.create_object_store(
                str(store.bucket), config=replace(store, replicas=replicas, storage=StorageType.FILE)
            )
    for name, durable in DURABLES:
        await js.add_consumer(name, config=durable)


async def _create_or_update(js: JetStreamContext, config: StreamConfig) -> None:
    try:
        await js.update_stream(config)
    except APIError as error:
        if error.err_code != STREAM_NOT_FOUND:
            raise
        await js.add_stream(config)
