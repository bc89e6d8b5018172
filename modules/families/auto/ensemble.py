"""Which models to average, and with which weights.

Method: Caruana, Niculescu-Mizil, Crew, Ksikes: Ensemble Selection from Libraries of Models, ICML 2004.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

STEPS = 25
# The most models of an ensemble, and the least share of the loss that it must save to be worth its cost.
MOST_MODELS, LEAST_GAIN = 6, 0.001


def weights_of(
    predictions: Sequence[np.ndarray], loss: Callable[[np.ndarray], float], costs: Sequence[float], budget: float
) -> dict[int, float]:
    """Return the weights of the models to average, by their place; one model alone where averaging does not help.

    Models are added one at a time, with replacement: each time the one that makes the mean best.

    Args:
        predictions: Each model's predictions of the validation rows, [rows, units].
        loss: Gives the loss of such predictions.
        costs: What each model costs.
        budget: What the models may cost together; where each alone costs more, it is the cheapest.
    """
    losses = [loss(scores) for scores in predictions]
    affordable = [place for place, cost in enumerate(costs) if cost <= budget] or [int(np.argmin(costs))]
    best = min(affordable, key=lambda place: losses[place])
    chosen, total = [best], predictions[best].astype(np.float64)
    least, kept = losses[best], [best]
    for _ in range(STEPS - 1):
        taken = set(chosen)
        left = budget - sum(costs[place] for place in taken)
        allowed = [p for p in range(len(costs)) if p in taken or (len(taken) < MOST_MODELS and costs[p] <= left)]
        found = {place: loss((total + predictions[place]) / (len(chosen) + 1)) for place in allowed}
        place = min(found, key=lambda place: found[place])
        chosen.append(place)
        total += predictions[place]
        if found[place] < least:
            least, kept = found[place], list(chosen)
    if least > losses[best] * (1 - LEAST_GAIN):
        return {best: 1.0}
    return {place: count / len(kept) for place, count in sorted(Counter(kept).items())}


class EnsembleModel(tf.Module):
    """The weighted mean of models: a dict of transformed columns in, predictions [batch, units] out."""

    def __init__(self, models: Sequence[Any], weights: Sequence[float]) -> None:
        """Take the models, and their weights, which add up to one."""
        super().__init__()
        self._models, self._weights = list(models), list(weights)

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the mean of the predictions, float32."""
        parts = [weight * model(rows) for model, weight in zip(self._models, self._weights, strict=True)]
        return tf.add_n(parts)
