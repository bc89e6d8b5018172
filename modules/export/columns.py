"""The document about the columns of an exported model, for batch prediction: how each was read, and its training data.

It is in `assets.extra`, which SavedModel leaves to its users: `version`, `interpretation` (as ExampleGen wrote it with
the examples) and `features`, each with `name`, `role`, `input` (its name in the signature), `width` (of a vector),
`vocabulary` (its number in the file of vocabularies), `unseen` (the share of out-of-vocabulary values in the eval
split) and `low` and `high` (the range in the schema); null where there is none.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from modules.transform.decoding import decoded
from modules.transform.vocabularies import vocabularies
from penstock.core.features import FeatureSpec, served_names
from penstock.core.vocabulary import count_unseen

FILE = "assets.extra/columns.json"
VERSION = 1
_INTERPRETATION = "interpretation.json"
_BATCH = 4096


def write(fn_args: Any, transform: tft.TFTransformOutput, spec: FeatureSpec) -> None:
    """Write the document into an exported model.

    Args:
        fn_args: TFX's FnArgs.
        transform: The output of Transform that the model was fitted on.
        spec: The label, the task and the features.
    """
    document = {
        "version": VERSION,
        "interpretation": _interpretation(fn_args.train_files),
        "features": _features(spec, transform, fn_args),
    }
    file = os.path.join(fn_args.serving_model_dir, FILE)
    tf.io.gfile.makedirs(os.path.dirname(file))
    with tf.io.gfile.GFile(file, "w") as stream:
        stream.write(json.dumps(document, ensure_ascii=False, indent=1))


def _interpretation(patterns: Sequence[str]) -> Any:
    """Return how the source of the examples was read; None if the examples have no such file."""
    root = os.path.dirname(os.path.dirname(patterns[0])) if patterns else ""
    file = os.path.join(root, _INTERPRETATION)
    if not tf.io.gfile.exists(file):
        return None
    with tf.io.gfile.GFile(file) as stream:
        return json.loads(stream.read())


def _features(spec: FeatureSpec, transform: tft.TFTransformOutput, fn_args: Any) -> list[dict[str, Any]]:
    inputs, categories = served_names(spec.names()), spec.names("categorical")
    shares = _unseen(categories, vocabularies(spec, transform), fn_args.eval_files)
    ranges = _ranges(fn_args.schema_path)
    return [
        {
            "name": feature.name,
            "role": feature.role,
            "input": inputs[feature.name],
            "width": feature.width or None,
            "vocabulary": categories.index(feature.name) if feature.name in categories else None,
            "unseen": shares.get(feature.name),
            **dict(zip(("low", "high"), ranges.get(feature.name, (None, None)), strict=True)),
        }
        for feature in spec.features
    ]


def _unseen(categories: Sequence[str], known: dict[str, list[str]], patterns: Sequence[str]) -> dict[str, float]:
    """Return the share of out-of-vocabulary values in the eval split, by column."""
    rows, counts = 0, Counter(dict.fromkeys(categories, 0))
    paths = sorted(path for pattern in patterns for path in tf.io.gfile.glob(pattern)) if categories else []
    for _, batch in decoded(paths, _BATCH) if paths else ():
        rows += batch.num_rows
        for name in categories:
            # A column without any value in a batch has the type null instead of a list.
            if name in batch.schema.names and not pa.types.is_null(batch.column(name).type):
                counts[name] += count_unseen(batch.column(name).flatten(), known[name])
    return {name: count / rows for name, count in counts.items()} if rows else {}


def _ranges(file: str | None) -> dict[str, tuple[float | None, float | None]]:
    if not file or not tf.io.gfile.exists(file):
        return {}
    with tf.io.gfile.GFile(file) as stream:
        schema = text_format.Parse(stream.read(), schema_pb2.Schema())
    ranges = {}
    for feature in schema.feature:
        kind = feature.WhichOneof("domain_info")
        if kind in ("int_domain", "float_domain"):
            domain = getattr(feature, kind)
            ranges[feature.name] = tuple(
                getattr(domain, end) if domain.HasField(end) else None for end in ("min", "max")
            )
    return ranges  # type: ignore[return-value]
