"""Tables that need no download: the bundled taxi rows, and those in scikit-learn."""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.quality.table import LABEL, Table
from benchmarks.systems import PROJECT
from penstock.config.loading import load
from penstock.core.features import Task


def taxi() -> Table:
    """Return the bundled rides, with the query, the features and the label of the project's configuration."""
    config = load(PROJECT / "pipeline.toml", environment={})
    with duckdb.connect() as connection:
        connection.read_csv(config.input.source).create_view("source")
        rows = connection.execute(config.data.query).arrow().select(config.columns)
    rows = pa.table({name: column.cast(pa.int64()) if _is_flag(column) else column for name, column in _items(rows)})
    about = "Chicago taxi rides: does the passenger tip more than a fifth of the fare?"
    return Table("taxi", about, config.model.task, dict(config.features), rows, config.data.label)


def breast_cancer() -> Table:
    """Return measures of cells."""
    return _numeric("breast-cancer", "measures of cells, malignant or benign", "binary", "load_breast_cancer")


def wine() -> Table:
    """Return chemical analyses."""
    return _numeric("wine", "chemical analyses of the wines of three growers", "multiclass", "load_wine")


def iris() -> Table:
    """Return measures of flowers."""
    return _numeric("iris", "measures of the flowers of three species", "multiclass", "load_iris")


def diabetes() -> Table:
    """Return measures of patients."""
    return _numeric("diabetes", "measures of patients, and the disease a year later", "regression", "load_diabetes")


def digits() -> Table:
    """Return small pictures, each one a list of numbers."""
    found = _load("load_digits")
    images = pa.array(list(found.data.astype(np.float64)), pa.list_(pa.float64()))
    rows = pa.table({"image": images, LABEL: found.target})
    about = "pictures of written digits, 8 by 8, in one column of lists"
    return Table("digits", about, "multiclass", {"image": "vector[64]"}, rows)


def _numeric(name: str, about: str, task: Task, loader: str) -> Table:
    found = _load(loader)
    names = [str(column) for column in found.feature_names]
    label = found.target.astype(np.float64 if task == "regression" else np.int64)
    rows = pa.table({**dict(zip(names, found.data.T, strict=True)), LABEL: label})
    return Table(name, about, task, dict.fromkeys(names, "numeric"), rows)


def _load(loader: str) -> Any:
    from sklearn import datasets

    load_one: Callable[[], Any] = getattr(datasets, loader)
    return load_one()


def _is_flag(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_boolean(column.type))


def _items(rows: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    return list(zip(rows.column_names, rows.columns, strict=True))
