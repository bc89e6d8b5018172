"""Regression: one number for each serialized example."""

import numpy as np

from penstock.server.inference.classification import data_type
from penstock.server.inference.signatures import INPUT, check, check_input, find, invalid, shown
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature

METHOD = "tensorflow/serving/regress"
OUTPUT = "outputs"


def signature_of(servable: Servable, name: str) -> Signature:
    """Return the signature that does the regression; without a name the default one.

    Raises:
        ServingError: It is missing or does no regression.
    """
    signature = find(servable, name)
    check(servable, signature, METHOD, check_signature)
    return signature


def regress(models: Models, servable: Servable, signature: Signature, examples: np.ndarray) -> list[float]:
    """Return what a signature answers for serialized examples.

    Args:
        models: What the version belongs to.
        servable: A leased version.
        signature: What `signature_of` returned.
        examples: The examples, as bytes.

    Raises:
        ServingError: The graph refuses an example, or answers with another tensor than it should.
    """
    values = models.run(servable, signature.name, {INPUT: examples})[OUTPUT]
    if values.ndim != 1 and (values.ndim != 2 or values.shape[1] != 1):
        raise invalid(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {shown(values.shape)}"
        )
    if len(values) != len(examples):
        raise invalid(f"Input batch size did not match output batch size: {len(examples)} vs. {len(values)}")
    if values.dtype != np.float32:
        raise invalid(f"Expected output Tensor of DT_FLOAT.  Got: {data_type(values)}")
    return [float(value) for value in values.ravel()]


def check_signature(servable: Servable, signature: Signature) -> None:
    """Refuse a signature that does not have the input and the output of a regression.

    Raises:
        ServingError: It has others.
    """
    check_input(servable, signature, "regression")
    if len(signature.outputs) != 1:
        raise invalid("Expected one output Tensor.")
    if OUTPUT not in signature.outputs:
        raise invalid(f"No regression outputs found in SignatureDef: {servable.signature_defs[signature.name]}")
