from __future__ import annotations

import pytest

from sambung.lab.settings import SettingRefusedError, Settings


def test_an_empty_environment_gives_loopback_and_the_known_ports() -> None:
    assert Settings.from_environment({"LAB_HOST": "", "OTHER": "x"}) == Settings(
        "127.0.0.1", 5070, 8070, (20000, 20999)
    )


def test_every_variable_is_read() -> None:
    given = {
        "LAB_HOST": "192.0.2.7",
        "LAB_SIP_PORT": "0",
        "LAB_HTTP_PORT": "65535",
        "LAB_RTP_PORTS": "30000-30009",
        "LAB_HOLD_SECONDS": "0.5",
        "LAB_QUEUE_SECONDS": "4",
        "LAB_ADVERTISE": "10.0.0.7",
    }
    assert Settings.from_environment(given) == Settings("192.0.2.7", 0, 65535, (30000, 30009), 0.5, 4, "10.0.0.7")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAB_SIP_PORT", "65536"),
        ("LAB_SIP_PORT", "-1"),
        ("LAB_HTTP_PORT", "http"),
        ("LAB_RTP_PORTS", "20000"),
        ("LAB_RTP_PORTS", "20000-20002"),
        ("LAB_RTP_PORTS", "20-20999"),
        ("LAB_RTP_PORTS", "65000-70000"),
        ("LAB_HOLD_SECONDS", "nan"),
        ("LAB_HOLD_SECONDS", "601"),
        ("LAB_HOLD_SECONDS", "soon"),
        ("LAB_QUEUE_SECONDS", "-1"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingRefusedError, match=name) as refused:
        Settings.from_environment({name: value})
    assert value in str(refused.value)
