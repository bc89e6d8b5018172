"""What the words of a text tell of a label: a linear model of hashed words, learned on the rows that it does not score.

It is the ridge regression in its dual form, which costs the same whatever the number of words and of classes. Method:
Saunders, Gammerman and Vovk: Ridge Regression Learning Algorithm in Dual Variables, ICML 1998.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tables.evidence import Target

_BUCKETS = 2**15
# Scripts that write without spaces are read sign by sign: Thai, Japanese, Chinese.
_WORDS = r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+"
# More rows than these hardly tell more, and cost their square.
_MOST_LEARNED, _LEAST_KNOWN = 2000, 4


def text_evidence(texts: Sequence[str | None], label: Target) -> tuple[np.ndarray, bool]:
    """Return a text as one column, and whether it stands for categories: the class that its words point to.

    Of two classes and of numbers it is the value that the words point to. A row is scored by what the other half of
    the rows tells, so that words that are there once do not look as if they told the label. NaN without a label.
    """
    found = np.full(len(texts), np.nan)
    places = np.flatnonzero(label.known)
    known = label.values[places]
    if len(known) >= _LEAST_KNOWN:
        aims = np.eye(int(known.max()) + 1)[known] if label.task == "multiclass" else _scaled(known)[:, None]
        scores = _scored(_counted([texts[place] or "" for place in places]), aims)
        found[places] = scores.argmax(axis=1) if label.task == "multiclass" else scores[:, 0]
    return found, label.task == "multiclass"


def _scaled(known: np.ndarray) -> np.ndarray:
    return np.asarray(known / max(float(np.abs(known).max()), 1e-300))


def _counted(texts: list[str]) -> Any:
    """Return which words are in which text, a sparse matrix of rows and hashed words."""
    from sklearn.feature_extraction.text import HashingVectorizer

    words = HashingVectorizer(
        n_features=_BUCKETS, norm=None, alternate_sign=False, binary=True, token_pattern=_WORDS, dtype=np.float32
    )
    return words.transform(texts)


def _scored(words: Any, aims: np.ndarray) -> np.ndarray:
    from threadpoolctl import threadpool_limits

    scores = np.zeros(aims.shape)
    half = np.arange(len(aims)) % 2 == 0
    # On one thread, because waiting for others costs more than they do where a machine is busy.
    with threadpool_limits(1):
        for part in (half, ~half):
            rows = np.flatnonzero(part)
            learned = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_LEARNED)).astype(np.int64)]
            mean = aims[learned].mean(axis=0)
            alike = (words[learned] @ words[learned].T).toarray() + np.eye(len(learned))
            weights = words[learned].T @ np.linalg.solve(alike, aims[learned] - mean)
            scores[~part] = words[~part] @ weights + mean
    return scores
