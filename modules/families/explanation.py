"""Models that explain their scores: contributions of columns that add up to the raw score.

The raw score is what a model adds up before its link: log-odds of a binary label, a score per class whose softmax is
the probability, or the predicted number itself.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from penstock.core.features import Task

LINKS = {"binary": tf.sigmoid, "multiclass": tf.nn.softmax, "regression": tf.identity}
# LightGBM's probability of a class without training rows.
LEAST_PROBABILITY = 1e-15


class Explanation(NamedTuple):
    """Why a row has its score: the base and all contributions add up to the raw score.

    Attributes:
        base: The score without any known column, float64 [units].
        contributions: Float64 [batch, transformed columns, units], in the order of `Columns.names`.
    """

    base: tf.Tensor
    contributions: tf.Tensor


class RawModel(tf.Module):
    """A model that is a link over raw scores, which it explains."""

    def __init__(self, task: Task) -> None:
        """Take the task, which decides the link."""
        super().__init__()
        self._link = LINKS[task]

    @abstractmethod
    def raw_scores(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the raw scores, float64 [batch, units]."""

    @abstractmethod
    def explained(self, rows: dict[str, tf.Tensor]) -> Explanation:
        """Return the contributions to the raw scores."""

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the predictions, float32 [batch, units]."""
        return tf.cast(self._link(self.raw_scores(rows)), tf.float32)


class WeightedModel(RawModel):
    """The weighted mean of the raw scores of models, then the link.

    The contributions are the weighted mean of theirs: Shapley values are linear in the game.
    """

    def __init__(self, models: Sequence[RawModel], weights: Sequence[float], task: Task) -> None:
        """Take the models and their weights, the sum of which is one."""
        super().__init__(task)
        self._models, self._weights = list(models), list(weights)

    def raw_scores(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the weighted mean of the raw scores."""
        return tf.add_n([w * model.raw_scores(rows) for model, w in zip(self._models, self._weights, strict=True)])

    def explained(self, rows: dict[str, tf.Tensor]) -> Explanation:
        """Return the weighted mean of the explanations."""
        parts = [model.explained(rows) for model in self._models]
        pairs = list(zip(parts, self._weights, strict=True))
        return Explanation(
            tf.add_n([weight * part.base for part, weight in pairs]),
            tf.add_n([weight * part.contributions for part, weight in pairs]),
        )


def raw_of(task: Task, predictions: np.ndarray) -> np.ndarray:
    """Return the raw scores of predictions, float64; those of classes up to a constant per row, which changes nothing.

    Args:
        task: What is predicted.
        predictions: [rows, units].
    """
    exact: np.ndarray = np.asarray(predictions, np.float64)
    if task == "regression":
        return exact
    exact = np.clip(exact, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY if task == "binary" else 1.0)
    logarithms: np.ndarray = np.log(exact)
    return logarithms - np.log1p(-exact) if task == "binary" else logarithms


def predictions_of(task: Task, raw: np.ndarray) -> np.ndarray:
    """Return the predictions of raw scores, float64 [rows, units]."""
    from scipy import special

    links = {"binary": special.expit, "multiclass": lambda s: special.softmax(s, axis=1), "regression": lambda s: s}
    return np.asarray(links[task](np.asarray(raw, np.float64)))
