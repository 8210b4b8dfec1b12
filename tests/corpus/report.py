"""Puts the corpus' results into words and tables (Markdown); only what was measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from corpus.conduct import Taken
from corpus.figures import Rate, fits, percentile
from corpus.listening import Heard
from corpus.material import Half, missing
from corpus.opinions import WRONG, access_opinion, opinion
from corpus.scene import Agent
from corpus.stage import Help, Known

_MOST_NAMES = 60


def of_half(half: Half, heard: Sequence[Heard], taken: Sequence[Taken]) -> str:
    """The whole report of a half."""
    parts = [f"## The {half} half: {len(heard)} segments, {len(taken)} calls", *_absence()]
    if heard:
        parts += ["### Segments", _segments(heard), _confusion(heard), _prompts(heard)]
    if taken:
        parts += ["### The agent leg", _agent_table(taken), _goals(taken), "### By what is registered and agreed"]
        parts += [_groups(taken), "### Causes", _causes(taken), "### By scene", _scenes(taken)]
        parts += ["### Calls that went wrong", _wrong(taken)]
    return "\n\n".join(parts) + "\n"


def _absence() -> list[str]:
    absent = missing()
    if not absent:
        return []
    return [f"**Not the whole corpus**: not installed here are {', '.join(absent)}."]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _segments(heard: Sequence[Heard]) -> str:
    """Precision and recall where the truth has one word only."""
    table: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in heard:
        kinds = one.spec.made_of.kinds
        for kind, seconds in one.seconds.items() if len(kinds) == 1 else ():
            table[str(kinds[0])][kind] += seconds
    rows = [[fit.kind, f"{fit.precision:.3f}", f"{fit.recall:.3f}", f"{fit.seconds:.0f} s"] for fit in fits(table)]
    return _table(["kind", "precision", "recall", "heard"], rows)


def _confusion(heard: Sequence[Heard]) -> str:
    """Shares of the time of each class by what it was taken for."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in heard:
        table[one.spec.made_of.name].update(one.seconds)
    kinds = sorted({kind for row in table.values() for kind in row})
    rows = []
    for name, row in table.items():
        whole = sum(row.values()) or 1.0
        rows.append([name, *(f"{100 * row[kind] / whole:.0f}" if row[kind] else "" for kind in kinds)])
    return "What each class was taken for, in percent of its time:\n\n" + _table(["class", *kinds], rows)


def _prompts(heard: Sequence[Heard]) -> str:
    known = [one for one in heard if one.is_known]
    other = [one for one in heard if one.spec.made_of.name.startswith(("speech", "two")) and not one.is_known]
    recognised = Rate(sum(one.is_recognised for one in known), len(known))
    mistaken = Rate(sum(one.is_mistaken for one in other), len(other))
    return f"Known prompts recognised: {recognised}. Other speech taken for a registered recording: {mistaken}."


def _answered(taken: Sequence[Taken]) -> list[Taken]:
    """Calls that somebody or something answers: only there can an agent be mistaken, or missed."""
    return [one for one in taken if all(cause.layer != "telco" for cause in one.spec.scene.causes[:1])]


def _rates(taken: Sequence[Taken], *, is_probable_enough: bool) -> dict[str, Rate]:
    said = {one.spec.name: opinion(one, is_probable_enough=is_probable_enough) for one in taken}
    there = [one for one in taken if one.spec.scene.agent is Agent.THERE]
    absent = [one for one in taken if one.spec.scene.agent is not Agent.THERE]
    working = [one for one in taken if one.spec.scene.agent is not Agent.NOT_REACHED]

    def rate(calls: Sequence[Taken], *opinions: str) -> Rate:
        return Rate(sum(said[one.spec.name] in opinions for one in calls), len(calls))

    return {
        "false pass": rate(absent, "false pass"),
        "passed before the agent came": rate(there, "too early"),
        "false fail": rate(there, "false fail"),
        "stopped at accessibility, wrongly": rate(working, "wrong access"),
        "unsure, agent there": rate(there, "unsure"),
        "unsure, no agent": rate(absent, "unsure"),
        "wrong cause, no agent": rate(absent, "wrong cause"),
    }


def _agent_table(taken: Sequence[Taken]) -> str:
    answered = _answered(taken)
    proof, probable = (_rates(answered, is_probable_enough=enough) for enough in (False, True))
    rows = [[name, str(proof[name]), str(probable[name])] for name in proof]
    return _table(["agent leg", "proof is wanted", "probable is enough"], rows)


