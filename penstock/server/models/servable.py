"""One loaded version of a model: a session of TensorFlow on its SavedModel, as in TensorFlow Serving."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.config import Threads
from penstock.server.models.signature import Signature, TensorInfo
from penstock.server.models.tf_internals import callable_of

if TYPE_CHECKING:
    from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef

_INIT = "__saved_model_init_op"


class Servable:
    """A loaded version.

    Attributes:
        model: The name of the model.
        version: The number of the version.
        signatures: Its signatures by name.
        signature_defs: The same as the SavedModel describes them.
    """

    def __init__(
        self,
        model: str,
        version: int,
        signature_defs: Mapping[str, "SignatureDef"],
        session: Any,
    ) -> None:
        """Take the ownership of a session in which a SavedModel was loaded."""
        self.model, self.version, self.signature_defs = model, version, signature_defs
        self.signatures = {name: _signature(name, each, session) for name, each in signature_defs.items()}
        self._session = session
        self._users, self._lock = 0, threading.Lock()

    def acquire(self) -> None:
        """Begin to use the version, which is not closed until `release`."""
        with self._lock:
            self._users += 1

    def release(self) -> None:
        """End a use of the version."""
        with self._lock:
            self._users -= 1

    @property
    def is_used(self) -> bool:
        """Whether a request uses the version."""
        return self._users > 0

    def close(self) -> None:
        """Free the memory of the version; no request may use it any more."""
        self.signatures = {}
        self._session.close()
        self._session = None


def load(folder: Path, model: str, version: int, threads: Threads = Threads()) -> Servable:  # noqa: B008
    """Load a SavedModel.

    Args:
        folder: The folder of `saved_model.pb`.
        model: The name of the model.
        version: The number of the version.
        threads: The threads of TensorFlow.

    Raises:
        ServingError: It cannot be loaded.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    tf.get_logger().setLevel("ERROR")  # the documented function for a session is called deprecated
    config = v1.ConfigProto(intra_op_parallelism_threads=threads.intra, inter_op_parallelism_threads=threads.inter)
    session = v1.Session(graph=tf.Graph(), config=config)
    try:
        graph = v1.saved_model.load(session, [tf.saved_model.SERVING], str(folder))
        defs = {name: each for name, each in graph.signature_def.items() if name != _INIT}
        return Servable(model, version, defs, session)
    except tf.errors.OpError as error:
        session.close()
        raise ServingError(Code(error.error_code), error.message) from error
    except Exception as error:
        session.close()
        raise ServingError(Code.INVALID_ARGUMENT, f"{folder} cannot be loaded as a SavedModel: {error}") from error


def _signature(name: str, described: "SignatureDef", session: Any) -> Signature:
    inputs = {alias: _tensor(described.inputs[alias]) for alias in sorted(described.inputs)}
    outputs = {alias: _tensor(described.outputs[alias]) for alias in sorted(described.outputs)}
    return Signature(name, described.method_name, inputs, outputs, _runner(session, inputs, outputs))


def _tensor(info: Any) -> TensorInfo:
    shape = info.tensor_shape
    sizes = None if shape.unknown_rank else tuple(None if each.size < 0 else int(each.size) for each in shape.dim)
    return TensorInfo(info.name, int(info.dtype), sizes)


def _runner(
    session: Any, inputs: Mapping[str, TensorInfo], outputs: Mapping[str, TensorInfo]
) -> Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]:
    """Return the function of a signature; it is compiled at the first call."""
    import tensorflow as tf

    fetches = list(dict.fromkeys(each.name for each in outputs.values()))  # a session fetches each tensor once
    places = [fetches.index(each.name) for each in outputs.values()]
    dtypes = [np.dtype(tf.dtypes.as_dtype(each.dtype).as_numpy_dtype) for each in inputs.values()]
    lock = threading.Lock()
    made: list[Callable[..., list[Any]]] = []

    def run(values: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        for value, dtype, alias in zip(values, dtypes, inputs, strict=True):
            if value.dtype != dtype:
                message = f"Expects {alias} to be {dtype.name} but {value.dtype.name} is provided"
                raise ServingError(Code.INVALID_ARGUMENT, message)
        try:
            if not made:
                with lock:
                    if not made:
                        made.append(callable_of(session, [each.name for each in inputs.values()], fetches))
            results = made[0](*values)
        except tf.errors.OpError as error:
            raise ServingError(Code(error.error_code), error.message) from error
        except UnicodeDecodeError as error:
            # The error of the graph quotes bytes of the request, which TensorFlow cannot put into an exception.
            raise ServingError(Code.INVALID_ARGUMENT, error.object.decode(errors="replace")) from error
        # A session returns a single text as bytes, not as an array.
        return [np.asarray(results[place], None if hasattr(results[place], "dtype") else object) for place in places]

    return run
