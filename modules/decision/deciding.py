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
        settings: `policy`, `value`, `coverage`, `by`, `split` and `min_rows`.
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
    threshold = choose_threshold(name, value, scores, truth)
    positive = scores >= np.float32(threshold)
    hits, positives, trues = int((positive & truth).sum()), int(positive.sum()), int(truth.sum())
    # The number of rows that the configured value is a share of.
    counted = {"precision": positives, "recall": trues, "capacity": len(truth)}.get(name)
    cost = value["fp"] * (positives - hits) + value["fn"] * (trues - hits) if name == "costs" else None
    return Policy(
        name=name,
        value=value,
        threshold=threshold,
        precision=hits / positives if positives else None,
        recall=hits / trues,
        share=positives / len(truth),
        cost=None if cost is None else cost / len(truth),
        error=math.sqrt(value * (1 - value) / counted) if counted else 0.0,
    )


def _coverage(settings: Mapping[str, Any], task: str, rows: HeldOut, values: Sequence[Any] | None) -> Coverage:
    distances = nonconformity(task, rows.scores, rows.labels)
    if task != "regression":
        distances = distances + _ROUNDING
    found = quantiles_of(distances, settings["coverage"], values, min_rows=settings["min_rows"])
    return Coverage(
        share=settings["coverage"],
        quantile=found.overall,
        by=settings["by"],
        slices=tuple(SliceQuantile(value=value, quantile=q, rows=count) for value, q, count in found.slices),
    )
