"""Where the pages and their health are served. Knows nothing of what they show."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

import shared.settings
from dashboard.look import THEME

Port = Annotated[int, Field(ge=0, le=65_535)]


class Settings(shared.settings.Settings):
    """Pages on ``http_port``; health, metrics and contracts on ``admin_port`` (None: the port after the pages')."""

    service: str = "dashboard"
    http_port: Port = 8_501
    admin_port: Port | None = None

    @property
    def health_port(self) -> int:
        """The port of health and metrics; 0 (any free one) goes with 0."""
        if self.admin_port is not None:
            return self.admin_port
        return self.http_port + 1 if self.http_port else 0


def streamlit_options(host: str, port: int) -> dict[str, Any]:
    """What Streamlit is told, by the names of its own configuration. XSRF and CORS protection stay on."""
    return {
        "server.address": host,
        "server.port": port,
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
        "global.disableWidgetStateDuplicationWarning": True,
        **{f"theme.{name}": value for name, value in THEME.items()},
    }
