"""Rows with a known structure, and models of them that need no TensorFlow."""

import numpy as np

from modules.analysis.sample import Sample


def sample(rows=600, task="binary", seed=3):
    """Return rows: `signal` decides, `copy` is nearly the same, `colour` and `noise` do not matter."""
    random = np.random.default_rng(seed)
    signal = random.normal(size=rows)
    columns = {
        "signal": signal,
        "copy": signal + random.normal(scale=0.05, size=rows),
        "noise": np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)),
        "colour": np.array([b"red", b"green", b"", b"blue"], object)[random.integers(0, 4, rows)],
        "zone": random.integers(1, 4, rows).astype(float),
        "vector": random.normal(size=(rows, 3)),
    }
    labels = signal + random.normal(scale=0.5, size=rows)
    if task == "binary":
        labels = (labels > 0).astype(float)
    if task == "multiclass":
        labels = np.digitize(labels, [-0.5, 0.5]).astype(float)
    classes = ("low", "middle", "high") if task == "multiclass" else ()
    return Sample(columns, labels, of=5000, classes=classes, categorical=frozenset({"zone", "colour"}))


def binary(columns):
    return 1 / (1 + np.exp(-3 * columns["signal"]))


def regression(columns):
    return columns["signal"] * 1.0


def multiclass(columns):
    scores = np.exp(-((columns["signal"][:, None] - np.array([-1.0, 0.0, 1.0])) ** 2))
    return scores / scores.sum(axis=1, keepdims=True)


MODELS = {"binary": binary, "regression": regression, "multiclass": multiclass}
METRICS = {"binary": ("auc", True), "regression": ("mae", False), "multiclass": ("accuracy", True)}
