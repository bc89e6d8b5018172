"""Tables generated from a seed, with a known structure and the predictions of the best possible model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.quality.table import LABEL, Table
from penstock.core.features import Task

SEED = 20
_SYLLABLES = [first + second for first in "bdklmnrst" for second in "aeiou"]
_DOCUMENT = "document"


def interactions(rows: int = 12_000) -> Table:
    """Return numbers that are useless one by one: the label depends on products and on the agreement of two signs."""
    draw = np.random.default_rng([SEED, 1])
    x = draw.normal(size=(rows, 10))
    logits = 1.6 * x[:, 0] * x[:, 1] + 2.0 * np.sign(x[:, 2] * x[:, 3]) + 1.2 * x[:, 4] * x[:, 5] * (x[:, 6] > 0)
    about = "ten numbers; the label depends on products and on the agreement of signs"
    return _table("interactions", about, *_with_label(_numbers(x), logits, draw))


def categories(rows: int = 20_000) -> Table:
    """Return categories of thousands of values, few of them frequent, each with an effect of its own."""
    draw = np.random.default_rng([SEED, 2])
    columns: dict[str, Any] = {}
    logits = np.full(rows, -0.4)
    for name, values, strength in (("shop", 4_000, 1.2), ("product", 2_500, 1.0), ("zip", 1_200, 0.8), ("way", 6, 0.5)):
        frequencies = 1 / (np.arange(values) + 12)
        chosen = draw.choice(values, rows, p=frequencies / frequencies.sum())
        logits += draw.normal(0, strength, values)[chosen]
        columns[name] = [f"{name} {value}" for value in draw.permutation(values)[chosen]]
    x = draw.normal(size=(rows, 2))
    logits += 0.6 * x[:, 0]
    about = "categories of 4,000, 2,500 and 1,200 values with effects of their own, and two numbers"
    return _table("categories", about, *_with_label({**columns, **_numbers(x)}, logits, draw))


def missing(rows: int = 15_000) -> Table:
    """Return numbers of which three fifths are missing, the more likely the greater they are."""
    draw = np.random.default_rng([SEED, 3])
    factors = draw.normal(size=(rows, 3))
    x = factors @ draw.normal(size=(3, 12)) + 0.7 * draw.normal(size=(rows, 12))
    x /= x.std(axis=0)
    logits = 1.2 * factors[:, 0] - 0.9 * factors[:, 1] + 0.8 * factors[:, 2] ** 2 - 0.8
    # At an intercept of 0.6 three fifths are hidden over all.
    hidden = draw.random(x.shape) < 1 / (1 + np.exp(-1.5 * x - 0.6))
    about = "twelve numbers, 60 % missing, the greater ones more often"
    columns, _ = _with_label(_numbers(np.where(hidden, np.nan, x)), logits, draw)
    # No model can know the hidden values, so the label's probability is not an attainable optimum.
    return _table("missing", about, columns, None)


def text(rows: int = 3_000) -> Table:
    """Return short documents; the label depends on their words, and `not` reverses the effect of the next word."""
    draw = np.random.default_rng([SEED, 4])
    words = np.array(["".join(draw.choice(_SYLLABLES, 3)) for _ in range(600)])
    weights = np.where(draw.random(600) < 0.15, draw.normal(0, 1.6, 600), 0)
    frequencies = 1 / (np.arange(600) + 20)
    documents, logits = [], np.zeros(rows)
    for row in range(rows):
        chosen = draw.choice(600, draw.integers(8, 30), p=frequencies / frequencies.sum())
        turns = draw.random(len(chosen)) < 0.08
        logits[row] = (weights[chosen] * np.where(turns, -1, 1)).sum()
        documents.append(" ".join(f"not {words[w]}" if t else words[w] for w, t in zip(chosen, turns, strict=True)))
    x = draw.normal(size=(rows, 1))
    about = "documents of 8 to 30 words; some words decide the label, and `not` reverses them"
    columns = {_DOCUMENT: documents, **_numbers(x)}
    return _table("text", about, *_with_label(columns, logits + 0.5 * x[:, 0], draw))


def imbalance(rows: int = 20_000) -> Table:
    """Return one label in a hundred."""
    draw = np.random.default_rng([SEED, 5])
    x = draw.normal(size=(rows, 8))
    kind = draw.integers(0, 12, rows)
    logits = 1.6 * x[:, 0] + 1.4 * np.abs(x[:, 1]) * x[:, 2] + draw.normal(0, 1.2, 12)[kind] + 1.2 * (x[:, 3] > 1) - 7.1
    about = "eight numbers and a category; one label in a hundred is true"
    columns = {**_numbers(x), "kind": [f"k{value}" for value in kind]}
    return _table("imbalance", about, *_with_label(columns, logits, draw))


def friedman(rows: int = 6_000) -> Table:
    """Return the first function of Friedman (Multivariate Adaptive Regression Splines, 1991), with noise."""
    draw = np.random.default_rng([SEED, 6])
    x = draw.random((rows, 10))
    truth = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    columns = {**_numbers(x), LABEL: truth + draw.normal(size=rows)}
    about = "ten numbers, five of which decide the label, by a product, a square and a sum, with noise of 1"
    return _table("friedman", about, columns, truth, task="regression")


def regression(rows: int = 30_000) -> Table:
    """Return a number that depends on places and on products, for which trees of few leaves are too small."""
    draw = np.random.default_rng([SEED, 8])
    x = np.column_stack([draw.normal(size=(rows, 9)), draw.uniform(-3, 3, (rows, 2))])
    east, north = x[:, 9], x[:, 10]
    truth = 1.2 * np.sin(2 * east) * np.cos(2 * north) + np.sin(east * north) + 0.8 * np.tanh(x[:, 0])
    truth += 0.4 * x[:, 1] * x[:, 2] + 0.5 * np.maximum(x[:, 3], 0) * north + 0.3 * np.sin(3 * x[:, 4]) * east
    columns = {**_numbers(x), LABEL: truth + draw.normal(0, 0.5, rows)}
    about = "eleven numbers, two of them places, that decide a number by waves and products, with noise of 0.5"
    return _table("regression", about, columns, truth, task="regression")


def wide(rows: int = 600, columns: int = 300) -> Table:
    """Return half as many numbers as rows, three of which decide the label."""
    draw = np.random.default_rng([SEED, 7])
    x = draw.normal(size=(rows, columns))
    about = f"{columns} numbers, three of which decide the label"
    return _table("wide", about, *_with_label(_numbers(x), x[:, :3] @ [2.0, -1.5, 1.0], draw))


def _with_label(
    columns: Mapping[str, Any], logits: np.ndarray, draw: np.random.Generator
) -> tuple[dict[str, Any], np.ndarray]:
    """Return the columns with a label sampled from the logits, and its probability."""
    truth = np.asarray(1 / (1 + np.exp(-logits)))
    return {**columns, LABEL: (draw.random(len(truth)) < truth).astype(np.int64)}, truth


def _table(
    name: str, about: str, columns: Mapping[str, Any], truth: np.ndarray | None, *, task: Task = "binary"
) -> Table:
    frame = pd.DataFrame(columns)
    roles = {column: _role(frame[column]) for column in frame.columns.drop(LABEL)}
    return Table(name, about, task, roles, pa.Table.from_pandas(frame, preserve_index=False), truth=truth)


def _role(column: pd.Series) -> str:
    if column.dtype != object:
        return "numeric"
    return "text" if column.name == _DOCUMENT else "categorical"


def _numbers(x: np.ndarray) -> dict[str, np.ndarray]:
    return {f"x{column}": x[:, column] for column in range(x.shape[1])}
