"""The loss of each row, by which slices and rows are ranked."""

import numpy as np

_TINY = 1e-7
WORDS = {"binary": "log loss", "multiclass": "log loss", "regression": "absolute error"}


def losses(task: str, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the loss of each row: log loss of a classification, absolute error of a regression."""
    if task == "regression":
        return np.abs(labels - scores)
    if task == "binary":
        likelihood = np.where(labels > 0.5, scores, 1 - scores)
    else:
        inside = (labels >= 0) & (labels < scores.shape[1])
        classes = np.where(inside, labels, 0).astype(int)
        likelihood = np.where(inside, scores[np.arange(len(labels)), classes], 0.0)
    return np.asarray(-np.log(np.clip(likelihood, _TINY, 1)))
