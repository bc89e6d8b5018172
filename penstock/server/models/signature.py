"""A signature of a loaded SavedModel, which is called with NumPy arrays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from penstock.server.errors import Code, ServingError


# Of so few rows a call takes about as long as of one.
FEW_ROWS = 16


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of a signature.

    Attributes:
        name: The name of the tensor in the graph, such as `x:0`.
        dtype: Its type, a value of TensorFlow's enum `DataType`.
        shape: Its dimensions, None for each that may have any size; None if the rank is not known.
    """

    name: str
    dtype: int
    shape: tuple[int | None, ...] | None


class TensorInfos(dict[str, TensorInfo]):
    """Inputs by alias, which do not change."""

    @cached_property
    def by_dtype(self) -> dict[int, list[str]]:
        """The aliases of the inputs of each type."""
        found: dict[int, list[str]] = {}
        for alias, info in self.items():
            found.setdefault(info.dtype, []).append(alias)
        return found


class Signature:
    """A function of a model from tensors to tensors.

    Attributes:
        name: Its name in the model, such as `serving_default`.
        method_name: Its kind, such as `tensorflow/serving/predict`.
        inputs: The inputs by alias.
        outputs: The outputs by alias.
        is_by_row: Whether each input and output has rows, as far as the model describes it.
        seconds: How long a call of few rows takes; 0 before the first.
        row_seconds: How long a row takes in a call of many; 0 before the first.
    """

    def __init__(
        self,
        name: str,
        method_name: str,
        inputs: Mapping[str, TensorInfo],
        outputs: Mapping[str, TensorInfo],
        run: Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]],
    ) -> None:
        """Make a signature.

        Args:
            name: Its name in the model.
            method_name: Its kind.
            inputs: The inputs by alias.
            outputs: The outputs by alias.
            run: Takes the inputs in the order of `inputs`, and returns the outputs in the order of `outputs`.
        """
        self.name, self.method_name, self.inputs, self.outputs = name, method_name, TensorInfos(inputs), outputs
        self.is_by_row = all(each.shape and each.shape[0] is None for each in (*inputs.values(), *outputs.values()))
        self.seconds, self.row_seconds = 0.0, 0.0
        self._run = run

    def __call__(self, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the outputs for the inputs, by alias; text is bytes in arrays of objects.

        Raises:
            ServingError: An input is missing, or the graph refuses the values.
        """
        if len(tensors) != len(self.inputs) or any(alias not in tensors for alias in self.inputs):
            raise self._other_inputs(tensors)
        return dict(zip(self.outputs, self._run([tensors[alias] for alias in self.inputs]), strict=True))

    def took(self, rows: int, seconds: float) -> None:
        """Note how long a call took."""
        if rows <= FEW_ROWS:
            self.seconds = _least(self.seconds, seconds)
        else:
            self.row_seconds = _least(self.row_seconds, seconds / rows)

    def _other_inputs(self, tensors: Mapping[str, np.ndarray]) -> ServingError:
        sent, known = sorted(tensors), sorted(self.inputs)
        if len(sent) == len(known):
            unknown = next(alias for alias in sent if alias not in self.inputs)
            return ServingError(
                Code.INVALID_ARGUMENT,
                f"input tensor alias not found in signature: {unknown}. "
                f"Inputs expected to be in the set {{{','.join(known)}}}.",
            )
        extra = ",".join(alias for alias in sent if alias not in self.inputs)
        missing = ",".join(alias for alias in known if alias not in tensors)
        return ServingError(
            Code.INVALID_ARGUMENT,
            f"input size does not match signature: {len(sent)}!={len(known)} "
            f"len({{{','.join(sent)}}}) != len({{{','.join(known)}}}). "
            f"Sent extra: {{{extra}}}. Missing but required: {{{missing}}}.",
        )


def _least(before: float, now: float) -> float:
    """Return the least of late: on a busy machine a call also takes the time in which other processes ran."""
    return min(now, before * 1.02) if before else now
