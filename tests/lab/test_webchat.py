from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
from lab.chatting import visiting

from sambung.lab.faults import CHAT_FAULTS
from sambung.lab.lab import Lab
from sambung.lab.webchat import LONGEST_TEXT, MOST_CONVERSATIONS


async def test_a_healthy_chat_goes_from_the_menu_to_a_human_who_can_count(lab: Lab) -> None:
    async with visiting(lab) as visitor:
        greeting = await visitor.hear()
        assert greeting["actor"] == "bot"
        assert [button["payload"] for button in greeting["buttons"]] == ["1", "9"]
        await visitor.choose("1")
        assert "buttons" in await visitor.hear()
        await visitor.say("berapa hasil 7 tambah 5?")
        assert "12" not in (await visitor.hear())["text"]
        await visitor.choose("9")
        assert (await visitor.hear())["text"] == "Mohon tunggu, Anda sedang dihubungkan dengan petugas."
        assert (await visitor.hear("queue"))["position"] == 2
        assert (await visitor.hear("queue"))["position"] == 1
        assert await visitor.hear("joined") == {"type": "joined", "actor": "human", "name": "Rina"}
        hello = await visitor.hear()
        assert (hello["actor"], hello["name"]) == ("human", "Rina")
        await visitor.say("berapa hasil 7 tambah 5?")
        assert (await visitor.hear())["text"] == "Hasilnya 12."
        await visitor.say("terima kasih")
        await visitor.hear("ended")
        assert (await visitor.socket.receive(timeout=5)).type is WSMsgType.CLOSE


async def test_unreachable_refuses_the_handshake_and_the_api(lab: Lab, http: ClientSession) -> None:
    lab.exchange.put("webchat", "unreachable")
    with pytest.raises(WSServerHandshakeError) as refused:
        async with visiting(lab):
            pass
    assert refused.value.status == 503
    assert (await http.post("/api/messages", json={})).status == 503


async def test_no_reply_never_says_a_word(lab: Lab) -> None:
    lab.exchange.put("webchat", "no-reply")
    async with visiting(lab) as visitor:
        await visitor.choose("9")
        assert await visitor.hear_all(0.6) == []


async def test_wrong_reply_says_something_else(lab: Lab) -> None:
    lab.exchange.put("webchat", "wrong-reply")
    async with visiting(lab) as visitor:
        assert "Toko Bunga" in (await visitor.hear())["text"]


async def test_ignores_menu_shows_the_menu_again(lab: Lab) -> None:
    lab.exchange.put("webchat", "ignores-menu")
    async with visiting(lab) as visitor:
        await visitor.hear()
        await visitor.choose("9")
        assert (await visitor.hear())["text"].startswith("Ketik 1")
        await visitor.choose("9")
        assert (await visitor.hear())["text"].startswith("Ketik 1")


async def test_closed_says_so_instead_of_a_queue(lab: Lab) -> None:
    lab.exchange.put("webchat", "closed")
    async with visiting(lab) as visitor:
        await visitor.hear()
        await visitor.choose("9")
        assert "di luar jam layanan" in (await visitor.hear())["text"]
        assert await visitor.hear_all(0.5) == []


async def test_no_agent_keeps_the_visitor_in_the_queue_until_mended(lab: Lab) -> None:
    lab.exchange.put("webchat", "no-agent")
    async with visiting(lab) as visitor:
        await visitor.hear()
        await visitor.choose("9")
        assert [(await visitor.hear("queue"))["position"] for _ in range(4)] == [2, 2, 2, 2]
        lab.exchange.put("webchat", "none")
        await visitor.hear("joined")


async def test_agent_silent_joins_and_never_speaks(lab: Lab) -> None:
    lab.exchange.put("webchat", "agent-silent")
    async with visiting(lab) as visitor:
        await visitor.hear()
        await visitor.choose("9")
        await visitor.hear("joined")
        await visitor.say("halo?")
        assert await visitor.hear_all(0.6) == []


def test_every_chat_fault_has_its_test() -> None:
    tested = {name.replace("_", "-") for name in globals() if name.startswith("test_")}
    for fault in CHAT_FAULTS:
        assert fault == "none" or any(name.startswith(f"test-{fault}-") for name in tested), fault


async def test_polling_sees_the_same_conversation(http: ClientSession) -> None:
    session = (await (await http.post("/api/messages", json={})).json())["session"]

    async def read(after: int) -> dict:
        return await (await http.get("/api/messages", params={"session": session, "after": after})).json()

    async def read_until(kind: str, text: str = "") -> list[dict]:
        async with asyncio.timeout(5):
            while True:
                seen = (await read(0))["messages"]
                if any(frame["type"] == kind and text in frame.get("text", "") for frame in seen):
                    return seen
                await asyncio.sleep(0.05)

    await read_until("message", "Selamat datang")
    assert (await http.post("/api/messages", json={"session": session, "payload": "9"})).status == 200
    await read_until("message", "dengan Rina")
    await http.post("/api/messages", json={"session": session, "text": "20 tambah 3"})
    seen = await read_until("message", "Hasilnya 23.")
    assert [frame["id"] for frame in seen] == list(range(1, len(seen) + 1))
    assert (await read(len(seen)))["messages"] == []


MALFORMED = [
    "{",
    "[]",
    "7",
    "{}",
    '{"type": "message"}',
    '{"type": "message", "text": ""}',
    '{"type": "message", "text": "   "}',
    '{"type": "message", "text": ["x"]}',
    '{"type": "choice", "text": "9"}',
    '{"type": ["message"], "text": "9"}',
    '{"type": "message", "text": "' + "x" * (LONGEST_TEXT + 1) + '"}',
]


async def test_a_malformed_frame_is_told_what_is_allowed_and_the_chat_goes_on(lab: Lab) -> None:
    async with visiting(lab) as visitor:
        for frame in MALFORMED:
            await visitor.socket.send_str(frame)
            assert '"type": "choice"' in (await visitor.hear("error"))["text"], frame
        await visitor.choose("9")
        await visitor.hear("queue")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"text": 7}', b'{"session": "nobody", "text": "x"}'])
async def test_a_malformed_post_is_refused(http: ClientSession, body: bytes) -> None:
    answer = await http.post("/api/messages", data=body)
    assert answer.status in (404, 422)
    assert (await answer.json())["error"]


@pytest.mark.parametrize("query", [{}, {"session": "nobody"}, {"session": "", "after": "0"}])
async def test_reading_an_unknown_session_is_refused(http: ClientSession, query: dict[str, str]) -> None:
    assert (await http.get("/api/messages", params=query)).status == 404


async def test_the_number_of_conversations_is_bounded(http: ClientSession) -> None:
    for _ in range(MOST_CONVERSATIONS):
        assert (await http.post("/api/messages", json={})).status == 200
    answer = await http.post("/api/messages", json={})
    assert answer.status == 503
    assert str(MOST_CONVERSATIONS) in (await answer.json())["error"]


async def test_a_visitor_who_floods_is_told_to_wait(http: ClientSession, lab: Lab) -> None:
    lab.exchange.put("webchat", "no-agent")
    session = (await (await http.post("/api/messages", json={"payload": "9"})).json())["session"]
    answers = [(await http.post("/api/messages", json={"session": session, "text": "x"})).status for _ in range(60)]
    assert answers[0] == 200
    assert answers[-1] == 422


async def test_the_page_is_indonesian_and_whole(http: ClientSession) -> None:
    answer = await http.get("/")
    assert answer.status == 200
    assert '<html lang="id">' in await answer.text()
