"""The analysis of the training rows in this process: the accumulators of the analyzers, without Beam."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from modules.transform import analyzers
from modules.transform.analyzers import AddUp, AnalyzerOutput, CombineMoments, CountValues
from modules.transform.column_groups import category_columns, scaled_width, text_sums
from modules.transform.raw_matrix import analyzer_inputs, vocabulary_limits
from penstock.core.features import FeatureSpec

Batch = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def analyze(
    paths: Sequence[str], raw: dict[str, Any], spec: FeatureSpec, *, folder: str, batch_rows: int
) -> AnalyzerOutput:
    """Read TFRecord files of examples once and return what the analyzers would return.

    Args:
        paths: The files, compressed by gzip.
        raw: The schema's parsing specification of each column.
        spec: The features and the label.
        folder: The folder for the file of vocabularies.
        batch_rows: Rows that are read at a time.
    """
    names = category_columns(spec)
    combine, count, add = CombineMoments(scaled_width(spec)), CountValues(len(names)), AddUp(text_sums(spec))
    moments, counters, sums = combine.create_accumulator(), count.create_accumulator(), add.create_accumulator()
    for scaled, values, columns, texts in _batches(paths, raw, spec, batch_rows):
        moments = combine.add_input(moments, (scaled,))
        counters = count.compact(count.add_input(counters, (values, columns)))
        sums = add.add_input(sums, (texts,))
    vocabulary = ""
    if names:
        vocabularies = list(map(analyzers.by_frequency, count.extract_output(counters), vocabulary_limits(spec)))
        vocabulary = analyzers.write(vocabularies, folder)
    return AnalyzerOutput(moments.mean.tolist(), moments.spread.tolist(), vocabulary, sums.tolist())


def _batches(paths: Sequence[str], raw: dict[str, Any], spec: FeatureSpec, rows: int) -> Iterator[Batch]:
    columns = {name: raw[name] for name in [*spec.names(), spec.label]}

    # There is no Python control flow to convert, and AutoGraph takes longer than reading.
    @tf.autograph.experimental.do_not_convert
    def parsed(examples: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return analyzer_inputs(tf.io.parse_example(examples, columns), spec)

    records = tf.data.TFRecordDataset(list(paths), compression_type="GZIP")
    yield from records.batch(rows).map(parsed, num_parallel_calls=2).prefetch(1).as_numpy_iterator()
