"""Metrics of a candidate and a baseline, and the verdict on them."""

import json
import math

HIGHER = {"auc": True, "log_loss": False}
ESTIMATE = {"kind": "estimate", "interval": None, "ends": None, "linear": None}
WHOLE, FIRST, SECOND = (), ("zone", 1), ("zone", 2)


def metrics(model, constant=None):
    return {
        "model": {"example_count": 10.0, **model},
        "constant": constant or {"auc": 0.5, "log_loss": 0.7},
    }


CANDIDATE = {
    SECOND: metrics({"example_count": 4.0, "auc": math.nan, "log_loss": 0.4}),
    WHOLE: metrics({"auc": 0.9, "log_loss": 0.3}),
    FIRST: metrics({"example_count": 6.0, "auc": 0.8, "log_loss": 0.2}),
}
BASELINE = {WHOLE: metrics({"auc": 0.88, "log_loss": 0.25}), FIRST: metrics({"auc": 0.7, "log_loss": 0.2})}


def judged(*thresholds, candidate=CANDIDATE, baseline=None, least=0):
    from components.model_verdict import judge

    return json.loads(judge(candidate, baseline, thresholds, HIGHER, min_slice_rows=least).text())


def threshold(kind, bound, metric="auc", column=None):
    return {"metric": metric, "kind": kind, "bound": bound, "slice": column}


MEASURED = {
    WHOLE: {
        **metrics({"auc": 0.9, "auc/interval": 0.01, "auc/over_linear": 0.02, "auc/over_linear/interval": 0.03}),
        "linear": {"auc": 0.88, "log_loss": 0.5},
    },
    FIRST: metrics({"example_count": 6.0, "auc": 0.8, "auc/interval": 0.1, "auc/over_baseline": 0.1}),
    SECOND: metrics({"example_count": 4.0, "auc": 0.7, "auc/interval": 0.2, "auc/missed/a/over_b": 0.0}),
}
