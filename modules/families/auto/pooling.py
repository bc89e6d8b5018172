"""How the predictions of an ensemble's models are averaged: as they are, or as raw scores.

Averaged raw scores can be explained exactly, averaged probabilities cannot: the Shapley values of a sum are the sums of
the values. The mean of log-odds is the logarithmic opinion pool: Genest, Zidek: Combining Probability Distributions: A
Critique and an Annotated Bibliography, Statistical Science, 1986. For a regression both are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.links import Link, link_of
from modules.families.links import predictions as predictions_of
from modules.families.problem import Problem


@dataclass(frozen=True)
class Pooling:
    """What is averaged.

    Attributes:
        link: The link of the raw scores.
        is_raw: Whether raw scores are averaged, which the exported model explains.
    """

    link: Link
    is_raw: bool = False

    @classmethod
    def of(cls, problem: Problem, settings: Mapping[str, Any]) -> "Pooling":
        """Return the pooling of a configuration."""
        return cls(link_of(problem), bool(settings.get("explain")))

    def taken(self, predictions: np.ndarray) -> np.ndarray:
        """Return what is averaged of predictions [rows, units]."""
        if not self.is_raw:
            return predictions
        from modules.families.explanation import raw_of

        return raw_of(self.link, predictions)

    def given(self, mean: np.ndarray) -> np.ndarray:
        """Return the predictions of an average [rows, units]."""
        if not self.is_raw:
            return mean
        return predictions_of(self.link, mean)

    def pooled(self, predictions: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
        """Return the predictions of an ensemble, [rows, units].

        Args:
            predictions: The predictions of each model.
            weights: The weight of each, the sum of which is one.
        """
        mean = sum(self.taken(each) * weight for each, weight in zip(predictions, weights, strict=True))
        return self.given(np.asarray(mean))

    def model(self, models: Sequence[Any], weights: Sequence[float]) -> Any:
        """Return the exported models of an ensemble as one."""
        if len(models) == 1:
            return models[0]
        if self.is_raw:
            from modules.families.explanation import WeightedModel

            return WeightedModel(models, weights, self.link)
        from modules.families.auto.ensemble import EnsembleModel

        return EnsembleModel(models, weights)
