"""What a verdict is worth beside the truth of its scene: right, unsure, or how it is wrong. Pure."""

from __future__ import annotations

from corpus.conduct import Taken, Verdict
from corpus.scene import Agent

from shared.vocabulary import Result

WRONG = ("false pass", "too early", "false fail", "wrong cause", "wrong access")


def opinion(taken: Taken, *, is_probable_enough: bool) -> str:
    """What the verdict on the agent leg is worth: right, unsure, or how it is wrong."""
    verdict, scene = taken.verdict(is_probable_enough=is_probable_enough), taken.spec.scene
    if verdict.agent == Result.PASSED:
        return _worth_of_pass(taken, verdict)
    if verdict.settled_s is None:
        return "unsure"
    if scene.agent is Agent.NOT_REACHED:
        return _worth_of_cause(taken, verdict.access, verdict.access_cause)
    if verdict.agent == Result.NOT_REACHED:
        return _worth_of_stop(taken, verdict)
    if scene.agent is Agent.ABSENT:
        return _worth_of_cause(taken, verdict.agent, verdict.agent_cause)
    return "false fail" if verdict.agent == Result.FAILED else "unsure"


def _worth_of_stop(taken: Taken, verdict: Verdict) -> str:
    """The IVR works, and the verdict did not get beyond it."""
    if verdict.access == Result.INCONCLUSIVE:
        return "unsure"
    is_borne = not taken.spec.is_cause_knowable and verdict.access_cause == taken.spec.scene.instead
    return "right" if is_borne else "wrong access"


def _worth_of_pass(taken: Taken, verdict: Verdict) -> str:
    if taken.spec.scene.agent is not Agent.THERE:
        return "false pass"
    here = taken.agent_here_s
    return "right" if here is not None and verdict.settled_s is not None and verdict.settled_s >= here else "too early"


def _worth_of_cause(taken: Taken, result: str, cause: str) -> str:
    if result == Result.PASSED:
        return "wrong access"
    if result != Result.FAILED:
        return "unsure"
    is_right = not taken.spec.is_cause_knowable or cause in {one.value for one in taken.spec.scene.causes}
    return "right" if is_right else "wrong cause"


def access_opinion(taken: Taken) -> str:
    """What the verdict on accessibility is worth."""
    verdict, scene = taken.proven, taken.spec.scene
    is_failing = scene.agent is Agent.NOT_REACHED or (scene.agent is Agent.THERE and bool(scene.causes))
    if is_failing:
        return _worth_of_cause(taken, verdict.access, verdict.access_cause)
    if verdict.access == Result.FAILED:
        return "false fail" if _worth_of_stop(taken, verdict) != "right" else "right"
    return "right" if verdict.access == Result.PASSED else "unsure"
