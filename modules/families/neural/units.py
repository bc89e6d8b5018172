"""The unit in which a network predicts a label, the loss in that unit, and the head of ordinal classes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.links import prediction_tensors
from modules.families.neural.keras3 import keras
from modules.families.ordinal import GREATEST_GAP, LEAST_GAP
from modules.families.problem import Problem, given_weights
from penstock.core.loss_values import power_of
from penstock.core.losses import Loss

# The greatest absolute logarithm of a prediction, whose exponential no step can overflow.
MAX_LOG = 30.0


@dataclass(frozen=True)
class Unit:
    """What a label is scaled by: `middle` is subtracted, then it is divided by `spread`.

    Attributes:
        middle: The mean of the labels, 0 for a log link.
        spread: Their standard deviation, or their mean for a log link.
        of_loss: The loss of the scaled label times this is that of the label.
        is_log: Whether the network predicts the logarithm.
    """

    middle: float = 0.0
    spread: float = 1.0
    of_loss: float = 1.0
    is_log: bool = False


def unit_of(problem: Problem) -> Unit:
    """Return the unit of the label of a regression, from the training rows and their weights."""
    if problem.task != "regression":
        return Unit()
    labels, weights = problem.train[1].astype(np.float64), given_weights(problem.train)
    mean = float(np.average(labels, weights=weights))
    if problem.loss.is_log_linked:
        return Unit(0.0, mean if mean > 0 else 1.0, 1.0, is_log=True)
    spread = float(np.sqrt(np.average((labels - mean) ** 2, weights=weights)))
    spread = spread if spread > 0 else 1.0
    return Unit(mean, spread, spread if problem.loss.name == "quantile" else spread**2)


def loss_in(unit: Unit, problem: Problem) -> Any:
    """Return the Keras loss of a problem, of labels in the unit."""
    if problem.task == "binary":
        return keras.losses.BinaryCrossentropy()
    if problem.task == "multiclass":
        return keras.losses.SparseCategoricalCrossentropy()
    if problem.loss.name == "squared":
        return keras.losses.MeanSquaredError()
    if problem.loss.name == "huber":
        return keras.losses.Huber(delta=problem.loss.parameter / unit.spread)
    return _RowLoss(_by_row(problem.loss))


def restored(unit: Unit, output: Any) -> Any:
    """Return the output of a network in the unit of the label."""
    if unit.is_log:
        return keras.layers.Rescaling(unit.spread)(ClippedExponential()(output))
    return keras.layers.Rescaling(unit.spread, unit.middle)(output)


class _RowLoss(keras.losses.Loss):
    """A loss from a function of the labels and scores of a batch, each [batch, 1]."""

    def __init__(self, by_row: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self._by_row = by_row

    def call(self, labels: Any, scores: Any) -> Any:
        """Return the loss of each row, [batch]."""
        return keras.ops.squeeze(self._by_row(labels, scores), axis=-1)


def _by_row(loss: Loss) -> Callable[[Any, Any], Any]:
    """Return the pinball loss of scores, or half the deviance of their exponentials without what they do not change."""
    ops = keras.ops
    if loss.name == "quantile":
        share = loss.parameter
        return lambda labels, scores: ops.maximum(share * (labels - scores), (share - 1) * (labels - scores))
    power = power_of(loss)
    if power == 1:
        return lambda labels, scores: ops.exp(_kept(scores)) - labels * _kept(scores)

    def deviance(labels: Any, scores: Any) -> Any:
        kept = _kept(scores)
        second = ops.exp((2 - power) * kept) / (2 - power) if power < 2 else kept
        return labels * ops.exp((1 - power) * kept) / (power - 1) + second

    return deviance


def _kept(scores: Any) -> Any:
    return keras.ops.clip(scores, -MAX_LOG, MAX_LOG)


@keras.saving.register_keras_serializable("penstock")
class ClippedExponential(keras.layers.Layer):
    """The exponential of scores, which are clipped as in the loss."""

    def call(self, inputs: Any) -> Any:
        """Return the exponentials of a batch."""
        return keras.ops.exp(_kept(inputs))


@keras.saving.register_keras_serializable("penstock")
class CumulativeLogit(keras.layers.Layer):
    """From a score [batch, 1] to the probabilities of ordinal classes [batch, classes]; see `modules.families.links`.

    Method: McCullagh: Regression Models for Ordinal Data, JRSS B 1980; as the last layer of a network: Cao, Mirjalili,
    Raschka: Rank Consistent Ordinal Regression for Neural Networks, Pattern Recognition Letters 2020 (CORAL).
    """

    def __init__(self, classes: int, **kwargs: Any) -> None:
        """Take the number of classes."""
        super().__init__(**kwargs)
        self.classes = classes

    def build(self, _: Any) -> None:
        """Make the weights: the first offset, and the logarithms of the steps down to the others."""
        self.first = self.add_weight(shape=(1,), initializer=keras.initializers.Constant(1.0), name="first")
        self.steps = self.add_weight(shape=(self.classes - 2,), initializer="zeros", name="steps")

    def call(self, inputs: Any) -> Any:
        """Return the probabilities of a batch."""
        ops = keras.ops
        below = ops.cumsum(ops.exp(ops.clip(self.steps, LEAST_GAP, GREATEST_GAP)))
        offsets = ops.concatenate([self.first, self.first - below])
        return prediction_tensors("cumulative", inputs + offsets[None, :])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "classes": self.classes}
