"""What calls a loaded SavedModel: a session of TensorFlow, or its functions."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.signature import TensorInfo
from penstock.server.models.tf_internals import callable_of

Run = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]
Tensors = Mapping[str, TensorInfo]


class SessionRunner:
    """Calls signatures in a session; an operation runs in the thread of the caller."""

    def __init__(self, session: Any) -> None:
        """Take the ownership of a session in which a SavedModel was loaded."""
        self._session = session

    def free(self) -> None:
        """End the session."""
        self._session.close()
        self._session = None

    def run_of(self, _: str, inputs: Tensors, outputs: Tensors) -> Run:
        """Return the function of a signature; it is compiled at the first call."""
        session = self._session
        fetches = list(dict.fromkeys(each.name for each in outputs.values()))  # a session fetches each tensor once
        places = [fetches.index(each.name) for each in outputs.values()]
        check, lock = _checked(inputs), threading.Lock()
        made: list[Callable[..., list[Any]]] = []

        def run(values: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
            check(values)
            with _errors():
                if not made:
                    with lock:
                        if not made:
                            made.append(callable_of(session, [each.name for each in inputs.values()], fetches))
                results = made[0](*values)
            # A session returns a single text as bytes, not as an array.
            return [
                np.asarray(results[place], None if hasattr(results[place], "dtype") else object) for place in places
            ]

        return run


class FunctionRunner:
    """Calls signatures as functions."""

    def __init__(self, loaded: Any) -> None:
        """Take what `tf.saved_model.load` returned, whose variables live as long as it does."""
        self._loaded = loaded

    def free(self) -> None:
        """Free the functions and their variables."""
        self._loaded = None

    def run_of(self, name: str, inputs: Tensors, outputs: Tensors) -> Run:
        """Return the function of a signature."""
        import tensorflow as tf

        function, check = self._loaded.signatures[name], _checked(inputs)

        def run(values: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
            check(values)
            with _errors():
                tensors = {
                    alias: tf.constant(value, info.dtype)
                    for (alias, info), value in zip(inputs.items(), values, strict=True)
                }
                results = function(**tensors)
                return [np.asarray(results[alias].numpy(), _dtype(info)) for alias, info in outputs.items()]

        return run


def _checked(inputs: Tensors) -> Callable[[Sequence[np.ndarray]], None]:
    """Return a function that raises an error for values of another type than the inputs have."""
    dtypes = [(alias, _dtype(each)) for alias, each in inputs.items()]

    def check(values: Sequence[np.ndarray]) -> None:
        for value, (alias, dtype) in zip(values, dtypes, strict=True):
            if value.dtype != dtype:
                message = f"Expects {alias} to be {dtype.name} but {value.dtype.name} is provided"
                raise ServingError(Code.INVALID_ARGUMENT, message)

    return check


def _dtype(info: TensorInfo) -> np.dtype:
    import tensorflow as tf

    return np.dtype(tf.dtypes.as_dtype(info.dtype).as_numpy_dtype)


@contextmanager
def _errors() -> Iterator[None]:
    """Raise the errors of the graph as those of the server."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        raise ServingError(Code(error.error_code), error.message) from error
    except UnicodeDecodeError as error:
        # The error of the graph quotes bytes of the request, which TensorFlow cannot put into an exception.
        raise ServingError(Code.INVALID_ARGUMENT, error.object.decode(errors="replace")) from error
