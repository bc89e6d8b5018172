"""A leaderboard as the family `auto` writes it."""

from typing import Any

LEADERBOARD: dict[str, Any] = {
    "metric": "log_loss",
    "value": 0.19,
    "rows": 1500,
    "folds": 5,
    "time_limit": 15.0,
    "seconds": 12.3,
    "models": [
        {
            "family": "trees",
            "settings": {"leaves": 9, "parameters": {"lambda_l2": 0.5}},
            "value": 0.2,
            "fit_seconds": 1.26,
            "row_microseconds": 4.04,
            "weight": 0.75,
        },
        {
            "family": "linear",
            "settings": {},
            "value": 0.25,
            "fit_seconds": 0.1,
            "row_microseconds": 0.5,
            "weight": 0.25,
        },
    ],
    "left_out": {"neural": "needs about 12 s"},
}
