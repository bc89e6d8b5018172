"""The outputs of a decision over scores, in NumPy: what a server must answer, computed without its graph."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from modules.metrics.results import LABEL_SET
from penstock.core.documents.decision import Decision

DECISION, THRESHOLD, LOWER, UPPER = "decision", "threshold", "lower", "upper"


def decided(document: Decision, scores: np.ndarray, values: Sequence[Any] = ()) -> dict[str, list[Any]]:
    """Return each output of a decision as plain values.

    Args:
        document: The decision.
        scores: The predictions, [rows, units], float32.
        values: The value of each row in the column of the slices, if there is one.
    """
    outputs: dict[str, list[Any]] = {}
    if document.policy:
        threshold = np.float32(document.policy.threshold)
        outputs[DECISION] = (scores[:, 0] >= threshold).astype(int).tolist()
        outputs[THRESHOLD] = [float(threshold)] * len(scores)
    if document.coverage:
        own, common = document.quantile_by(), document.coverage.quantile
        quantiles = np.array([own.get(value, common) for value in values] or [common] * len(scores))
        if document.task == "regression":
            half = quantiles.astype(np.float32)
            lower, least = scores[:, 0] - half, document.coverage.least
            outputs[LOWER] = (lower if least is None else np.maximum(lower, np.float32(least))).tolist()
            outputs[UPPER] = (scores[:, 0] + half).tolist()
        else:
            likely = class_probabilities(scores)
            outputs[LABEL_SET] = (1 - likely <= quantiles[:, None]).astype(int).tolist()
    return outputs


def class_probabilities(scores: np.ndarray) -> np.ndarray:
    """Return a probability per class in float64: of two classes no, then yes."""
    exact = scores.astype(np.float64)
    return np.concatenate([1 - exact, exact], axis=1) if exact.shape[1] == 1 else exact
