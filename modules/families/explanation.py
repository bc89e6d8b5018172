"""Models that explain their scores: contributions of columns that add up to the raw score.

The raw score is what a model adds up before its link: log-odds of a binary label, a score per class whose softmax is
the probability, or the predicted number itself.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from modules.families.links import Link, prediction_tensors

# LightGBM's probability of a class without training rows.
LEAST_PROBABILITY = 1e-15


class Explanation(NamedTuple):
    """Why a row has its score: the base and all contributions add up to the raw score.

    Attributes:
        scores: The raw scores, float64 [batch, units].
        base: The score without any known column, float64 [units].
        contributions: Float64 [batch, transformed columns, units], in the order of `Columns.names`.
    """

    scores: tf.Tensor
    base: tf.Tensor
    contributions: tf.Tensor


class RawModel(tf.Module):
    """A model that is a link over raw scores, which it explains."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        super().__init__()
        self._link: Link = link

    @abstractmethod
    def raw_scores(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the raw scores, float64 [batch, units]."""

    @abstractmethod
    def explained(self, rows: dict[str, tf.Tensor]) -> Explanation:
        """Return the raw scores and the contributions to them, which share what both are computed from."""

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the predictions, float32 [batch, units]."""
        return tf.cast(prediction_tensors(self._link, self.raw_scores(rows)), tf.float32)


class WeightedModel(RawModel):
    """The weighted mean of the raw scores of models, then the link.

    The contributions are the weighted mean of theirs: Shapley values are linear in the game.
    """

    def __init__(self, models: Sequence[RawModel], weights: Sequence[float], link: Link) -> None:
        """Take the models and their weights, the sum of which is one."""
        super().__init__(link)
        self._models, self._weights = list(models), list(weights)

    def raw_scores(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the weighted mean of the raw scores."""
        return tf.add_n([w * model.raw_scores(rows) for model, w in zip(self._models, self._weights, strict=True)])

    def explained(self, rows: dict[str, tf.Tensor]) -> Explanation:
        """Return the weighted mean of the explanations."""
        parts = [model.explained(rows) for model in self._models]
        pairs = list(zip(parts, self._weights, strict=True))
        return Explanation(
            tf.add_n([weight * part.scores for part, weight in pairs]),
            tf.add_n([weight * part.base for part, weight in pairs]),
            tf.add_n([weight * part.contributions for part, weight in pairs]),
        )


def raw_of(link: Link, predictions: np.ndarray) -> np.ndarray:
    """Return the raw scores of predictions, float64; those of classes up to a constant per row, which changes nothing.

    Args:
        link: The link of the scores; not that of ordinal classes, whose predictions have no score each.
        predictions: [rows, units].
    """
    exact: np.ndarray = np.asarray(predictions, np.float64)
    if link == "identity":
        return exact
    least, most = LEAST_PROBABILITY, 1 - LEAST_PROBABILITY
    if link == "sigmoid":
        exact = np.clip(exact, least, most)
        return np.asarray(np.log(exact) - np.log1p(-exact))
    return np.asarray(np.log(np.maximum(exact, least)))
