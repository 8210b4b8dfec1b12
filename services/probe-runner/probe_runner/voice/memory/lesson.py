"""How to call in order to learn: nothing registered, the greeting heard to its end, the queue listened to. Pure."""

from __future__ import annotations

from dataclasses import replace

from probe_runner.voice.judge.judgement import Judgement
from probe_runner.voice.judge.verdict import judge
from probe_runner.voice.timeline import Call
from probe_runner.voice_target import ROLES, Voice

GREETING_OVER_S = 2.0
"""Silence after which a menu has said all it says."""
LONGEST_GREETING_S = 60.0
LONGEST_LISTENING_S = 600.0
GREETING_WITHIN_S = 20.0


def voice_for_lesson(voice: Voice, listen_s: float) -> Voice:
    """The same target, with nothing registered and ``listen_s`` seconds of patience after the key."""
    patience = min(listen_s, LONGEST_LISTENING_S)
    unregistered: dict[str, object] = dict.fromkeys(ROLES, ())
    more = {"greeting_within_s": GREETING_WITHIN_S, "menu_within_s": patience, "agent_within_s": patience}
    return voice.model_copy(update={**unregistered, **more})


def lesson(call: Call, voice: Voice) -> Judgement:
    """The usual verdict, which also says when to let an agent go; but no key before the greeting is over."""
    judgement = judge(call, voice)
    is_too_early = judgement.is_key_wanted and not _is_greeting_over(call)
    return replace(judgement, is_key_wanted=False) if is_too_early else judgement


def _is_greeting_over(call: Call) -> bool:
    answered = call.signalling.answered_s or 0.0
    if call.now_s - answered >= LONGEST_GREETING_S:
        return True
    ends = [span.end_s for span in call.spans if not span.kind.is_silent and span.end_s > answered]
    return bool(ends) and call.heard_until_s - ends[-1] >= GREETING_OVER_S
