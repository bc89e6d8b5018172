"""The selection of an ensemble: which models to average, and with which weights.

Method: Caruana, Niculescu-Mizil, Crew, Ksikes: Ensemble Selection from Libraries of Models, ICML 2004.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from modules.families.keras_model import exportable

STEPS = 25
# The maximum number of models, and the least relative gain in loss for which an ensemble is worth its cost.
MAX_MODELS, MIN_GAIN = 6, 0.001
_LEAST_BUDGET = 1e-9


def ensemble_weights(
    predictions: Sequence[np.ndarray],
    loss: Callable[[np.ndarray], float],
    costs: Sequence[Sequence[float]],
    budget: Sequence[float],
) -> dict[int, float]:
    """Return the ensemble weights of models, by position; a single model if averaging does not help.

    Models are added one at a time, with replacement: each time the one with which the mean has the least loss.

    Args:
        predictions: Each model's predictions of the validation rows, [rows, units].
        loss: Computes the loss of such predictions.
        costs: The costs of each model, one for each kind of cost.
        budget: The maximum total of each kind; if each model costs more, the cheapest one is returned.
    """
    losses = [loss(scores) for scores in predictions]
    shares: np.ndarray = np.asarray(costs, np.float64) / np.maximum(budget, _LEAST_BUDGET)
    affordable = np.flatnonzero((shares <= 1).all(axis=1)).tolist() or [int(np.argmin(shares.max(axis=1)))]
    best = min(affordable, key=lambda place: losses[place])
    chosen = [best]
    total: np.ndarray = predictions[best].astype(np.float64)
    least, selected = losses[best], [best]
    for _ in range(STEPS - 1):
        members = set(chosen)
        left = 1 - shares[list(members)].sum(axis=0)
        allowed = [
            place
            for place in range(len(costs))
            if place in members or (len(members) < MAX_MODELS and (shares[place] <= left).all())
        ]
        candidates = {place: loss((total + predictions[place]) / (len(chosen) + 1)) for place in allowed}
        place = min(candidates, key=lambda place: candidates[place])
        chosen.append(place)
        total += predictions[place]
        if candidates[place] < least:
            least, selected = candidates[place], list(chosen)
    if least > losses[best] * (1 - MIN_GAIN):
        return {best: 1.0}
    return {place: count / len(selected) for place, count in sorted(Counter(selected).items())}


class EnsembleModel(tf.Module):
    """The weighted mean of models, from a dict of transformed columns to predictions [batch, units]."""

    def __init__(self, models: Sequence[Any], weights: Sequence[float]) -> None:
        """Take the models and their weights, the sum of which is one."""
        super().__init__()
        self._models, self._weights = list(map(exportable, models)), list(weights)

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the mean of the predictions, float32."""
        parts = [weight * model(rows) for model, weight in zip(self._models, self._weights, strict=True)]
        return tf.add_n(parts)
