"""What an exported model says of its columns to whoever scores rows: how each was read, and what training saw of it.

The document lies under `assets.extra`, which SavedModel leaves to its users: `version`, `interpretation` (as ExampleGen
left it with the examples) and `features`, each with `name`, `role`, `input` (its name in the signature), `width` (of a
vector), `vocabulary` (its number in the file of vocabularies), `unseen` (the share of the values of the eval split that
training did not see) and `low` and `high` (the range in the schema); null where there is none.
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

from modules.families.rows import vocabularies
from modules.transform.decoding import decoded
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
    told = {
        "version": VERSION,
        "interpretation": _interpretation(fn_args.train_files),
        "features": _features(spec, transform, fn_args),
    }
    file = os.path.join(fn_args.serving_model_dir, FILE)
    tf.io.gfile.makedirs(os.path.dirname(file))
    with tf.io.gfile.GFile(file, "w") as stream:
        stream.write(json.dumps(told, ensure_ascii=False, indent=1))


def _interpretation(patterns: Sequence[str]) -> Any:
    """Return how the source of the examples was read, None where the examples do not say."""
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
    """Return the share of values of the eval split that training did not see, by column."""
    rows, counts = 0, Counter(dict.fromkeys(categories, 0))
    paths = sorted(path for pattern in patterns for path in tf.io.gfile.glob(pattern)) if categories else []
    for _, batch in decoded(paths, _BATCH) if paths else ():
        rows += batch.num_rows
        for name in categories:
            # A column without any value in a batch has no type, and is no list.
            if name in batch.schema.names and not pa.types.is_null(batch.column(name).type):
                counts[name] += count_unseen(batch.column(name).flatten(), known[name])
    return {name: count / rows for name, count in counts.items()} if rows else {}


def _ranges(file: str | None) -> dict[str, tuple[float | None, float | None]]:
    if not file or not tf.io.gfile.exists(file):
        return {}
    with tf.io.gfile.GFile(file) as stream:
        schema = text_format.Parse(stream.read(), schema_pb2.Schema())
    found = {}
    for feature in schema.feature:
        kind = feature.WhichOneof("domain_info")
        if kind in ("int_domain", "float_domain"):
            domain = getattr(feature, kind)
            found[feature.name] = tuple(
                getattr(domain, end) if domain.HasField(end) else None for end in ("min", "max")
            )
    return found  # type: ignore[return-value]
