import socket

import pytest

from sambung.ports import Ports, PortsTaken

FREE = dict.fromkeys(
    (
        "nats_port",
        "dashboard_port",
        "dashboard_admin_port",
        "reporting_port",
        "escalation_port",
        "probe_runner_port",
        "LAB_SIP_PORT",
        "LAB_HTTP_PORT",
    ),
    0,
)


def test_a_zero_becomes_a_free_port():
    settled = Ports(**FREE).settled(with_lab=True)

    assert all(port > 0 for port in settled.model_dump().values())


@pytest.mark.parametrize(
    ("name", "kind", "variable"),
    [
        ("nats_port", socket.SOCK_STREAM, "SAMBUNG_NATS_PORT"),
        ("dashboard_port", socket.SOCK_STREAM, "SAMBUNG_DASHBOARD_PORT"),
        ("LAB_SIP_PORT", socket.SOCK_DGRAM, "LAB_SIP_PORT"),
    ],
)
def test_a_taken_port_is_named_with_the_variable_that_changes_it(name, kind, variable):
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortsTaken, match=f"port {port} is taken .*set {variable} to another"):
            Ports(**{**FREE, name: port}).settled(with_lab=True)


def test_the_labs_ports_do_not_matter_without_the_lab():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))

        Ports(**{**FREE, "LAB_SIP_PORT": other.getsockname()[1]}).settled(with_lab=False)
