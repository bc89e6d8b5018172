"""A small table of all roles, transformed by TFT and fitted, once per task and session."""

import functools
import random
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from penstock.core.features import Feature, FeatureSpec
from tests.shared import shared_folder

ROWS = 200
SETTINGS = {"seed": 20, "epochs": 2, "batch_size": 64, "learning_rate": 0.01}
# One of the names needs care at every station: a space, a slash, a letter beyond ASCII.
ROLES = {
    "miles": "numeric",
    "größe a/b": "numeric",
    "count": "numeric",
    "dense": "numeric",
    "paid": "categorical",
    "zone": "categorical",
    "dichter text/b": "categorical",
    "shared": "boolean",
    "at": "timestamp",
    "hour": "hour",
    "day": "weekday",
    "month": "month",
    "a story": "text",
    "pixels": "vector[3]",
    "levels": "vector[2]",
}
WIDTHS = {"pixels": 3, "levels": 2}
TEXT = ("paid", "dichter text/b", "a story")
INTEGERS = ("count", "zone", "shared", "at", "hour", "day", "month", "levels")
DENSE = ("dense", "dichter text/b", "levels")
WORDS = ("Rain", "rain", "über", "größer", "東京", "a_b", "7", "…")
LABEL = "the label"


@dataclass
class Fitted:
    """A table, its transform, a model fitted on it, and where the model is saved.

    All processes share the transform and the saved model. The rest is made when a test asks for it: most tests need no
    model in memory.

    Attributes:
        task: The task.
        transformed: The folder of the rows and the transform.
        folder: That of the saved model; None while it is made.
    """

    task: str
    transformed: Path
    folder: Path | None = None

    @property
    def saved(self) -> str:
        return str(self.folder / "model")

    @property
    def train_files(self) -> list[str]:
        return [str(self.transformed / "rows.gz")]

    @functools.cached_property
    def spec(self) -> FeatureSpec:
        return spec_of(self.task)

    @functools.cached_property
    def rows(self) -> list[dict[str, Any]]:
        return table(self.task)

    @functools.cached_property
    def transform(self) -> Any:
        import tensorflow_transform as tft

        return tft.TFTransformOutput(str(self.transformed / "transform"))

    @functools.cached_property
    def ready(self) -> Any:
        from modules.families import rows as prepared

        return prepared.prepare(self.train_files, self.transform, self.spec, seed=1)

    @property
    def columns(self) -> Any:
        return self.ready.problem.columns

    @property
    def constant(self) -> Any:
        return self.ready.constant

    @property
    def classes(self) -> list[str]:
        return self.ready.classes

    @functools.cached_property
    def model(self) -> Any:
        """A model fitted for two epochs: the saved one, whichever process has saved it."""
        from modules.families.neural import network

        # The same weights whichever test is the first of its process, as `run_fn` does.
        network.keras.utils.set_random_seed(SETTINGS["seed"])
        model = network.fit(self.ready.problem, SETTINGS).model
        if self.folder is not None:
            with np.load(self.folder / "weights.npz") as kept:
                model.set_weights([kept[name] for name in kept.files])
        return model

    @functools.cached_property
    def loaded(self) -> Any:
        """The saved model as TensorFlow loads it; tests call its signatures and do not change it."""
        import tensorflow as tf

        return tf.saved_model.load(self.saved)

    def save(self, folder: Path) -> None:
        """Save the model and its weights."""
        from modules import signatures

        import tensorflow as tf  # isort: skip

        served = signatures.ServedModel(
            self.model, self.transform, self.spec, constant=self.constant, classes=self.classes
        )
        # A stand-in that is worse than the model: half its answer, half the constant.
        served.add_compared_model(
            signatures.LINEAR_OUTPUT, lambda rows: (self.model(rows) + tf.constant(self.constant, tf.float32)) / 2
        )
        signatures.save(served, str(folder / "model"))
        np.savez(folder / "weights.npz", *self.model.get_weights())


def table(task: str) -> list[dict[str, Any]]:
    """Return rows of all roles; a tenth of the values is missing where a column may miss some."""
    draw = random.Random(3)
    rows = []
    for number in range(ROWS):
        row: dict[str, Any] = {
            "miles": draw.uniform(0, 30),
            "größe a/b": draw.gauss(0, 1),
            "count": draw.randrange(10),
            "dense": draw.uniform(-1, 1),
            "paid": draw.choice(["card", "cash", "größer", "a\nline"]),
            "zone": draw.randrange(-2, 5),
            "dichter text/b": draw.choice(["x", "y"]),
            "shared": draw.randrange(2),
            "at": draw.randrange(-(10**9), 2 * 10**9),
            "hour": draw.randrange(24),
            "day": draw.randrange(7),
            "month": draw.randrange(1, 13),
            "a story": " ".join(draw.choices(WORDS, k=draw.randrange(1, 6))),
            "pixels": [draw.gauss(0, 1), draw.uniform(0, 255), 7.0],
            "levels": [draw.randrange(5), 3],
        }
        far = row["miles"] > 12
        row = {n: None if n not in DENSE and draw.random() < 0.1 else value for n, value in row.items()}
        row[LABEL] = {
            "binary": int(far),
            "multiclass": "far" if far else f"near {number % 2}",
            "regression": far * 7.5,
        }[task]
        rows.append(row)
    return rows


