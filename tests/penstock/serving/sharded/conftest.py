"""A scoring of a small table, with a scorer that counts its rows in place of TensorFlow."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from penstock.serving.model import scorer
from penstock.serving.model.scorer import Scorer
from penstock.serving.model.versions import ModelVersion
from penstock.serving.sharded import run
from penstock.serving.sharded.run import Scoring
from penstock.serving.sharded.shards import in_threads
from penstock.tables.examples import shards
from penstock.tables.input import Input
from penstock.tables.values.interpretation import ColumnFormat, Interpretation, Result

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
COLUMNS = {
    "version": 1,
    "interpretation": Interpretation(
        (ColumnFormat("id", "integer", "BIGINT"), ColumnFormat("count", "integer", "BIGINT")),
        ",",
        (Result("id", "BIGINT", "id"), Result("count", "BIGINT", "count")),
    ).as_dict(),
    "features": [
        {"name": "count", "role": "numeric", "input": "count", "vocabulary": None, "unseen": None, "low": 0, "high": 9}
    ],
}


class Model:
    """A version that doubles `count`.

    Attributes:
        version: The version.
        scored: The values that it scored.
    """

    def __init__(self, folder):
        (folder / "assets.extra").mkdir(parents=True)
        (folder / "saved_model.pb").write_text("graph")
        (folder / "assets.extra" / "columns.json").write_text(json.dumps(COLUMNS))
        self.version = ModelVersion(folder, 3)
        self.scored = []

    def load(self, version):
        return Scorer({"count": "number"}, ("prediction",), self._score)

    def _score(self, columns):
        self.scored += columns["count"].tolist()
        return [pa.array((2 * np.nan_to_num(columns["count"])).astype(np.float32))]


@pytest.fixture
def model(tmp_path, monkeypatch):
    made = Model(tmp_path / "models" / "3")
    monkeypatch.setattr(scorer, "load", made.load)
    return made


@pytest.fixture
def small_shards(monkeypatch):
    """Cut the table into several shards; a real one has at least half a megabyte in each."""
    monkeypatch.setattr(shards, "SMALLEST", 800)


@pytest.fixture
def table(tmp_path, small_shards):
    """Return a table of a thousand rows."""
    file = tmp_path / "rows.csv"
    file.write_text("id,count\n" + "".join(f"{number},{number % 7}\n" for number in range(1000)))
    return file


@pytest.fixture
def scoring(tmp_path, table, model):
    """Return a scoring of the table into a CSV file."""
    return Scoring(Input(str(table)), model.version, tmp_path / "scored.csv", tmp_path / ".scored.csv.scoring", 32)


def scored(scoring, workers=1, **changes):
    """Score in threads of this process."""
    return run.score(replace(scoring, **changes), partial(in_threads, workers=workers), NOW)
