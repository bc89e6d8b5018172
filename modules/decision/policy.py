"""The threshold of a decision, from scored rows: a row is decided yes if its probability is at least the threshold."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from penstock.core.errors import NodeError

# Sums of weights that should be equal differ by their rounding.
_EXACT = 1 - 1e-12
# No probability reaches it: nothing is decided yes.
NEVER = float(np.nextafter(np.float32(1), np.float32(2)))


def choose_threshold(
    policy: str, value: Any, scores: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Return the threshold of a policy, as a float32 that is exact in float64.

    Args:
        policy: `costs`, `precision`, `recall` or `capacity`.
        value: The costs by name, the precision or recall to reach, or the largest share of rows.
        scores: The probability of the true class, [rows].
        labels: Whether each row is true, [rows].
        weights: The weight of each row, or None: rows count by their weight.

    Raises:
        NodeError: No threshold reaches the value on these rows.
    """
    counted = _Counts(np.asarray(scores, np.float32), np.asarray(labels) > 0.5, weights)
    if not 0 < counted.trues < counted.rows:
        raise NodeError(
            "the rows that decide the threshold",
            "rows of both classes",
            f"{counted.trues:g} true of {counted.rows:g}",
            "use more rows, or another decision.split",
        )
    return counted.threshold(_CHOICES[policy](counted, value))


class _Counts:
    """What is decided yes at each threshold, from `never` (place 0) to `always` (the last place)."""

    def __init__(self, scores: np.ndarray, labels: np.ndarray, weights: np.ndarray | None) -> None:
        order = np.argsort(-scores, kind="stable")
        falling = scores[order]
        # Rows of one score are decided together.
        ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) + 1
        self.values = falling[ends - 1]
        weigh = np.ones(len(scores)) if weights is None else np.asarray(weights, np.float64)[order]
        self.positives = np.append(0, np.cumsum(weigh)[ends - 1])
        self.hits = np.append(0, np.cumsum(weigh * labels[order])[ends - 1])
        self.rows, self.trues = float(self.positives[-1]), float(self.hits[-1])

    def threshold(self, place: int) -> float:
        """Return a threshold halfway between the scores that it separates."""
        if place == 0:
            return NEVER if self.values[0] >= 1 else float(np.float32((float(self.values[0]) + 1) / 2))
        if place == len(self.values):
            return 0.0
        above, below = self.values[place - 1], self.values[place]
        middle = np.float32((float(above) + float(below)) / 2)
        return float(middle if below < middle <= above else above)


def _least_cost(counted: _Counts, costs: Mapping[str, float]) -> int:
    """Return the place of the least cost; of equal ones the nearest to where a calibrated model has it."""
    cost = costs["fp"] * (counted.positives - counted.hits) + costs["fn"] * (counted.trues - counted.hits)
    best = np.flatnonzero(cost <= cost.min() * (1 + 1e-12))
    expected = costs["fp"] / (costs["fp"] + costs["fn"])
    return int(min(best, key=lambda place: abs(counted.threshold(int(place)) - expected)))


def _precise(counted: _Counts, precision: float) -> int:
    found = counted.hits[1:] / counted.positives[1:]
    places = np.flatnonzero(found >= precision)
    if not len(places):
        raise _unreachable("precision", precision, found.max())
    return int(places[-1]) + 1


def _recalling(counted: _Counts, recall: float) -> int:
    return int(np.flatnonzero(counted.hits >= recall * counted.trues * _EXACT)[0])


def _within_capacity(counted: _Counts, share: float) -> int:
    places = np.flatnonzero(counted.positives <= share * counted.rows)
    if places[-1] == 0:
        raise _unreachable("capacity", share, counted.positives[1] / counted.rows)
    return int(places[-1])


def _unreachable(key: str, wanted: float, found: float) -> NodeError:
    closest = "the least share of rows with one score" if key == "capacity" else f"the greatest {key}"
    return NodeError(
        f"decision.{key}",
        f"{wanted:g}, which a threshold reaches on the rows that decide it",
        f"{found:.4g} as {closest} at any threshold",
        "set a value that the model reaches, or train a better one",
    )


_CHOICES: dict[str, Any] = {
    "costs": _least_cost,
    "precision": _precise,
    "recall": _recalling,
    "capacity": _within_capacity,
}
