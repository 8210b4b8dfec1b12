from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from natsd import Nats
from replicas import Replica, messages, replica, replicas, write_plan
from targets import PretendProbe, chat_target, plan_text, until

from probe_runner import plan_book
from probe_runner.plan_book import PlanBook
from shared.service import Health

A, B, C = (chat_target(id=name) for name in "abc")


def change(file: Path, text: str) -> None:
    """Write the file so that its time differs, however coarse the clock of the file system is."""
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))


async def keys(nats: Nats) -> list[str]:
    """Every write to the bucket, oldest first; a deletion with a minus."""
    return [
        ("-" if (message.headers or {}).get("KV-Operation") else "") + message.subject.removeprefix("$KV.PLAN.target.")
        for message in await messages(nats, "KV_PLAN")
    ]


async def test_what_is_in_the_file_is_in_force_for_every_replica(nats: Nats, tmp_path: Path) -> None:
    async with replicas(nats, write_plan(tmp_path, A, B), PretendProbe(), 3) as three:
        for one in three:
            await one.book.look(one.js)

        assert [sorted(one.book.targets) for one in three] == [["a", "b"]] * 3
        assert three[0].health.complaints() == {}
    stored = await messages(nats, "KV_PLAN")
    assert sorted(json.loads(message.data)["id"] for message in stored) == ["a", "b"]


async def test_replicas_that_start_together_write_each_target_once(nats: Nats, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, A, B, C)
    clients = [await nats.client("probe-runner") for _ in range(4)]
    books = [PlanBook(plan, Health()) for _ in clients]
    for _ in range(5):
        await asyncio.gather(*(book.look(client.jetstream()) for book, client in zip(books, clients, strict=True)))
    for client in clients:
        await client.close()

    assert sorted(await keys(nats)) == ["a", "b", "c"]
    assert all(sorted(book.targets) == ["a", "b", "c"] for book in books)


async def test_only_what_changed_is_written_and_what_vanished_is_deleted(nats: Nats, tmp_path: Path) -> None:
    file = write_plan(tmp_path, A, B)
    async with replica(nats, file, PretendProbe()) as one:
        change(file, plan_text(B.model_copy(update={"name": "Other"}), C))
        await one.book.look(one.js)

        assert {key: target.name for key, target in one.book.targets.items()} == {"b": "Other", "c": "Web Chat"}
        change(file, plan_text(A, B, C))
        await one.book.look(one.js)
        assert sorted(one.book.targets) == ["a", "b", "c"]
    assert await keys(nats) == ["a", "b", "b", "c", "-a", "a", "b"]


async def test_a_refused_plan_is_told_and_the_last_good_one_stays_in_force(nats: Nats, tmp_path: Path) -> None:
    file = write_plan(tmp_path, A)
    async with replica(nats, file, PretendProbe()) as one:
        change(file, plan_text(B).replace("interval_s", "intervall_s"))
        await one.book.look(one.js)

        assert list(one.book.targets) == ["a"]
        assert one.health.notices["plan"].startswith("refused, the last good plan stays in force: ")
        assert f"{file}:6: target 'b': intervall_s: unknown key" in one.health.notices["plan"]
        assert one.health.complaints() == {}
        async with replica(nats, file, PretendProbe()) as fresh:
            assert list(fresh.book.targets) == ["a"]

        change(file, plan_text(B))
        await one.book.look(one.js)
        assert list(one.book.targets) == ["b"]
        assert one.health.notices == {}


@pytest.mark.parametrize(
    ("written", "told"), [("x = " + "9" * 5_000, ":1: a number with too many digits"), ("pipe", "not a regular file")]
)
async def test_whatever_stands_in_the_plan_s_place_is_told_until_a_good_one_is_back(
    nats: Nats, tmp_path: Path, written: str, told: str
) -> None:
    file = write_plan(tmp_path, A)
    async with replica(nats, file, PretendProbe()) as one:
        file.unlink()
        if written == "pipe":
            os.mkfifo(file)
        else:
            file.write_text(written)
        await asyncio.wait_for(one.book.look(one.js), 20)
        assert "refused, the last good plan stays in force" in one.health.notices["plan"]
        assert told in one.health.notices["plan"]
        assert list(one.book.targets) == ["a"]

        file.unlink()
        file.write_text(plan_text(B))
        await one.book.look(one.js)
        assert list(one.book.targets) == ["b"]
        assert one.health.notices == {}


async def test_what_nobody_thought_of_is_told_too_and_the_file_read_again(
    nats: Nats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_plan(tmp_path, A)
    async with replica(nats, file, PretendProbe()) as one:
        with monkeypatch.context() as broken:
            broken.setattr(plan_book, "load_plan", lambda _: 1 // 0)
            change(file, plan_text(B))
            await one.book.look(one.js)
        assert "refused" in one.health.notices["plan"]
        assert "ZeroDivisionError: integer division or modulo by zero" in one.health.notices["plan"]

        await one.book.look(one.js)
        assert list(one.book.targets) == ["b"]
        assert one.health.notices == {}


async def test_a_missing_sound_that_comes_later_needs_no_change_of_the_plan(nats: Nats, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(
        '[[target]]\nid = "v"\nname = "V"\nchannel = "voice"\naddress = "sip:1@h"\n'
        'voice = { press = "9", greeting = "hello.wav" }\n'
    )
    async with replica(nats, file, PretendProbe()) as one:
        assert "no such sound file beside the plan: hello.wav" in one.health.complaints()["plan"]

        soundfile.write(tmp_path / "hello.wav", np.zeros(8_000), 8_000)
        await one.book.look(one.js)
        assert list(one.book.targets) == ["v"]


async def test_without_any_plan_the_service_is_not_ready_and_says_which_file_it_wants(
    nats: Nats, tmp_path: Path
) -> None:
    async with replica(nats, tmp_path / "none.toml", PretendProbe()) as one:
        assert f"{tmp_path}/none.toml does not exist" in one.health.complaints()["plan"]


async def test_a_file_that_vanishes_changes_nothing_but_the_notice(nats: Nats, tmp_path: Path) -> None:
    file = write_plan(tmp_path, A)
    async with replica(nats, file, PretendProbe()) as one:
        file.unlink()
        await one.book.look(one.js)

        assert list(one.book.targets) == ["a"]
        assert "does not exist; the last good plan stays in force" in one.health.notices["plan"]


async def test_an_entry_nobody_understands_is_told_and_the_others_are_in_force(nats: Nats, tmp_path: Path) -> None:
    async with replica(nats, write_plan(tmp_path, A), PretendProbe()) as one:
        await one.js.publish("$KV.PLAN.target.odd", b'{"id": "odd"}')
        await one.book.look(one.js)

        assert list(one.book.targets) == ["a"]
        assert "not understood" in one.health.notices["target.odd"]


async def test_a_change_made_while_the_bus_is_away_comes_into_force_later(nats: Nats, tmp_path: Path) -> None:
    file = write_plan(tmp_path, A)
    async with replica(nats, file, PretendProbe()) as one:
        following = asyncio.create_task(one.book.follow_plan(one.client))
        nats.kill()
        change(file, plan_text(A, B))
        await until(lambda: one.health.notices == {} and has_read(one, file))
        await nats.start()
        await until(lambda: sorted(one.book.targets) == ["a", "b"], 40)
        following.cancel()


def has_read(one: Replica, file: Path) -> bool:
    return one.book._print == (file.stat().st_mtime_ns, file.stat().st_size, file.stat().st_ino)
