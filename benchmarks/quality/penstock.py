"""Penstock's models on a table: its nodes up to Transform, then each model fitted, saved and loaded."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.quality import scoring
from benchmarks.quality.environment import output_of
from benchmarks.quality.table import KEY, Table, positions
from penstock.config.config import Config
from pipeline.plan import RunOptions

_SCORING_SECONDS = 1200.0


@dataclass
class Clock:
    """Seconds by the wall and of the processor, by name."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Take the time of what happens inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = time.perf_counter() - wall
        self.cpu_seconds[name] = time.process_time() - cpu


@dataclass(frozen=True)
class Prepared:
    """A table whose examples and transform are there.

    Attributes:
        spec: Label, task and features.
        transform: The output of Transform.
        ready: What Trainer would fit: `modules.families.rows.Prepared`.
        parts: Positions of the rows of each split in the table.
        examples: The serialized examples of the split `eval`, in the order of its positions.
        clock: What reading took.
    """

    spec: Any
    transform: Any
    ready: Any
    parts: dict[str, np.ndarray]
    examples: np.ndarray
    clock: Clock


def prepare(config: Config) -> Prepared:
    """Run the nodes up to Transform in this process, and read what a family is given."""
    import tensorflow_transform as tft

    from modules.families import rows as prepared
    from pipeline import session
    from pipeline.runners.local import launch

    session.run(config, RunOptions("quality", to_node="Transform"), session.InProcess(launch))
    # A hidden file next to each artifact holds the digests of its files.
    [examples] = (config.artifacts / "ExampleGen" / "examples").glob("[!.]*")
    [graph] = (config.artifacts / "Transform" / "transform_graph").glob("[!.]*")
    spec, transform, clock = config.feature_spec, tft.TFTransformOutput(str(graph)), Clock()
    files = {split: sorted(map(str, (examples / f"Split-{split}").iterdir())) for split in ("train", "eval")}
    with clock.time("read"):
        ready = prepared.prepare(files["train"], transform, spec, seed=config.model.seed)
    read = {split: _examples(files[split]) for split in files}
    return Prepared(
        spec=spec,
        transform=transform,
        ready=ready,
        parts={split: positions(keys) for split, (keys, _) in read.items()},
        examples=read["eval"][1],
        clock=clock,
    )


def fit(prepared: Prepared, settings: Mapping[str, Any], folder: Path) -> tuple[Clock, dict[str, Any]]:
    """Fit a family and save it as Trainer does; return what it took, and what the family reports.

    Args:
        prepared: The table.
        settings: The section `[model]`.
        folder: Takes the SavedModel.
    """
    from modules import signatures, training
    from modules.families.neural.keras3 import keras

    clock = Clock()
    keras.utils.set_random_seed(settings["seed"])
    with clock.time("fit"):
        fitted = training.family_fit(settings["family"])(prepared.ready.problem, settings)
    with clock.time("export"):
        served = signatures.ServedModel(
            fitted.model,
            prepared.transform,
            prepared.spec,
            constant=prepared.ready.constant,
            classes=prepared.ready.classes,
        )
        signatures.save(served, str(folder))
    keras.utils.clear_session()
    return clock, fitted.report


def scored(prepared: Prepared, model: Path) -> tuple[np.ndarray, dict[str, float]]:
    """Return the answers of a saved model for the split `eval`, and what they cost.

    Args:
        prepared: The table.
        model: The folder of the SavedModel, next to which the rows and the answers are written.

    Returns:
        The answers in the form that `scores` takes, and the processor time: `latency`, microseconds per row in
        batches, and `single`, milliseconds of a call for one row.

    Raises:
        NodeError: The process that scores them failed.
    """
    from modules.signatures import OUTPUTS

    examples, answers = model.with_suffix(".parquet"), model.with_suffix(".npy")
    pq.write_table(pa.table({scoring.COLUMN: list(prepared.examples)}), examples)
    words = [sys.executable, "-P", "-m", "benchmarks.quality.scoring"]
    words += [str(model), OUTPUTS[prepared.spec.task], str(examples), str(answers)]
    printed = output_of("benchmarks.quality.scoring", words, _SCORING_SECONDS)
    return in_order(np.load(answers), prepared.ready.classes), json.loads(printed.splitlines()[-1])


def in_order(answers: np.ndarray, classes: list[str]) -> np.ndarray:
    """Return probabilities [rows, classes] in the order of the classes' numbers."""
    return answers[:, [classes.index(str(number)) for number in range(len(classes))]] if classes else answers


def labels_of(table: Table) -> np.ndarray:
    """Return the labels."""
    return np.asarray(table.rows[table.label].to_numpy())


def _examples(files: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys and the serialized examples of some files."""
    import tensorflow as tf

    serialized = list(tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator())
    parsed = tf.io.parse_example(serialized, {KEY: tf.io.FixedLenFeature([], tf.int64)})
    return parsed[KEY].numpy(), np.asarray(serialized, object)
