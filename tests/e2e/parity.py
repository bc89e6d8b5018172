"""A table through init, the nodes up to Trainer, and predict: the scores of its rows by both ways."""

import csv
import io
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.e2e.parity_tables import KINDS, ROWS, MadeTable

LABEL = "label"
# Models that are fitted in no time; the ways of a row to the model are the same.
SETTINGS = ('model.family="linear"', "evaluation.min=-1e9", "evaluation.slices=[]")


@dataclass(frozen=True)
class Trained:
    """A model with the scores that the Evaluator would have of all rows, by the row's place in the source."""

    source: Path
    model: Path
    scores: dict[int, np.ndarray]
    roles: dict[str, str]


def write_source(table: MadeTable, folder: Path) -> Path:
    """Write the table as what training reads."""
    if table.is_parquet:
        return write_parquet(folder / "rows.parquet", [*table.names, LABEL], [*table.typed, table.label])
    path = folder / ("rows.tsv" if table.delimiter == "\t" else "rows.csv")
    rows = [[*table.names, LABEL], *zip(*table.texts, table.label, strict=True)]
    return write_delimited(path, rows, table)


def write_delimited(path: Path, rows: list[Any], table: MadeTable) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=table.delimiter, lineterminator=table.line_end).writerows(rows)
    path.write_bytes((b"\xef\xbb\xbf" if table.has_mark else b"") + text.getvalue().encode())
    return path


def write_parquet(path: Path, names: list[str], columns: list[list[Any]]) -> Path:
    pq.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], names), path)
    return path


def train(table: MadeTable, folder: Path) -> Trained:
    """Return a model of the table, as `init` proposes it, and the Evaluator's scores."""
    import tensorflow as tf

    from pipeline.config import load
    from pipeline.initial import propose_files
    from pipeline.runners.interactive import InteractiveRun
    from tables.source import open_table
    from tables.splitting import assign

    source, config = write_source(table, folder), folder / "pipeline.toml"
    propose_files(str(source), LABEL, config=config)
    loaded = load(config, SETTINGS)
    done = InteractiveRun(loaded, folder / "state").run("Trainer")
    places = {artifact.key: Path(artifact.uri) for node in done.nodes for artifact in node.outputs}
    model = next(places["model"].rglob("saved_model.pb")).parent
    evaluation = tf.saved_model.load(str(model)).signatures["evaluation"]
    with open_table(loaded.input) as opened:
        assigned = assign(loaded.splits, opened)
        homes = [position for (position,) in opened.select(assigned.sql)]
    scores = {}
    for position, split in enumerate(assigned.names):
        rows = [row for row, home in enumerate(homes) if home == position]
        files = sorted(map(str, (places["examples"] / f"Split-{split}").iterdir()))
        examples = list(tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator())
        found = evaluation(examples=tf.constant(examples))["model"].numpy()
        scores |= dict(zip(rows, found.reshape(len(examples), -1), strict=True))
    return Trained(source, model, scores, {each.name: each.role for each in loaded.feature_spec.features})


class Kept:
    """An output that keeps the predictions."""

    def __init__(self) -> None:
        self.batches: list[pa.RecordBatch] = []

    def write(self, batch: pa.RecordBatch) -> None:
        self.batches.append(batch)


class Predictor:
    """What `penstock predict` does with a file, with the model loaded once."""

    def __init__(self, model: Path) -> None:
        from serving import document, scorer, versions

        self._model = versions.at(model)
        self._document = document.load(model)
        self._scorer = scorer.load(self._model)

    def scores(self, path: Path, *, size: int = 64) -> np.ndarray:
        from serving.batch import Job, check_columns, predict
        from serving.findings import Findings
        from serving.rows import open_rows

        kept = Kept()
        with open_rows(path, self._document, reader="the model", as_written=False) as rows:
            findings = Findings.of(self._document, self._model.directory)
            job = Job(str(path), rows, self._model, self._scorer, findings, self._document.sources)
            check_columns(job)
            predict(job, kept, size=size)
        [output] = [name for name in self._scorer.outputs if name != "label"]
        found = [
            value for batch in kept.batches for value in batch.column(batch.schema.get_field_index(output)).to_pylist()
        ]
        return np.array(found, np.float64).reshape(len(found), -1)


def variants(table: MadeTable, rows: list[int], folder: Path) -> dict[str, Path]:
    """Write some rows in each format, as texts and with types, and return the files."""
    texts = [[column[row] for column in table.texts] for row in rows]
    typed = [[column[row] for column in table.typed] for row in rows]
    found = {}
    if not table.is_parquet:
        found["csv"] = write_delimited(folder / "part.csv", [table.names, *texts], table)
        columns = [[row[place] for row in texts] for place in range(len(table.names))]
        found["texts in parquet"] = write_parquet(folder / "texts.parquet", table.names, columns)
        found["texts in json"] = _json(folder / "texts.jsonl", table.names, texts)
    else:
        # What a text file says of values with types, in the standard way.
        plain = [[_plain(value) for value in row] for row in typed]
        found["csv"] = write_delimited(folder / "part.csv", [table.names, *plain], table)
    held = [
        [value if value is None else KINDS[kind].json(value) for value, kind in zip(row, table.kinds, strict=True)]
        for row in typed
    ]
    found["json"] = _json(folder / "part.jsonl", table.names, held)
    columns = [[row[place] for row in typed] for place in range(len(table.names))]
    arrays = [pa.array(column, pa.array(whole).type) for column, whole in zip(columns, table.typed, strict=True)]
    found["parquet"] = folder / "part.parquet"
    pq.write_table(pa.Table.from_arrays(arrays, table.names), found["parquet"])
    return found


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return (
        json.dumps(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _json(path: Path, names: list[str], rows: list[list[Any]]) -> Path:
    lines = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def differences(table: MadeTable, trained: Trained, folder: Path, seed: int) -> list[str]:
    """Return what `predict` scores otherwise than the Evaluator: whole files, shuffled parts, and single rows."""
    predictor, draw = Predictor(trained.model), random.Random(seed)
    expected = np.array([trained.scores[row] for row in range(ROWS)], np.float64)
    whole = list(range(ROWS))
    parts = [draw.sample(whole, ROWS), *([row] for row in draw.sample(whole, 3))]
    found = _compared("the source", lambda: predictor.scores(trained.source), expected)
    for part in parts:
        for name, path in variants(table, part, folder).items():
            label = f"{name}, {'row ' + str(part[0]) if len(part) == 1 else 'in another order'}"
            found += _compared(label, lambda path=path: predictor.scores(path), expected[part])
    return found


def _compared(label: str, score: Any, expected: np.ndarray) -> list[str]:
    from pipeline.errors import PenstockError

    try:
        scores = score()
    except PenstockError as error:
        return [f"{label}: {error}"]
    if scores.shape != expected.shape:
        return [f"{label}: {scores.shape} scores, {expected.shape} expected"]
    far = np.flatnonzero((np.abs(scores - expected) > 1e-6 * np.maximum(1, np.abs(expected))).any(axis=1))
    return [f"{label}: {len(far)} rows differ, such as {far[0]}"] if len(far) else []
