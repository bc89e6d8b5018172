"""A table through init, training and predict: the examples and scores of its rows in training and in prediction.

What `predict` gives to a model are examples, so that the same scores come of the same examples; that they do is checked
by models of some tables, and the examples by many tables, for which nothing is trained.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tests.e2e.parity_files import LABEL, variants, write_source
from tests.e2e.parity_tables import ROWS, MadeTable

# Models that are fitted quickly; the rows are processed in the same way for every family.
SETTINGS = ('model.family="linear"', "evaluation.min=-1e9", "evaluation.slices=[]")


@dataclass(frozen=True)
class Ways:
    """The examples that training made of the rows of the source, and those that `predict` makes of a file."""

    source: Path
    expected: np.ndarray
    predicted: Callable[[Path], np.ndarray]
    roles: dict[str, str]


def proposed(table: MadeTable, folder: Path) -> tuple[Path, Any]:
    """Return the source, and the configuration that `init` proposes for it."""
    from penstock.config.loading import load
    from penstock.config.roles import ConfiguredRole
    from penstock.proposal.initial import propose_files
    from pipeline.preflight import check_inputs

    source, config = write_source(table, folder), folder / "pipeline.toml"
    propose_files(str(source), LABEL, config=config, check=check_inputs)
    loaded = load(config, SETTINGS)
    # Integers that are equal as float64 are distinguished as categories.
    wide = {name for name, kind in zip(table.names, table.kinds, strict=True) if kind == "big integer"}
    features = {name: "categorical" if name in wide else role for name, role in loaded.features.items()}
    roles = {name: ConfiguredRole(role) for name, role in features.items()}
    return source, loaded.model_copy(update={"features": roles})


def by_examples(table: MadeTable, folder: Path) -> Ways:
    """Return the examples of the rows in training and in prediction, without a model."""
    source, config = proposed(table, folder)
    return examples_of(source, config.input, config.feature_spec.features, folder)


def examples_of(source: Path, given: Any, features: Sequence[Any], folder: Path) -> Ways:
    """Return the examples of an input in training and in prediction."""
    from penstock.core.features import served_names
    from penstock.serving.model import document
    from penstock.serving.model.scorer import Scorer
    from penstock.tables.examples.write import serialize
    from penstock.tables.source import open_table

    with open_table(given) as opened:
        batches = list(opened.batches())
        interpretation = opened.document()
    names = served_names([each.name for each in features])
    parts = []
    for batch in batches:
        columns = [batch.column(batch.schema.get_field_index(name)) for name in names]
        parts.append(serialize(pa.RecordBatch.from_arrays(columns, list(names))))
    empty = dict.fromkeys(("vocabulary", "unseen", "low", "high"))
    said = [{"name": each.name, "role": each.role, "input": names[each.name], **empty} for each in features]
    file = folder / "model" / document.FILE
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 1, "interpretation": interpretation.as_dict(), "features": said}))
    kinds = {names[each.name]: "vector" if each.role == "vector" else "number" for each in features}
    widths = {names[each.name]: each.width for each in features if each.role == "vector"}
    scorer = Scorer(kinds, ("examples",), lambda columns: [], widths, lambda examples: [examples])
    roles = {each.name: each.written for each in features}
    return Ways(source, _matrix(parts), Predictor(folder / "model", scorer).outputs, roles)


def by_scores(table: MadeTable, folder: Path) -> Ways:
    """Return the scores of the rows: those of the Evaluator, and those of `predict`."""
    import tensorflow as tf

    from penstock.serving.model import scorer, versions
    from penstock.tables.source import open_table
    from penstock.tables.splitting import assign
    from pipeline.runners.interactive import InteractiveRun

    source, config = proposed(table, folder)
    done = InteractiveRun(config, folder / "state").run("Trainer")
    places = {artifact.key: Path(artifact.uri) for node in done.nodes for artifact in node.outputs}
    model = next(places["model"].rglob("saved_model.pb")).parent
    evaluation = tf.saved_model.load(str(model)).signatures["evaluation"]
    with open_table(config.input) as opened:
        assigned = assign(config.splits, opened)
        homes = [position for (position,) in opened.select(assigned.sql)]
    scores = {}
    for position, split in enumerate(assigned.names):
        rows = [row for row, home in enumerate(homes) if home == position]
        files = sorted(map(str, (places["examples"] / f"Split-{split}").iterdir()))
        examples = list(tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator())
        found = evaluation(examples=tf.constant(examples))["model"].numpy()
        scores |= dict(zip(rows, found.reshape(len(examples), -1), strict=True))
    expected = np.array([scores[row] for row in range(ROWS)], np.float64)
    loaded = scorer.load(versions.at(model))
    # The label of several classes follows from their probabilities.
    [place] = [place for place, name in enumerate(loaded.outputs) if name != "label"]
    score = loaded.examples
    only = replace(loaded, outputs=(loaded.outputs[place],), examples=lambda examples: [score(examples)[place]])
    return Ways(
        source,
        expected,
        Predictor(model, only).outputs,
        {each.name: each.written for each in config.feature_spec.features},
    )


class Kept:
    """An output that keeps the last column of each batch."""

    def __init__(self) -> None:
        self.parts: list[pa.Array] = []

    def write(self, batch: pa.RecordBatch) -> None:
        self.parts.append(batch.column(batch.num_columns - 1))


class Predictor:
    """Scores files as `penstock predict` does, with a model that is loaded once."""

    def __init__(self, model: Path, scorer: Any) -> None:
        from penstock.serving.model import document, versions

        self._model = versions.ModelVersion(model, None)
        self._document = document.load(model)
        self._scorer = scorer

    def outputs(self, path: Path, *, size: int = 64) -> np.ndarray:
        from penstock.serving.batch.rows import open_rows
        from penstock.serving.batch.score import Job, check_columns, predict
        from penstock.serving.model.findings import Findings

        kept = Kept()
        with open_rows(path, self._document, reader="the model", as_written=True) as rows:
            findings = Findings.of(self._document, self._model.directory)
            job = Job(str(path), rows, self._model, self._scorer, findings, self._document.sources)
            check_columns(job)
            predict(job, kept, size=size)
        return _matrix(kept.parts)


def _matrix(parts: list[pa.Array]) -> np.ndarray:
    values = [value for part in parts for value in part.to_pylist()]
    return np.array(values, object if isinstance(values[0], bytes) else np.float64).reshape(len(values), -1)


def differences(table: MadeTable, ways: Ways, folder: Path, seed: int) -> list[str]:
    """Return where `predict` differs from training: on the source, on its rows in another order, and on single rows."""
    draw, whole = random.Random(seed), list(range(ROWS))
    parts = [draw.sample(whole, ROWS), *([row] for row in draw.sample(whole, 3))]
    found = _compared("the source", lambda: ways.predicted(ways.source), ways.expected)
    for part in parts:
        for name, path in variants(table, part, folder).items():
            label = f"{name}, {'row ' + str(part[0]) if len(part) == 1 else 'in another order'}"
            found += _compared(label, lambda path=path: ways.predicted(path), ways.expected[part])
    return found


def _compared(label: str, predicted: Callable[[], np.ndarray], expected: np.ndarray) -> list[str]:
    from penstock.core.errors import PenstockError

    try:
        found = predicted()
    except PenstockError as error:
        return [f"{label}: {error}"]
    if found.shape != expected.shape:
        return [f"{label}: {found.shape} outputs, {expected.shape} expected"]
    if expected.dtype == object:
        far = np.flatnonzero((found != expected).any(axis=1))
    else:
        far = np.flatnonzero((np.abs(found - expected) > 1e-6 * np.maximum(1, np.abs(expected))).any(axis=1))
    return [f"{label}: {len(far)} rows differ, the first at {far[0]}"] if len(far) else []
