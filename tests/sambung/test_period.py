from __future__ import annotations

import json
from pathlib import Path

import pytest
from kept_call import PROMPTS, write_kept
from natsd import Nats
from recorder import recording
from rich.console import Console
from samples import at, failed, passed

from sambung.period import CANNOT, CHANGED, SAME, Period, Said, Tally, rejudge_period, show

PERIOD = Period(at(-100), at(100))
WORDS = ["--plan", str(PROMPTS / "plan.toml")]
"""The plan itself is not read: what was expected is stored with each call, only its folder matters."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kept(tmp_path_factory.mktemp("kept") / "call")


async def test_a_period_is_judged_again_and_goes_on_where_evidence_is_gone(nats: Nats, kept: Path, capsys) -> None:
    async with recording(nats) as record:
        record.keep(passed(5, state="agent_confirmed"), kept)
        gone = record.keep(passed(4), kept)
        record.keep(failed(3), kept)
        record.tests.append(passed(2))
        del record.objects[gone.evidence[0].name]
        client = await nats.client("operator")
        code = await rejudge_period(client, PERIOD, WORDS, is_json=False)
        shown = capsys.readouterr().out
        await rejudge_period(client, PERIOD, WORDS, is_json=True)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        await client.close()
    assert code == CHANGED
    assert [line["word"] for line in lines] == ["same", "without", "changed", "without"]
    assert lines[2]["test_id"] == str(record.tests[2].test_id)
    assert (lines[2]["then"], lines[2]["today"]) == ("failed (telco.busy)", "passed")
    for words in ("failed (telco.busy) → passed", "the same", "without recording or timeline", "no timeline was kept"):
        assert words in shown


async def test_a_period_without_calls_is_told_and_is_no_change(nats: Nats, capsys) -> None:
    async with recording(nats):
        client = await nats.client("operator")
        assert await rejudge_period(client, PERIOD, WORDS, is_json=False) == SAME
        assert "no voice test ran in this time" in capsys.readouterr().out
        await client.close()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], SAME),
        (["same", "without"], SAME),
        (["same", "changed"], CHANGED),
        (["without", "undecided", ""], CANNOT),
    ],
)
def test_the_exit_code_says_whether_anything_would_change(words: list[str], code: int) -> None:
    tally = Tally()
    for word in words:
        tally.take(passed(), Said(word=word))
    assert tally.code == code


def test_a_period_of_many_changes_keeps_a_bounded_table(capsys) -> None:
    tally = Tally()
    for number in range(1_200):
        tally.take(passed(), Said(word="changed", then="passed", today="failed (agent.silent)"))
        tally.take(passed(), Said(word="without", why=f"reason {number}"))
    show(Console(width=200), tally)
    shown = capsys.readouterr().out
    assert (len(tally.rows), len(tally.reasons)) == (1_000, 1_000)
    assert "... and 200 more" in shown
    assert "1200" in shown
