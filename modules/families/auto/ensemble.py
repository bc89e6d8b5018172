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


def ensemble_weights(
    predictions: Sequence[np.ndarray],
    loss: Callable[[np.ndarray], float],
    share: Callable[[frozenset[int]], float],
) -> dict[int, float]:
    """Return the ensemble weights of models, by position; a single model if averaging does not help.

    Models are added one at a time, with replacement: each time the one with which the mean has the least loss.

    Args:
        predictions: Each model's predictions of the validation rows, [rows, units].
        loss: Computes the loss of such predictions.
        share: Returns what some models together take of the budget, which is 1; if each model takes more, the cheapest
            one is returned.
    """
    losses = dict(enumerate(map(loss, predictions)))
    ranked = sorted(losses, key=lambda place: losses[place])
    best = next((place for place in ranked if share(frozenset([place])) <= 1), None)
    if best is None:
        best = min(ranked, key=lambda place: share(frozenset([place])))
    chosen = [best]
    total: np.ndarray = predictions[best].astype(np.float64)
    least, selected = losses[best], [best]
    for _ in range(STEPS - 1):
        members = frozenset(chosen)
        candidates = {place: loss((total + each) / (len(chosen) + 1)) for place, each in enumerate(predictions)}
        allowed = (
            place
            for place in sorted(candidates, key=lambda place: candidates[place])
            if place in members or (len(members) < MAX_MODELS and share(members | {place}) <= 1)
        )
        place = next(allowed)
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
