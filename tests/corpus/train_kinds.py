"""Teaches the listener to tell music, speech and other sound: writes ``probe_runner/voice/ear/kinds.json``.

    python tests/corpus/train_kinds.py [clips, usually 3000]

Packages: see ``train_sources.py``; also ``espeak-ng`` and ``flite``. The same seeds give the same weights on the same
machine. First a network learns without the sources that are held out, and precision and recall on those are printed:
they are of the same half of the corpus. The network that is written has learnt from both; how it does on voices and
tracks never heard is in the corpus' report.
"""

from __future__ import annotations

import itertools
import json
import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from train_sounds import Maker
from train_sources import Part

from probe_runner.voice.ear import kinds
from probe_runner.voice.ear.kinds import KIND_FRAMES, TOLD, features_of
from probe_runner.voice.ear.sound import ACTIVE_DBFS, frames_of

HIDDEN = (32, 16)
ROUNDS, BATCH, RATE_OF_LEARNING, DECAY = 40, 256, 2e-3, 1e-4
CHUNK, ENOUGH, SOUNDING_SHARE = 12, 36, 0.2
NOT_LEARNT = ("sung",)
"""Singing without instruments is only reported on: who learns it takes monotonous voices of machines for song, and to
miss an agent is worse."""


def windows_of(clip):
    """The features of the windows that the listener would ask about: in each run of sound, every 0.48 s."""
    frames, _ = frames_of(clip.astype(np.float32))
    return [features_of(frames.part(*window)) for start, end in runs_of(frames) for window in _windows(start, end)]


def runs_of(frames):
    """Where something sounds, from and to, to the chunk; a chunk of pause ends a run."""
    count = len(frames) // CHUNK
    is_sounding = (frames.level[: count * CHUNK].reshape(count, CHUNK) > ACTIVE_DBFS).mean(axis=1) >= SOUNDING_SHARE
    turns = np.flatnonzero(np.diff(np.concatenate([[False], is_sounding, [False]]).astype(int)))
    return (turns * CHUNK).reshape(-1, 2).tolist()


def _windows(start, end):
    ends = [*range(start + ENOUGH, end, 2 * CHUNK), end]
    return [(max(start, until - KIND_FRAMES), until) for until in ends]


def material(maker, clips):
    """Features (n, f), classes (n,) and the way each was made."""
    features, classes, ways = [], [], []
    for kind, way, clip in maker.clips(clips):
        asked = windows_of(clip)
        features += asked
        classes += [TOLD.index(kind)] * len(asked)
        ways += [way] * len(asked)
    return np.array(features, np.float32), np.array(classes), np.array(ways)


def learn(features, classes, dice):
    """A network with tanh layers by Adam on the cross entropy, classes weighted to equal shares."""
    sizes = (features.shape[1], *HIDDEN, len(TOLD))
    layers = [[dice.normal(0, 1 / np.sqrt(a), (a, b)), np.zeros(b)] for a, b in itertools.pairwise(sizes)]
    moments = [[np.zeros_like(part), np.zeros_like(part)] for layer in layers for part in layer]
    weight = (len(classes) / np.bincount(classes) / len(TOLD))[classes]
    step, steps = 0, ROUNDS * (len(classes) // BATCH)
    for _ in range(ROUNDS):
        order = dice.permutation(len(classes))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            step += 1
            pick = order[at : at + BATCH]
            slopes = _slopes(layers, features[pick], classes[pick], weight[pick])
            rate = RATE_OF_LEARNING * (1 - step / (steps + 1))
            _descend(layers, slopes, moments, rate, step)
    return layers


def _slopes(layers, values, classes, weight):
    seen = [values]
    for index, (weights, bias) in enumerate(layers):
        values = values @ weights + bias
        values = np.tanh(values) if index < len(layers) - 1 else values
        seen.append(values)
    shares = np.exp(values - values.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    shares[np.arange(len(classes)), classes] -= 1
    slope, slopes = shares * weight[:, None] / len(classes), []
    for index in reversed(range(len(layers))):
        slopes += [slope.sum(axis=0), seen[index].T @ slope + DECAY * layers[index][0]]
        slope = (slope @ layers[index][0].T) * (1 - seen[index] ** 2)
    return slopes[::-1]


def _descend(layers, slopes, moments, rate, step):
    parts = [(layer, place) for layer in layers for place in (0, 1)]
    for (layer, place), slope, moment in zip(parts, slopes, moments, strict=True):
        moment[0] = 0.9 * moment[0] + 0.1 * slope
        moment[1] = 0.999 * moment[1] + 0.001 * slope**2
        layer[place] -= rate * (moment[0] / (1 - 0.9**step)) / (np.sqrt(moment[1] / (1 - 0.999**step)) + 1e-8)


def write(mean, spread, layers):
    """The weights as JSON, four digits each."""
    told = {
        "made_by": "tests/corpus/train_kinds.py",
        "told": list(TOLD),
        "mean": _digits(mean),
        "spread": _digits(spread),
        "layers": [{"weights": _digits(weights), "bias": _digits(bias)} for weights, bias in layers],
    }
    Path(kinds.__file__).with_name("kinds.json").write_text(json.dumps(told, separators=(",", ":")) + "\n")


def _digits(values):
    return json.loads(json.dumps(np.vectorize(lambda value: float(f"{value:.4g}"))(values).tolist()))


def report(network, features, classes, ways):
    """Prints precision and recall by class, and what each way of making was taken for."""
    value = np.clip((features - network.mean) / network.spread, -5, 5)
    for weights, bias in network.layers[:-1]:
        value = np.tanh(value @ weights + bias)
    told = (value @ network.layers[-1][0] + network.layers[-1][1]).argmax(axis=1)
    for index, kind in enumerate(TOLD):
        right = ((told == index) & (classes == index)).sum()
        precision, recall = right / max((told == index).sum(), 1), right / max((classes == index).sum(), 1)
        print(f"{kind:8} precision {precision:.3f} recall {recall:.3f} windows {(classes == index).sum()}")  # noqa: T201  a script speaks to a person
    for way in sorted(set(ways)):
        shares = np.bincount(told[ways == way], minlength=len(TOLD)) / (ways == way).sum()
        print(f"  {way:12}" + "  ".join(f"{kind} {share:.3f}" for kind, share in zip(TOLD, shares, strict=True)))  # noqa: T201


def learnt_from(features, classes, ways):
    """Mean and spread of the features, and the layers."""
    is_learnt = ~np.isin(ways, NOT_LEARNT)
    features, classes = features[is_learnt], classes[is_learnt]
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    return mean, spread, learn(np.clip((features - mean) / spread, -5, 5), classes, np.random.default_rng(2))


def _made(part, seed, clips):
    return material(Maker(seed, part), clips)


def main():
    """Learn from some sources and report on the others; then learn from all of them and write."""
    clips = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    with get_context("fork").Pool(2) as pool:
        learnt, held_out = pool.starmap(_made, [(Part.LEARNT, 1, clips), (Part.HELD_OUT, 2, clips // 2)], 1)
    report(kinds.Kinds(*learnt_from(*learnt)), *held_out)
    write(*learnt_from(*map(np.concatenate, zip(learnt, held_out, strict=True))))


if __name__ == "__main__":
    main()
