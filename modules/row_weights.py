"""The check of the weights of rows, which is that of training and of evaluation."""

import numpy as np

from penstock.core.errors import NodeError


def checked_weights(weights: np.ndarray) -> np.ndarray:
    """Return the weights.

    Raises:
        NodeError: A weight is not a number above zero.
    """
    wrong = ~((weights > 0) & np.isfinite(weights))
    if wrong.any():
        received = f"{int(wrong.sum()):,} others in {len(weights):,} rows, the first {weights[wrong][0]:g}"
        raise NodeError("data.weight", "finite numbers above zero in every row", received, "correct them in data.query")
    return weights
