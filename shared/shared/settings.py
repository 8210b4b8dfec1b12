"""Where things are: read once from the environment in each ``__main__`` and passed on. What is tested is the plan."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SAMBUNG_"


class Settings(BaseSettings):
    """What every process needs. ``SAMBUNG_<NAME>_FILE`` names a file that holds the value of ``SAMBUNG_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    service: str = "service"
    instance: str = Field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    nats_url: str = "nats://127.0.0.1:4222"
    nats_user: str = ""
    nats_password: SecretStr = SecretStr("")
    data_dir: Path = Path("data")
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    log_format: Annotated[str, Field(pattern="^(json|console)$")] = "json"

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: Any) -> Any:  # noqa: ANN401  pydantic hands over whatever came in
        """Secrets come from files in containers: the environment of a process is easier to read than a file."""
        for name in cls.model_fields:
            path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
            if path and isinstance(values, dict) and name not in values:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @property
    def inbox(self) -> str:
        """The prefix of this user's reply subjects; no other user may listen there."""
        return f"_INBOX_{self.nats_user}" if self.nats_user else "_INBOX"