def example(row: dict[str, Any]) -> bytes:
    """Return a row as a serialized tf.Example; None is a feature without a kind."""
    import tensorflow as tf

    features = {}
    for name, value in row.items():
        feature = tf.train.Feature()
        values = listed(value)
        if any(isinstance(each, str) for each in values):
            feature.bytes_list.value.extend(each.encode() for each in values)
        elif any(isinstance(each, float) for each in values):
            feature.float_list.value.extend(values)
        elif values:
            feature.int64_list.value.extend(values)
        features[name] = feature
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def listed(value: Any) -> list[Any]:
    """Return the values of a column in a row."""
    return value if isinstance(value, list) else [] if value is None else [value]


def raw_spec(task: str) -> dict[str, Any]:
    """Return the types of the raw columns, sparse but for DENSE."""
    import tensorflow as tf

    types = {name: tf.string if name in TEXT else tf.int64 if name in INTEGERS else tf.float32 for name in ROLES}
    types[LABEL] = {"binary": tf.int64, "multiclass": tf.string, "regression": tf.float32}[task]
    return {
        name: tf.io.FixedLenFeature([WIDTHS.get(name, 1)], kind) if name in DENSE else tf.io.VarLenFeature(kind)
        for name, kind in types.items()
    }


def analyzed(rows: list[dict[str, Any]], spec: FeatureSpec, raw: dict[str, Any], folder: Path) -> tuple[Any, Any]:
    """Run TFT's analysis on Beam's in-memory runner; return the transformed rows and the transform's output."""
    import tensorflow_transform as tft
    import tensorflow_transform.beam as tft_beam
    from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

    from modules.preprocessing import preprocessing_fn

    metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(raw))
    given = functools.partial(preprocessing_fn, custom_config={"features": spec.to_json()})
    instances = [{name: listed(row[name]) for name in raw} for row in rows]
    with tft_beam.Context(temp_dir=str(folder / "temporary")):
        (data, _), transform_fn = (instances, metadata) | tft_beam.AnalyzeAndTransformDataset(given)
        _ = transform_fn | tft_beam.WriteTransformFn(str(folder / "transform"))
    metadata_io.write_metadata(metadata, str(folder / "transform" / tft.TFTransformOutput.RAW_METADATA_DIR))
    return data, tft.TFTransformOutput(str(folder / "transform"))


def transform_rows(task: str, folder: Path) -> None:
    """Write the rows of a task, and their transform, to a folder."""
    import tensorflow as tf

    rows = table(task)
    analyzed(rows, spec_of(task), raw_spec(task), folder)
    with tf.io.TFRecordWriter(str(folder / "rows.gz"), options="GZIP") as writer:
        for row in rows:
            writer.write(example(row))


def spec_of(task: str) -> FeatureSpec:
    """Return the features and the label of a task."""
    return FeatureSpec(LABEL, task, tuple(Feature.of(name, role) for name, role in ROLES.items()))


@pytest.fixture(scope="session")
def transformed(tmp_path_factory):
    """Return the function that gives the folder of a task's rows and transform; all processes share it."""
    return lambda task: shared_folder(tmp_path_factory, f"rows_of_{task}", functools.partial(transform_rows, task))


@pytest.fixture(scope="session")
def fitted(transformed, tmp_path_factory):
    """Return the function that gives the fitted model of a task."""

    @functools.cache
    def given(task: str) -> Fitted:
        known = Fitted(task, transformed(task))
        known.folder = shared_folder(tmp_path_factory, f"model_of_{task}", known.save)
        return known

    return given


@pytest.fixture(scope="session")
def arguments(transformed):
    """Return the function that gives what TFX hands to `run_fn`."""

    def given(folder: Path, task: str = "binary", **settings: Any) -> SimpleNamespace:
        known = transformed(task)
        return SimpleNamespace(
            custom_config={"features": spec_of(task).to_json(), "model": {"family": "neural", **SETTINGS, **settings}},
            transform_output=str(known / "transform"),
            train_files=[str(known / "rows.gz")],
            eval_files=[str(known / "rows.gz")],
            schema_path=None,
            hyperparameters=None,
            base_model=None,
            model_run_dir=str(folder / "run"),
            serving_model_dir=str(folder / "serving"),
        )

    return given
