"""Which models to average, and with which weights.

Method: Caruana, Niculescu-Mizil, Crew, Ksikes: Ensemble Selection from Libraries of Models, ICML 2004.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from modules.features import Task
from modules.losses import loss_of

STEPS = 25
# The most models of an ensemble, and the least share of the loss that it must save to be worth its cost.
MOST_MODELS, LEAST_GAIN = 6, 0.001


def weights_of(
    predictions: Sequence[np.ndarray], labels: np.ndarray, task: Task, row_weights: np.ndarray | None = None
) -> dict[int, float]:
    """Return the weights of the models to average, by their place; one model alone where averaging does not help.

    Models are added one at a time, with replacement: each time the one that makes the mean best.

    Args:
        predictions: Each model's predictions of the validation rows, [rows, units].
        labels: The labels of these rows.
        task: Decides the loss.
        row_weights: A weight per row, or None.
    """
    losses = [loss_of(task, labels, scores, row_weights) for scores in predictions]
    best = int(np.argmin(losses))
    chosen, total = [best], predictions[best].astype(np.float64)
    least, kept = losses[best], [best]
    for _ in range(STEPS - 1):
        allowed = set(chosen) if len(set(chosen)) == MOST_MODELS else range(len(predictions))
        found = {
            place: loss_of(task, labels, (total + predictions[place]) / (len(chosen) + 1), row_weights)
            for place in sorted(allowed)
        }
        place = min(found, key=lambda place: found[place])
        chosen.append(place)
        total += predictions[place]
        if found[place] < least:
            least, kept = found[place], list(chosen)
    if least > losses[best] * (1 - LEAST_GAIN):
        return {best: 1.0}
    return {place: count / len(kept) for place, count in sorted(Counter(kept).items())}
