"""Where the pages and their health are served. Knows nothing of what they show."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

import shared.settings
from dashboard.look import THEME

Port = Annotated[int, Field(ge=0, le=65_535)]

LOOPBACK = ["127.0.0.1", "localhost"]


class Settings(shared.settings.Settings):
    """Pages on ``http_port``; health, metrics and contracts on ``admin_port`` (None: the port after the pages').

    ``allowed_hosts``: the names, with commas between, under which browsers may reach the pages; empty: only this
    machine's own as long as the pages listen on loopback (so that no web page elsewhere can act through a name that
    it makes point here), else any.
    """

    service: str = "dashboard"
    http_port: Port = 8_501
    admin_port: Port | None = None
    allowed_hosts: str = ""

    @property
    def health_port(self) -> int:
        """The port of health and metrics; 0 (any free one) goes with 0."""
        if self.admin_port is not None:
            return self.admin_port
        return self.http_port + 1 if self.http_port else 0

    @property
    def hosts(self) -> list[str]:
        """The names under which browsers may reach the pages; none named: any."""
        named = [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]
        return named or (LOOPBACK if self.http_host in LOOPBACK else [])


def streamlit_options(settings: Settings, port: int) -> dict[str, Any]:
    """What Streamlit is told, by the names of its own configuration. XSRF and CORS protection stay on."""
    return {
        "server.address": settings.http_host,
        "server.port": port,
        "server.allowedHosts": settings.hosts,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.maxUploadSize": 1,
        "server.enableStaticServing": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "runner.magicEnabled": False,
        "logger.hideWelcomeMessage": True,
        "logger.enableRich": False,
        "global.disableWidgetStateDuplicationWarning": True,
        **{f"theme.{name}": value for name, value in THEME.items()},
    }
