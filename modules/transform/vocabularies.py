"""The vocabularies that Transform wrote, and the classes of a label."""

import tensorflow_transform as tft

from modules.transform import analyzers
from modules.transform.column_groups import category_columns
from penstock.core.features import FeatureSpec
from penstock.core.vocabulary import FILE as VOCABULARY


def classes_of(spec: FeatureSpec, transform: tft.TFTransformOutput) -> list[str]:
    """Return the classes of a multiclass label by number: in their order, or by falling frequency."""
    if spec.task != "multiclass":
        return []
    return list(spec.order) or vocabularies(spec, transform)[spec.label]


def vocabularies(spec: FeatureSpec, transform: tft.TFTransformOutput) -> dict[str, list[str]]:
    """Return the values of each column with a vocabulary, by falling frequency."""
    names = category_columns(spec)
    if not names:
        return {}
    file = transform.vocabulary_file_by_name(VOCABULARY)
    return dict(zip(names, analyzers.read(file, len(names)), strict=True))
