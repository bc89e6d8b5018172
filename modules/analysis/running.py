"""The analysis of a model in its folder on the files of its split `eval`, with TensorFlow."""

from collections.abc import Sequence
from pathlib import Path

from modules.analysis.analysis import analyse
from modules.analysis.importance import Measured
from modules.analysis.model import Model
from penstock.core.documents.analysis import Analysis
from penstock.core.features import FeatureSpec


def analysis_of(model: Path, files: Sequence[str], spec: FeatureSpec, measured: Measured, most_rows: int) -> Analysis:
    """Return the analysis.

    Args:
        model: The folder of the SavedModel.
        files: The files of the examples, compressed by gzip.
        spec: The label, the task and the features.
        measured: The metric of the importance.
        most_rows: The most rows that are permuted.
    """
    loaded = Model(str(model), spec)
    return analyse(loaded.sample(files), loaded.predictor(), measured, most_rows)
