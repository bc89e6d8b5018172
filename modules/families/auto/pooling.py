"""How the predictions of an ensemble's models are averaged: as they are, or as raw scores.

Averaged raw scores can be explained exactly, averaged probabilities cannot: the Shapley values of a sum are the sums of
the values. The mean of log-odds is the logarithmic opinion pool: Genest, Zidek: Combining Probability Distributions: A
Critique and an Annotated Bibliography, Statistical Science, 1986. For a regression both are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.problem import Problem
from penstock.core.features import Task


@dataclass(frozen=True)
class Pooling:
    """What is averaged.

    Attributes:
        task: What is predicted.
        is_raw: Whether raw scores are averaged, which the exported model explains.
    """

    task: Task
    is_raw: bool = False

    @classmethod
    def of(cls, problem: Problem, settings: Mapping[str, Any]) -> "Pooling":
        """Return the pooling of a configuration."""
        return cls(problem.task, bool(settings.get("explain")))

    def taken(self, predictions: np.ndarray) -> np.ndarray:
        """Return what is averaged of predictions [rows, units]."""
        if not self.is_raw:
            return predictions
        from modules.families.explanation import raw_of

        return raw_of(self.task, predictions)

    def given(self, mean: np.ndarray) -> np.ndarray:
        """Return the predictions of an average [rows, units]."""
        if not self.is_raw:
            return mean
        from modules.families.explanation import predictions_of

        return predictions_of(self.task, mean)

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

            return WeightedModel(models, weights, self.task)
        from modules.families.auto.ensemble import EnsembleModel

        return EnsembleModel(models, weights)
