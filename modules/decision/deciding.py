"""The decision of a model from scored rows: its threshold, its quantiles, and what they reach on these rows."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modules.decision.conformal import nonconformity, quantiles_of
from modules.decision.policy import choose_threshold
from modules.families.problem import HeldOut
from penstock.core.documents.decision import Calibration, Coverage, Decision, Policy, SliceQuantile

# A probability that differs only by the rounding of a server is in the same set.
_ROUNDING = 1e-6


def decide(settings: Mapping[str, Any], task: str, rows: HeldOut, values: Sequence[Any] | None = None) -> Decision:
    """Return the decision.

    Args:
        settings: `policy`, `value`, `coverage`, `by`, `split`, `min_rows`, and `least`: the bound of the labels by
            the loss, which none is below, or None.
        task: The task of the model.
        rows: The rows that decide.
        values: The value of each row in the column `by`, if there is one.

    Raises:
        NodeError: The rows do not allow the policy or the coverage.
    """
    return Decision(
        task=task,
        calibration=Calibration(rows=len(rows.labels), source=rows.source, fitted=settings["split"] is None),
        policy=_policy(settings["policy"], settings["value"], rows) if settings["policy"] else None,
        coverage=_coverage(settings, task, rows, values) if settings["coverage"] is not None else None,
    )


def _policy(name: str, value: Any, rows: HeldOut) -> Policy:
    scores, truth = np.asarray(rows.scores[:, 0], np.float32), np.asarray(rows.labels) > 0.5
    threshold = choose_threshold(name, value, scores, truth, rows.weights)
    positive = scores >= np.float32(threshold)
    weights = np.ones(len(truth)) if rows.weights is None else rows.weights
    every = np.ones(len(truth), bool)
    hits, positives, trues, total = (_sum(weights, part) for part in (positive & truth, positive, truth, every))
    # The rows that the configured value is a share of.
    of = {"precision": positive, "recall": truth, "capacity": every}.get(name)
    cost = value["fp"] * (positives - hits) + value["fn"] * (trues - hits) if name == "costs" else None
    return Policy(
        name=name,
        value=value,
        threshold=threshold,
        precision=hits / positives if positives else None,
        recall=hits / trues,
        share=positives / total,
        cost=None if cost is None else cost / total,
        error=math.sqrt(value * (1 - value) / effective_rows(weights[of])) if of is not None and of.any() else 0.0,
    )


def _sum(weights: np.ndarray, part: np.ndarray) -> float:
    return float(weights[part].sum())


def effective_rows(weights: np.ndarray) -> float:
    """Return the number of rows of equal weight with the same sampling error (Kish: Survey Sampling, 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _coverage(settings: Mapping[str, Any], task: str, rows: HeldOut, values: Sequence[Any] | None) -> Coverage:
    distances = nonconformity(task, rows.scores, rows.labels)
    if task != "regression":
        distances = distances + _ROUNDING
    found = quantiles_of(distances, settings["coverage"], values, min_rows=settings["min_rows"])
    return Coverage(
        share=settings["coverage"],
        quantile=found.overall,
        by=settings["by"],
        least=settings["least"],
        slices=tuple(SliceQuantile(value=value, quantile=q, rows=count) for value, q, count in found.slices),
    )
