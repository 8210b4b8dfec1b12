"""One line per fact, key=value for people and JSON for machines. Knows nothing of what is logged."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(service: str, instance: str, log_format: str) -> None:
    """Send every log line of this process, libraries' too, to standard output.

    ``log_format``: "json" for machines, with the service's name; "console" for a person, who sees the name beside it.
    """
    steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
    ]
    if log_format == "json":
        structlog.contextvars.bind_contextvars(service=service, instance=instance)
        steps += [structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.format_exc_info]
        last: structlog.typing.Processor = structlog.processors.JSONRenderer()
    else:
        steps += [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)]
        plain = structlog.dev.plain_traceback
        last = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=24, exception_formatter=plain)
    structlog.configure(
        processors=[*steps, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=steps))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("faststream", "uvicorn", "httpx", "nats"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
