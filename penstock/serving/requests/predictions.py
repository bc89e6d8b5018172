"""The values of an output in a log of requests, compared with the label in training data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.core.value_counts import value_counts

# An output that is the same for each row.
CONSTANT = "threshold"
_DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Predictions:
    """The values of an output, and those of the label in training data.

    Attributes:
        output: The name of the output.
        count: The number of values.
        mean: The mean of numbers.
        deciles: The nine deciles of numbers.
        label_mean: The mean of the label in training data; None if it is no number.
        shares: The share of each text, the largest first.
        label_shares: The same of the label in training data; empty if not all are known.
        distance: The largest difference of a share.
    """

    output: str
    count: int
    mean: float | None = None
    deciles: tuple[float, ...] = ()
    label_mean: float | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    label_shares: Mapping[str, float] = field(default_factory=dict)
    distance: float | None = None


def features_of(statistics: Any) -> dict[str, Any]:
    """Return the columns of TFDV's statistics, by name."""
    found = (feature for dataset in statistics.datasets for feature in dataset.features)
    return {str(feature.path.step[0]): feature for feature in found if len(feature.path.step) == 1}


def counts(feature: Any) -> dict[str, float] | None:
    """Return how often each value of a category occurs; None if it is no category, or not all are known."""
    if feature is None:
        return None
    ranks = value_counts(feature)
    if ranks is None and feature.HasField("string_stats"):
        ranks = feature.string_stats.rank_histogram
        if feature.string_stats.unique > len(ranks.buckets):
            return None
    return None if ranks is None else {bucket.label: bucket.sample_count for bucket in ranks.buckets}


def predicted_numbers(output: str, values: np.ndarray, trained: Any) -> Predictions:
    """Return the mean and the deciles of an output.

    Args:
        output: Its name.
        values: The number of each row, [rows]; NaN and infinite ones are counted only.
        trained: TFDV's statistics of the label in training data; None if they are not known.
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    is_number = trained is not None and trained.HasField("num_stats")
    return Predictions(
        output=output,
        count=len(values),
        mean=float(finite.mean()) if finite.size else None,
        deciles=tuple(float(each) for each in np.atleast_1d(np.quantile(finite, _DECILES))) if finite.size else (),
        label_mean=float(trained.num_stats.mean) if is_number else None,
    )


def predicted_texts(output: str, counts: Mapping[str, int], trained: Mapping[str, float] | None) -> Predictions:
    """Return how often an output has each text, compared with the label in training data."""
    total = sum(counts.values())
    shares = {value: count / total for value, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))}
    labels = _shares(trained) if trained else {}
    distance = max((abs(shares.get(name, 0) - labels.get(name, 0)) for name in {*shares, *labels}), default=None)
    return Predictions(
        output=output, count=total, shares=shares, label_shares=labels, distance=distance if labels else None
    )


def _shares(counts: Mapping[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    return {value: count / total for value, count in counts.items()} if total else {}
