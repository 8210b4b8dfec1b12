"""Where the embedded mode listens. Knows which variable changes a port that is taken."""

from __future__ import annotations

import socket

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Ports(BaseSettings):
    """Where the embedded mode listens, on loopback. 0 takes any free port."""

    model_config = SettingsConfigDict(env_prefix="SAMBUNG_", extra="ignore")

    nats_port: int = Field(4222, ge=0, le=65_535)
    dashboard_port: int = Field(8501, ge=0, le=65_535)
    dashboard_admin_port: int = Field(8502, ge=0, le=65_535)
    reporting_port: int = Field(8601, ge=0, le=65_535)
    escalation_port: int = Field(8602, ge=0, le=65_535)
    probe_runner_port: int = Field(8603, ge=0, le=65_535)
    lab_sip_port: int = Field(5070, ge=0, le=65_535, validation_alias="LAB_SIP_PORT")
    lab_http_port: int = Field(8070, ge=0, le=65_535, validation_alias="LAB_HTTP_PORT")

    def variable(self, name: str) -> str:
        """The environment variable that changes a port."""
        return name.upper() if name.startswith("lab_") else f"SAMBUNG_{name.upper()}"

    def settled(self, *, with_lab: bool) -> Ports:
        """Every 0 replaced by a free port. Raises ``PortsTaken`` naming each that belongs to somebody else."""
        chosen, taken = {}, []
        for name, port in self.model_dump().items():
            if name.startswith("lab_") and not with_lab:
                continue
            kind = socket.SOCK_DGRAM if name == "lab_sip_port" else socket.SOCK_STREAM
            with socket.socket(socket.AF_INET, kind) as probe:
                if kind == socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    taken.append(f"port {port} is taken ({error.strerror}); set {self.variable(name)} to another")
                    continue
                chosen[name] = probe.getsockname()[1]
        if taken:
            raise PortsTaken(taken)
        return self.model_copy(update=chosen)


class PortsTaken(Exception):  # noqa: N818  says what happened
    """Somebody else listens there. ``str()`` names each port and the variable that changes it."""

    def __init__(self, taken: list[str]) -> None:
        super().__init__("\n".join(taken))
