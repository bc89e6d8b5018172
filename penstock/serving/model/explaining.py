"""A loaded model whose outputs include why rows have their scores: those of its signature `explain`, by column."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from penstock.core.errors import ConfigError
from penstock.serving.model.document import Document
from penstock.serving.model.scorer import Scorer, call, load_saved, of_saved, output_column
from penstock.serving.model.versions import ModelVersion

SIGNATURE = "explain"
# The outputs of the signature that are columns as they are, and the prefix of the others.
_PLAIN = ("score", "base")
CONTRIBUTION = "contribution_"


def load(model: ModelVersion, document: Document | None) -> tuple[Document, Scorer]:
    """Return the document of a model, and a scorer whose outputs are the predictions and the explanations.

    Each contribution is a number, or a list of a number per class.

    Args:
        model: The model.
        document: The document of its columns, if it has one.

    Raises:
        ConfigError: The model has no document or no signature `explain`, or they differ.
    """
    if document is None:
        remedy = "name a model of `penstock run`"
        raise ConfigError(model.place, "the document of its columns, for --explain", "none", remedy)
    loaded = load_saved(model)
    if SIGNATURE not in loaded.signatures:
        remedy = "set `model.explain = true` with the family trees, linear or auto, and write `penstock run`"
        raise ConfigError(
            model.place, f"the signature {SIGNATURE}, for --explain", ", ".join(loaded.signatures), remedy
        )
    return document, _explained(model, loaded, [each.name for each in document.inputs])


def _explained(model: ModelVersion, loaded: Any, names: Sequence[str]) -> Scorer:
    plain, function = of_saved(model, loaded), loaded.signatures[SIGNATURE]
    count = function.structured_outputs["contributions"].shape[1]
    if count != len(names):
        received, remedy = f"{count} contributions for {len(names)} columns", "push the model again"
        raise ConfigError(model.place, "a contribution of each column of its columns.json", received, remedy)

    def score(columns: Mapping[str, np.ndarray]) -> list[pa.Array]:
        found = call(model, function, columns)
        contributions = [found["contributions"][:, place] for place in range(len(names))]
        return [*plain.score(columns), *map(output_column, [*(found[each] for each in _PLAIN), *contributions])]

    outputs = (*plain.outputs, *_PLAIN, *(f"{CONTRIBUTION}{name}" for name in names))
    return Scorer(plain.columns, outputs, score, plain.widths)
