"""The metrics of each task, by the names that the configuration uses. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        tfma: The class that computes it in TensorFlow Model Analysis.
        higher_is_better: The direction of improvement.
        options: Keyword arguments of the class.
    """

    tfma: str
    higher_is_better: bool
    options: tuple[tuple[str, object], ...] = ()


METRICS: dict[str, dict[str, Metric]] = {
    "binary": {
        "auc": Metric("AUC", True),
        "average_precision": Metric("AUCPrecisionRecall", True),
        "accuracy": Metric("BinaryAccuracy", True),
        "log_loss": Metric("BinaryCrossEntropy", False),
        "precision": Metric("Precision", True),
        "recall": Metric("Recall", True),
    },
    "multiclass": {
        "accuracy": Metric("SparseCategoricalAccuracy", True),
        "log_loss": Metric("SparseCategoricalCrossentropy", False),
    },
    "regression": {
        "mae": Metric("MeanAbsoluteError", False),
        "rmse": Metric("RootMeanSquaredError", False),
        "mape": Metric("MeanAbsolutePercentageError", False),
    },
}
