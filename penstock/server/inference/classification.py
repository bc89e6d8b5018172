"""Classification: labels and scores for serialized examples."""

from dataclasses import dataclass

import numpy as np

from penstock.server.inference.signatures import INPUT, check, check_input, find, invalid, shown
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature

METHOD = "tensorflow/serving/classify"
LABELS, SCORES = "classes", "scores"


@dataclass(frozen=True)
class Classification:
    """What a model answers for some examples: one row each, one column per class.

    Attributes:
        labels: The labels as bytes, or None if the model has none.
        scores: The scores, or None if the model has none.
    """

    labels: np.ndarray | None
    scores: np.ndarray | None

    def rows(self) -> list[list[tuple[bytes, float]]]:
        """Return label and score of each class, for each example; a missing label is empty, a missing score 0."""
        present = self.labels if self.labels is not None else self.scores
        labels = np.full(np.shape(present), b"", object) if self.labels is None else self.labels
        scores = np.zeros(np.shape(present), np.float32) if self.scores is None else self.scores
        return [list(zip(*row, strict=True)) for row in zip(labels.tolist(), scores.tolist(), strict=True)]


def signature_of(servable: Servable, name: str) -> Signature:
    """Return the signature that classifies; without a name the default one.

    Raises:
        ServingError: It is missing or cannot classify.
    """
    signature = find(servable, name)
    check(servable, signature, METHOD, check_signature)
    return signature


def classify(models: Models, servable: Servable, signature: Signature, examples: np.ndarray) -> Classification:
    """Return what a signature answers for serialized examples.

    Args:
        models: What the version belongs to.
        servable: A leased version.
        signature: What `signature_of` returned.
        examples: The examples, as bytes.

    Raises:
        ServingError: The graph refuses an example, or answers with other tensors than it should.
    """
    outputs = models.run(servable, signature.name, {INPUT: examples})
    return _checked(outputs.get(LABELS), outputs.get(SCORES), len(examples))


def check_signature(servable: Servable, signature: Signature) -> None:
    """Refuse a signature that does not have the inputs and outputs of a classification.

    Raises:
        ServingError: It has others.
    """
    check_input(servable, signature, "classification")
    if len(signature.outputs) not in (1, 2):
        raise invalid(f"Expected one or two output Tensors, found {len(signature.outputs)}")
    if not {LABELS, SCORES} & set(signature.outputs):
        raise invalid(
            f'Expected classification signature outputs to contain at least one of "{LABELS}" or "{SCORES}". '
            f"Signature was: {servable.signature_defs[signature.name]}"
        )


def _checked(labels: np.ndarray | None, scores: np.ndarray | None, count: int) -> Classification:
    if labels is not None:
        _check(labels, "classes", object, count)
    if scores is not None:
        _check(scores, "scores", np.float32, count)
    if labels is not None and scores is not None and labels.shape != scores.shape:
        raise invalid(
            f"Tensors class and score should match in dim_size(1). Got {labels.shape[1]} vs. {scores.shape[1]}"
        )
    return Classification(labels, scores)


def _check(values: np.ndarray, name: str, dtype: type, count: int) -> None:
    if values.ndim != 2:
        raise invalid(f"Expected Tensor shape: [batch_size num_classes] but got {shown(values.shape)}")
    if values.dtype != dtype:
        expected = "DT_STRING" if dtype is object else "DT_FLOAT"
        raise invalid(f"Expected {name} Tensor of {expected}. Got: {data_type(values)}")
    if len(values) != count:
        raise invalid(f"Expected {name} output batch size of {count}. Got: {len(values)}")


def data_type(values: np.ndarray) -> str:
    """Return the name of an array's type in TensorFlow's enumeration."""
    import tensorflow as tf
    from tensorflow.core.framework.types_pb2 import DataType

    return DataType.Name(tf.dtypes.as_dtype(values.dtype).as_datatype_enum)
