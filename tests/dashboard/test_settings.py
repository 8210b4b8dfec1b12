from __future__ import annotations

import pytest
from pydantic import ValidationError
from streamlit import config

from dashboard.settings import Settings, streamlit_options


@pytest.mark.parametrize(
    ("given", "port"),
    [({}, 8_502), ({"http_port": 9_000}, 9_001), ({"http_port": 0}, 0), ({"http_port": 0, "admin_port": 7}, 7)],
)
def test_health_is_served_beside_the_pages(given: dict[str, int], port: int) -> None:
    assert Settings(**given).health_port == port


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="admin_port"):
        Settings(admin_port=65_536)


def test_the_environment_names_both_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMBUNG_HTTP_PORT", "8601")
    monkeypatch.setenv("SAMBUNG_ADMIN_PORT", "8701")
    assert (Settings().http_port, Settings().health_port) == (8_601, 8_701)


def test_streamlit_knows_every_option_and_keeps_its_protection() -> None:
    options = streamlit_options(Settings(), 8_501)
    assert set(options) <= set(config._config_options_template)
    assert not {"server.enableXsrfProtection", "server.enableCORS"} & set(options)
    assert options["browser.gatherUsageStats"] is False


@pytest.mark.parametrize(
    ("host", "allowed", "hosts"),
    [
        ("127.0.0.1", "", ["127.0.0.1", "localhost"]),
        ("0.0.0.0", "", []),  # noqa: S104  what a container listens on
        ("127.0.0.1", "papan.pusat.id, localhost", ["papan.pusat.id", "localhost"]),
    ],
)
def test_on_loopback_only_this_machine_s_names_lead_here(host: str, allowed: str, hosts: list[str]) -> None:
    assert Settings(http_host=host, allowed_hosts=allowed).hosts == hosts
