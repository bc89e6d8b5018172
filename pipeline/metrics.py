"""The metrics of each task, by the names that the configuration uses, with the direction of improvement.

What they compute stands in `modules.measures`. Standard library only.
"""

# True where a greater value is better. The order is that of the screen.
METRICS: dict[str, dict[str, bool]] = {
    "binary": {
        "auc": True,
        "average_precision": True,
        "accuracy": True,
        "log_loss": False,
        "precision": True,
        "recall": True,
        "calibration_error": False,
    },
    "multiclass": {"accuracy": True, "log_loss": False, "macro_f1": True, "top_3_accuracy": True, "auc": True},
    "regression": {"mae": False, "rmse": False, "r2": True, "mape": False},
}
