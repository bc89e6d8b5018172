"""The signatures of classification and regression: which ones can do it, and why others cannot."""

from collections.abc import Callable

from penstock.server.errors import Code, ServingError
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature

DEFAULT_SIGNATURE = "serving_default"
# The alias of the only input.
INPUT = "inputs"


def invalid(message: str) -> ServingError:
    """Return the error of a request that the model cannot answer."""
    return ServingError(Code.INVALID_ARGUMENT, message)


def find(servable: Servable, name: str) -> Signature:
    """Return a signature by its name; without a name the default one.

    Raises:
        ServingError: There is no such signature.
    """
    name = name or DEFAULT_SIGNATURE
    if name not in servable.signatures:
        raise invalid(f"No signature was found with the name: {name}")
    return servable.signatures[name]


def check(servable: Servable, signature: Signature, method: str, fits: Callable[[Servable, Signature], None]) -> None:
    """Refuse a signature that cannot do what a method does.

    TensorFlow Serving by default takes any signature with the right inputs and outputs. A signature of another method
    that does not fit is refused with the text of its check of methods, which is the clearer one.

    Args:
        servable: The version of the model.
        signature: The signature.
        method: The name of the method that signatures have in a SavedModel.
        fits: Refuses a signature with other inputs or outputs.

    Raises:
        ServingError: It cannot.
    """
    try:
        fits(servable, signature)
    except ServingError as error:
        if signature.method_name == method:
            raise
        kind = "classification" if method.endswith("classify") else "regression"
        raise invalid(f"Expected {kind} signature method_name to be {method}. Was: {signature.method_name}") from error


def check_input(servable: Servable, signature: Signature, kind: str) -> None:
    """Refuse a signature with other inputs than serialized examples.

    Raises:
        ServingError: It has other inputs.
    """
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if INPUT not in signature.inputs:
        raise invalid(f"No {kind} inputs found in SignatureDef: {servable.signature_defs[signature.name]}")


def shown(shape: tuple[int, ...]) -> str:
    """Return a shape as TensorFlow's messages show it."""
    return f"[{','.join(map(str, shape))}]"
