"""Metrics of a model's predictions by task, the same code for every model."""

import numpy as np

from penstock.core.features import Task

# The deciding metric, and whether a higher value is better.
DECIDES: dict[str, tuple[str, bool]] = {
    "binary": ("auc", True),
    "multiclass": ("log_loss", False),
    "regression": ("rmse", False),
}
DISPLAY_NAMES = {"auc": "AUC", "log_loss": "log loss", "rmse": "RMSE"}
# A 32-bit probability may be exactly zero; for every model it counts as this.
LEAST_PROBABILITY = 1e-7
# Samples of the bootstrap: the standard error of a difference is within 5 % of its value.
SAMPLES = 200


def scores(task: Task, labels: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """Return each metric of the task.

    Args:
        task: What is predicted.
        labels: 0 and 1, numbers of classes, or numbers.
        answers: The probability of 1, a probability per class [rows, classes], or numbers.
    """
    if not np.isfinite(answers).all():
        raise ValueError("a model that answers with infinite numbers or none")
    if task == "regression":
        return {
            "rmse": float(np.sqrt(np.mean((answers - labels) ** 2))),
            "mae": float(np.mean(np.abs(answers - labels))),
        }
    if task == "multiclass":
        right = answers[np.arange(len(labels)), labels]
        return {"log_loss": _log_loss(right), "accuracy": float(np.mean(answers.argmax(axis=1) == labels))}
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "auc": float(roc_auc_score(labels, answers)),
        "average_precision": float(average_precision_score(labels, answers)),
        "log_loss": _log_loss(np.where(labels == 1, answers, 1 - answers)),
    }


def advantage(task: Task, labels: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Return by how much ours are better than theirs in the deciding metric, and the standard error of this.

    The error is that of the paired bootstrap: both are scored on the same samples of the rows.

    Args:
        task: What is predicted.
        labels: As `scores` takes them.
        ours: Predictions, as `scores` takes them.
        theirs: Predictions of the same rows by another model.
    """
    metric, is_more = DECIDES[task]
    sign = 1.0 if is_more else -1.0

    def difference(rows: np.ndarray) -> float:
        found = [scores(task, labels[rows], answers[rows])[metric] for answers in (ours, theirs)]
        return sign * (found[0] - found[1])

    draw = np.random.default_rng(len(labels))
    samples: list[float] = []
    while len(samples) < SAMPLES:
        rows = draw.integers(0, len(labels), len(labels))
        # An AUC needs both classes: of few rows a sample may have one alone.
        if task != "binary" or len(np.unique(labels[rows])) > 1:
            samples.append(difference(rows))
    return difference(np.arange(len(labels))), float(np.std(samples, ddof=1))


def _log_loss(right: np.ndarray) -> float:
    """Return the mean logarithmic loss, given the probabilities of what was right."""
    return float(-np.log(np.clip(right.astype(np.float64), LEAST_PROBABILITY, 1)).mean())
