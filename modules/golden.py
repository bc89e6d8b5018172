"""Golden rows from the files of a split: chosen, without the label, with the values that the model predicts offline."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from modules.metrics.scored import hashes_of
from modules.tfma_internals import decoded_examples
from modules.transform.decoding import decoded
from penstock.core.features import CYCLES, FeatureSpec, served_names
from penstock.parity.columns import served_columns
from penstock.parity.golden import GoldenRows
from penstock.parity.selection import Chosen, Columns, Selection

_BATCH = 4096
_MOST_ROWS = 5_000
# Of a wide table there are fewer rows: a request of all values of a million takes seconds.
_MOST_VALUES = 1_000_000


def choose(paths: Sequence[str], spec: FeatureSpec, rows: int) -> Chosen:
    """Return the golden rows of a split.

    Args:
        paths: The files of its examples, compressed by gzip.
        spec: The features.
        rows: The least number of rows.
    """
    names = spec.names()
    columns = Columns(
        categories=spec.names("categorical", "boolean"),
        numbers=spec.names("numeric", "timestamp", *CYCLES),
        texts=spec.names("text"),
        all=names,
    )
    selection = Selection(columns, rows, max(rows, min(_MOST_ROWS, _MOST_VALUES // len(names))))
    for examples, batch in decoded(paths, _BATCH):
        contents = examples.numpy()
        selection.add(hashes_of(contents), contents, batch)
    return selection.chosen()


def golden_rows(examples: Sequence[bytes], spec: FeatureSpec, inputs: dict[str, Any]) -> GoldenRows:
    """Return rows as a document, without expected values.

    Args:
        examples: The serialized examples; only features are kept of them, neither the label nor other columns.
        spec: The features.
        inputs: The type and the shape of each input of `serving_default`.
    """
    kept = set(spec.names())
    serialized = [only(example, kept) for example in examples]
    names = {name: column for column, name in served_names(spec.names()).items()}
    columns = served_columns(decoded_examples(np.array(serialized, object)), inputs, names)
    return GoldenRows(
        columns={name: tuple(values) for name, values in columns.items()},
        types={name: str(kind["type"]) for name, kind in inputs.items()},
        names={name: names.get(name, name) for name in inputs},
        examples=tuple(base64.b64encode(each).decode() for each in serialized),
        expected={},
    )


def only(example: bytes, columns: set[str]) -> bytes:
    """Return an example with these columns alone; equal examples have equal bytes."""
    parsed = tf.train.Example.FromString(example)
    for name in [name for name in parsed.features.feature if name not in columns]:
        del parsed.features.feature[name]
    content: bytes = parsed.SerializeToString(deterministic=True)
    return content


def without(example: bytes, column: str) -> bytes:
    """Return an example without a column."""
    parsed = tf.train.Example.FromString(example)
    return only(example, set(parsed.features.feature) - {column})
