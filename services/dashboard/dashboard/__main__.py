"""``python -m dashboard``: the pages on one port, health and metrics on another, one process."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import sys
from pathlib import Path
from threading import Thread

import structlog
import uvicorn
from streamlit.starlette import App
from streamlit.web import bootstrap

from dashboard.app import make_app
from dashboard.client import open_client
from dashboard.settings import Settings, streamlit_options
from shared import logs
from shared.service import TAKEN

log = structlog.get_logger()


def listen(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket; ends the process with ``TAKEN`` when the port belongs to somebody else."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
            raise
        remedy = f"set {variable} of dashboard to another port"
        log.error("port_taken", port=port, remedy=remedy, error=str(error))  # noqa: TRY400  no bug of ours
        sys.exit(TAKEN)
    return listener


def one_log() -> None:
    """Take away the handlers that Streamlit gives its loggers and uvicorn's, so that all lines look alike."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in {"streamlit", "uvicorn", "websockets"}:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.WARNING)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = Settings()
    logs.configure(settings.service, settings.instance, settings.log_format)
    pages_socket = listen(settings.http_host, settings.http_port, "SAMBUNG_HTTP_PORT")
    health_socket = listen(settings.http_host, settings.health_port, "SAMBUNG_ADMIN_PORT")
    port = pages_socket.getsockname()[1]

    frame = uvicorn.Server(
        uvicorn.Config(make_app(settings, open_client()), log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    )
    beside = Thread(target=frame.run, args=([health_socket],), name="frame", daemon=True)
    beside.start()

    bootstrap.load_config_options(streamlit_options(settings, port))
    one_log()
    pages = uvicorn.Server(
        uvicorn.Config(
            App(Path(__file__).with_name("main.py")),
            log_config=None,
            lifespan="on",
            access_log=False,
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
    )
    log.info(
        "service_started",
        http=f"http://{settings.http_host}:{port}",
        health=f"http://{settings.http_host}:{health_socket.getsockname()[1]}",
    )

    def end(*_: object) -> None:
        frame.should_exit = True

    # uvicorn raises the signal again when the pages have ended; the frame beside them has yet to say goodbye.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    pages.run(sockets=[pages_socket])
    end()
    beside.join(5)


if __name__ == "__main__":
    main()
