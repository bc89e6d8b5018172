"""scikit-learn's models on the same rows: gradient boosting, a linear model, and the best constant."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.quality.table import Table

BASELINE, LINEAR, BOOSTING = "baseline", "sklearn-linear", "hist-gradient-boosting"
# HistGradientBoosting has 255 bins per category; one of them is for missing values.
MOST_NATIVE = 254
MOST_TERMS = 1_000
LATENCY_REPEATS = 3

Rows = tuple[pd.DataFrame, np.ndarray]


def fit(name: str, table: Table, train: Rows, *, seed: int) -> Any:
    """Return a fitted estimator.

    Args:
        name: Which peer.
        table: Task and roles.
        train: Features and label.
        seed: Seed of what the estimator draws.
    """
    make: dict[str, Callable[..., Any]] = {BASELINE: _constant, LINEAR: _linear, BOOSTING: _boosting}
    rows, labels = train
    return make[name](table, rows, seed).fit(rows, labels)


def answers(estimator: Any, task: str, rows: pd.DataFrame) -> np.ndarray:
    """Return an estimator's predictions for some rows, in the form that `scores` takes."""
    if task == "regression":
        return np.asarray(estimator.predict(rows))
    found = np.asarray(estimator.predict_proba(rows))
    return found[:, 1] if task == "binary" else found


def latency(score: Callable[[], Any], rows: int) -> float:
    """Return the microseconds of processor time per row, the minimum of a few repetitions after a warm-up.

    Threads of OpenMP, which scikit-learn has, spend processor time while they wait for each other: there is one.
    """
    with threadpool_limits(1, user_api="openmp"):
        return _least_seconds(score) / rows * 1e6


def _least_seconds(score: Callable[[], Any]) -> float:
    score()
    seconds = []
    for _ in range(LATENCY_REPEATS):
        clock = time.process_time()
        score()
        seconds.append(time.process_time() - clock)
    return min(seconds)


def _constant(table: Table, rows: pd.DataFrame, seed: int) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyRegressor() if table.task == "regression" else DummyClassifier(strategy="prior")


def _linear(table: Table, rows: pd.DataFrame, seed: int) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    parts = [("numbers", numbers, _numbers(table, rows))]
    if names := _of(table, "categorical"):
        parts.append(("categories", OneHotEncoder(handle_unknown="ignore"), names))
    model = Ridge() if table.task == "regression" else LogisticRegression(max_iter=1_000)
    return make_pipeline(ColumnTransformer([*parts, *_terms(table)]), model)


def _boosting(table: Table, rows: pd.DataFrame, seed: int) -> Any:
    """Return HistGradientBoosting with its defaults.

    Categories with more values than it has bins are encoded as the mean label of each value, by cross-fitting, as
    scikit-learn's manual advises.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder, TargetEncoder

    many = [name for name in _of(table, "categorical") if rows[name].nunique() > MOST_NATIVE]
    few = [name for name in _of(table, "categorical") if name not in many]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan)
    parts: list[Any] = [("few", codes, few)] if few else []
    parts.append(("numbers", "passthrough", _numbers(table, rows)))
    if many:
        parts.append(("many", TargetEncoder(random_state=seed), many))
    kind = HistGradientBoostingRegressor if table.task == "regression" else HistGradientBoostingClassifier
    # The categories come first, so that their places are known.
    model = kind(categorical_features=list(range(len(few))) or None, early_stopping="auto", random_state=seed)
    return make_pipeline(ColumnTransformer([*parts, *_terms(table)], sparse_threshold=0), model)


def _terms(table: Table) -> list[Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return [
        (name, TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=MOST_TERMS), name)
        for name in _of(table, "text")
    ]


def _of(table: Table, role: str) -> list[str]:
    return [name for name, each in table.roles.items() if each == role]


def _numbers(table: Table, rows: pd.DataFrame) -> list[str]:
    others = {*_of(table, "categorical"), *_of(table, "text"), table.label}
    return [str(name) for name in rows.columns if name not in others]
