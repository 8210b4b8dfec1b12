"""One line per fact, key=value for people and JSON for machines. Knows nothing of what is logged."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(service: str, instance: str, log_format: str) -> None:
    """Send every log line of this process, libraries' too, to standard output with the service's name."""
    structlog.contextvars.bind_contextvars(service=service, instance=instance)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)
    )
    structlog.configure(processors=[*shared, last], logger_factory=structlog.PrintLoggerFactory(sys.stdout))
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("faststream", "uvicorn.access", "httpx", "nats"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
