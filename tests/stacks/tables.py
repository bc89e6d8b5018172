"""The projects that both stacks run: one of each model family, over every kind of column and of task."""

import csv
import datetime
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.stacks.stack import PROJECT

ROWS = 900
_WORDS = ("late", "broken", "große Freude", "thanks", "refund", "fast", "東京", "again", "never", "box")
_KINDS = ("a", "b", "ß", "c d", None)
_START = datetime.datetime(2021, 3, 1)

_FEATURES = """
[features]
note = "text"
kind = "categorical"
area = "categorical"
amount = "numeric"
count = "numeric"
is_open = "boolean"
opened = "timestamp"
"""


def _row(draw: random.Random) -> dict[str, Any]:
    """Return a row; its label depends on all columns, and not on these alone."""
    words, kind = draw.sample(_WORDS, draw.randint(1, 4)), draw.choice(_KINDS)
    amount = None if draw.random() < 0.1 else round(draw.gauss(20, 9), 3)
    opened = _START + datetime.timedelta(seconds=draw.randrange(300 * 86_400))
    row = {
        "note": " ".join(words) if draw.random() < 0.95 else None,
        "kind": kind,
        "area": draw.randrange(12),
        "amount": amount,
        "count": draw.randrange(60),
        "is_open": draw.random() < 0.6,
        "opened": opened,
    }
    score = (amount or 15) / 9 + (kind == "a") * 2 - ("late" in words) * 3 + row["count"] / 20 + row["is_open"]
    # Trees find this one, the linear model does not: a mean of both is better than either.
    score += (row["area"] < 6) == row["is_open"]
    return {**row, "score": score + draw.gauss(0, 0.5)}


def _rows(seed: int, label: Callable[[float], Any]) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    rows = [_row(draw) for _ in range(ROWS)]
    # The score stays: a column that is neither feature nor label.
    return [{**row, "label": label(row["score"])} for row in rows]


def _class(score: float) -> str:
    return "low" if score < 3 else "high" if score > 5.5 else "middle"


def _write_text(path: Path, rows: list[dict[str, Any]], delimiter: str) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(rows[0])
        writer.writerows([_as_text(value) for value in row.values()] for row in rows)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _trees(folder: Path) -> None:
    """Classes in a CSV file."""
    _write_text(folder / "rows.csv", _rows(3, _class), ",")
    _configure(
        folder, "rows.csv", 'family = "trees"\ntask = "multiclass"\nrounds = 40', 'metric = "accuracy"\nmin = 0.5'
    )


def _linear(folder: Path) -> None:
    """Numbers, with a vector in each row, in a Parquet file."""
    rows, draw = _rows(4, float), random.Random(5)
    columns = {name: pa.array([row[name] for row in rows]) for name in rows[0]}
    vectors = [[draw.gauss(0, 1) for _ in range(3)] for _ in rows]
    pq.write_table(pa.table({**columns, "place": pa.array(vectors, pa.list_(pa.float32()))}), folder / "rows.parquet")
    features = '\nplace = "vector[3]"\n'
    _configure(folder, "rows.parquet", 'family = "linear"\ntask = "regression"', 'metric = "rmse"\nmax = 3.0', features)


def _auto(folder: Path) -> None:
    """Two classes in a TSV file; the search ends by its number of trials, long before its time."""
    _write_text(folder / "rows.tsv", _rows(6, lambda score: score > 4.5), "\t")
    model = 'family = "auto"\ntime_limit = 100000.0\nrounds = 40\nlearning_rate = 0.2\nepochs = 1'
    _configure(folder, "rows.tsv", model, 'metric = "auc"\nmin = 0.6')


def _neural(folder: Path) -> None:
    """The taxi rows, with the configuration of the project."""
    (folder / "data" / "taxi").mkdir(parents=True)
    for name in ("pipeline.toml", "data/taxi/trips.csv"):
        (folder / name).write_bytes((PROJECT / name).read_bytes())


def _configure(folder: Path, source: str, model: str, evaluation: str, features: str = "") -> None:
    (folder / "pipeline.toml").write_text(
        f'name = "stacks"\n[data]\nsource = "{source}"\nlabel = "label"\n{_FEATURES.rstrip()}{features}\n'
        f'[model]\n{model}\n[evaluation]\n{evaluation}\nnot_worse_than_linear = false\nslices = ["kind"]\n'
        f'[push]\ndirectory = "models"\n',
        encoding="utf-8",
    )


_WRITERS = {"linear": _linear, "trees": _trees, "neural": _neural, "auto": _auto}
FAMILIES = tuple(_WRITERS)


def write_project(family: str, folder: Path) -> Path:
    """Write the table and the configuration of a family into a new folder, and return it."""
    folder.mkdir(parents=True)
    _WRITERS[family](folder)
    return folder


def source_of(folder: Path) -> Path:
    """Return the table of a project."""
    return next(file for file in sorted(folder.rglob("*.*")) if file.stem in ("rows", "trips"))
