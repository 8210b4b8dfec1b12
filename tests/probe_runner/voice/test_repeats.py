from __future__ import annotations

import numpy as np
import pytest
from voice.sounds import companded, hear, noisy, prompt, silence, slipping

LINES = {
    "clean": companded,
    "noisy": lambda sound: companded(noisy(0.5 * sound, 0.002)),
    "slipping": lambda sound: companded(slipping(0.5 * sound, 1.5)),
}


def repeated(ear):
    return [span for span in ear.spans if span.repeats_s is not None and not span.kind.is_silent]


@pytest.mark.parametrize("line", LINES)
def test_an_announcement_that_comes_round_is_told_as_a_repetition(line):
    first, between = prompt("information"), np.concatenate([silence(1), prompt("hold"), silence(1)])
    ear = hear(LINES[line](np.concatenate([first, between, first, silence(1)])))
    again_s = (len(first) + len(between)) / 8000
    found = repeated(ear)
    assert sum(span.length_s for span in found) > 0.6 * len(first) / 8000
    assert all(span.start_s > again_s - 1 for span in found)
    assert all(abs(span.start_s - span.repeats_s - again_s) < 1.0 for span in found)


def test_music_in_a_loop_is_a_repetition_from_its_second_round():
    loop = prompt("hold")
    found = repeated(hear(companded(np.concatenate([loop, loop, loop]))))
    assert sum(span.length_s for span in found) > 1.5 * len(loop) / 8000


def test_what_is_new_repeats_nothing():
    names = ("greeting", "transfer", "agent", "closed", "wrong-prompt", "unavailable")
    sound = np.concatenate([np.concatenate([prompt(name), silence(0.6)]) for name in names])
    assert repeated(hear(companded(sound))) == []