def delays(taken: Sequence[Taken], *, is_probable_enough: bool, state: str = "agent_") -> list[float]:
    """Seconds from the agent's first word to a verdict that was right, by sound or by word of the exchange.

    ``state``: what the verdict's state begins with.
    """
    found = []
    for one in taken:
        verdict = one.verdict(is_probable_enough=is_probable_enough)
        is_right = opinion(one, is_probable_enough=is_probable_enough) in {"right", "unsure"}
        is_there = one.spec.scene.agent is Agent.THERE and one.agent_here_s is not None
        if is_right and is_there and verdict.settled_s is not None and verdict.state.startswith(state):
            since = one.agent_here_s if one.agent_word_s is None else one.agent_word_s
            found.append(max(0.0, verdict.settled_s - since))
    return found


def _goals(taken: Sequence[Taken]) -> str:
    lines = []
    for enough in (False, True):
        found = delays(taken, is_probable_enough=enough)
        plan = "probable is enough" if enough else "proof is wanted"
        median, late = percentile(found, 0.5), percentile(found, 0.95)
        lines.append(f"Decision after the agent's first word ({plan}): median {median:.1f} s, p95 {late:.1f} s")
    for state, words in (("agent_confirmed", "proven"), ("agent_probable", "probable only")):
        found = delays(taken, is_probable_enough=False, state=state)
        median, late = percentile(found, 0.5), percentile(found, 0.95)
        lines.append(f"Of these, {words}: {len(found)} calls, median {median:.1f} s, p95 {late:.1f} s")
    access = Counter(access_opinion(one) for one in taken)
    lines.append("Accessibility: " + ", ".join(f"{count} {name}" for name, count in sorted(access.items())))
    unsettled = sum(one.proven.settled_s is None for one in taken)
    lines.append(f"Never settled: {unsettled} of {len(taken)} calls")
    return "\n".join(f"- {line}" for line in lines)


def _groups(taken: Sequence[Taken]) -> str:
    answered = _answered(taken)
    groups = [(f"registered: {known}", [one for one in answered if one.spec.known is known]) for known in Known]
    groups += [(f"agreed: {helped}", [one for one in answered if one.spec.help is helped]) for helped in Help]
    rows = []
    for name, calls in groups:
        for enough in (False, True):
            rates = _rates(calls, is_probable_enough=enough)
            wanted = ("false pass", "false fail", "unsure, agent there", "unsure, no agent")
            rows.append([name, "probable" if enough else "proof", *(_short(rates[one]) for one in wanted)])
    return _table(["calls", "plan", "false pass", "false fail", "unsure, agent there", "unsure, no agent"], rows)


def _short(rate: Rate) -> str:
    return f"{rate.count}/{rate.of}"


def _causes(taken: Sequence[Taken]) -> str:
    """By the best word for each cause; unsure is not right."""
    counted: dict[str, list[str]] = defaultdict(list)
    for one in taken:
        scene = one.spec.scene
        if scene.causes and one.spec.is_cause_knowable:
            is_access = scene.agent is not Agent.ABSENT
            said = access_opinion(one) if is_access else opinion(one, is_probable_enough=False)
            counted[str(scene.causes[0].value)].append(said)
    rows = []
    for cause, said in sorted(counted.items()):
        others = ", ".join(f"{count} {name}" for name, count in Counter(said).items() if name != "right")
        rows.append([cause, str(Rate(said.count("right"), len(said))), others])
    return _table(["cause", "right", "otherwise"], rows)


def _scenes(taken: Sequence[Taken]) -> str:
    counted: dict[str, list[Taken]] = defaultdict(list)
    for one in taken:
        counted[one.spec.scene.name].append(one)
    rows = []
    for name, calls in counted.items():
        said = [Counter(opinion(one, is_probable_enough=enough) for one in calls) for enough in (False, True)]
        rows.append([name, *(", ".join(f"{count} {word}" for word, count in one.items()) for one in said)])
    return _table(["scene", "proof is wanted", "probable is enough"], rows)


def _wrong(taken: Sequence[Taken]) -> str:
    lines = []
    for one in taken:
        said = [opinion(one, is_probable_enough=enough) for enough in (False, True)]
        access = access_opinion(one)
        if any(word in WRONG for word in (*said, access)):
            verdict = one.proven if said[0] in WRONG or access in WRONG else one.probable
            what = " ".join(word for word in (verdict.access_cause, verdict.agent, verdict.agent_cause) if word)
            told = f"{one.spec.known}, {one.spec.help}; proof: {said[0]}, probable: {said[1]}, access: {access}"
            lines.append(f"- `{one.spec.name}` ({told}): {verdict.state}, {what}")
    more = [f"- and {len(lines) - _MOST_NAMES} more"] if len(lines) > _MOST_NAMES else []
    return "\n".join([*lines[:_MOST_NAMES], *more]) or "None."
