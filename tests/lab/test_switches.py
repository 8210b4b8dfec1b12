from __future__ import annotations

import pytest
from aiohttp import ClientSession

from sambung.lab.faults import CHAT_FAULTS, VOICE_FAULTS
from sambung.lab.lab import Lab


async def test_every_number_is_listed_with_what_it_can_have(http: ClientSession) -> None:
    listed = await (await http.get("/faults")).json()
    lines = {number: entry.pop("faults") for number, entry in listed.items()}
    assert listed == {
        "1500600": {"name": "CC Inbound", "kind": "voice", "fault": "none", "allowed": list(VOICE_FAULTS)},
        "1500700": {"name": "CC Prioritas", "kind": "voice", "fault": "none", "allowed": list(VOICE_FAULTS)},
        "webchat": {"name": "Web Chat", "kind": "chat", "fault": "none", "allowed": list(CHAT_FAULTS)},
    }
    assert list(lines["1500600"]) == ["healthy", "telco", "media", "ivr", "queue", "agent", "tricky"]
    assert lines["1500600"]["queue"]["closed"] == VOICE_FAULTS["closed"].line
    for number, layers in lines.items():
        assert {name for layer in layers.values() for name in layer} == set(listed[number]["allowed"])


async def test_a_fault_is_put_and_taken_away(http: ClientSession, lab: Lab) -> None:
    answer = await http.put("/faults/1500700", json={"fault": "no-agent"})
    assert (answer.status, await answer.json()) == (200, {"number": "1500700", "fault": "no-agent"})
    assert lab.exchange.fault("1500700") == "no-agent"
    answer = await http.delete("/faults/1500700")
    assert (answer.status, await answer.json()) == (200, {"number": "1500700", "fault": "none"})
    assert lab.exchange.fault("1500700") == "none"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_an_unknown_number_names_those_there_are(http: ClientSession, method: str) -> None:
    answer = await http.request(method, "/faults/110", json={"fault": "busy"})
    assert answer.status == 404
    assert (await answer.json())["allowed"] == ["1500600", "1500700", "webchat"]


@pytest.mark.parametrize("body", [b'{"fault": "busy"}', b'{"fault": 7}', b"[]", b"{", b"", b"\xff"])
async def test_an_unknown_fault_or_body_names_what_is_allowed(http: ClientSession, body: bytes) -> None:
    answer = await http.put("/faults/webchat", data=body)
    assert answer.status == 422
    assert (await answer.json())["allowed"] == list(CHAT_FAULTS)


async def test_the_lab_is_ready_when_sip_and_bot_answer(http: ClientSession) -> None:
    answer = await http.get("/readyz")
    assert (answer.status, await answer.json()) == (200, {"sip": True, "bot": True})
    assert (await http.get("/livez")).status == 200


async def test_the_lab_is_not_ready_without_its_sip_stack(http: ClientSession, lab: Lab) -> None:
    await lab._stack.stop()
    answer = await http.get("/readyz")
    assert (answer.status, await answer.json()) == (503, {"sip": False, "bot": True})
