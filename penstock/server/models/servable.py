"""One loaded version of a model."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.server.errors import Code, ServingError
from penstock.server.models.config import Threads
from penstock.server.models.runners import FunctionRunner, Run, SessionRunner
from penstock.server.models.signature import Signature, TensorInfo

if TYPE_CHECKING:
    from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef

_INIT = "__saved_model_init_op"


class Servable:
    """A loaded version.

    Attributes:
        model: The name of the model.
        version: The number of the version.
        signatures: Its signatures by name.
        inputs: The inputs of each signature.
        signature_defs: The same as the SavedModel describes them.
    """

    def __init__(
        self,
        model: str,
        version: int,
        signatures: Mapping[str, Signature],
        signature_defs: Mapping[str, "SignatureDef"],
        free: Callable[[], None],
    ) -> None:
        """Make a version of what was loaded; `free` gives its memory back."""
        self.model, self.version, self.signatures, self.signature_defs = model, version, signatures, signature_defs
        self.inputs = {name: each.inputs for name, each in signatures.items()}
        self._free, self._users, self._lock = free, 0, threading.Lock()

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
        self._free()


def load(folder: Path, model: str, version: int, threads: Threads = Threads()) -> Servable:  # noqa: B008
    """Load a SavedModel into a session, as TensorFlow Serving does.

    A session does not restore the variables of some SavedModels, such as those that `tf.saved_model.save` writes of
    Keras 3 models. These are loaded as functions, which are slower to call.

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
        if _is_restored(session):
            return _servable(model, version, defs, SessionRunner(session))
        session.close()
        return _servable(model, version, defs, FunctionRunner(tf.saved_model.load(str(folder))))
    except tf.errors.OpError as error:
        session.close()
        raise ServingError(Code(error.error_code), error.message) from error
    except Exception as error:
        session.close()
        raise ServingError(Code.INVALID_ARGUMENT, f"{folder} cannot be loaded as a SavedModel: {error}") from error


def _is_restored(session: Any) -> bool:
    """Return whether all variables have values."""
    import tensorflow as tf

    handles = [each.outputs[0] for each in session.graph.get_operations() if each.type == "VarHandleOp"]
    with session.graph.as_default():
        states = [tf.raw_ops.VarIsInitializedOp(resource=handle) for handle in handles]
    return all(session.run(states))


def _servable(
    model: str, version: int, defs: Mapping[str, "SignatureDef"], runner: SessionRunner | FunctionRunner
) -> Servable:
    signatures = {name: _signature(name, each, runner) for name, each in defs.items()}
    return Servable(model, version, signatures, defs, runner.free)


def _signature(name: str, described: "SignatureDef", runner: SessionRunner | FunctionRunner) -> Signature:
    inputs = {alias: _tensor(described.inputs[alias]) for alias in sorted(described.inputs)}
    outputs = {alias: _tensor(described.outputs[alias]) for alias in sorted(described.outputs)}
    run: Run = runner.run_of(name, inputs, outputs)
    return Signature(name, described.method_name, inputs, outputs, run)


def _tensor(info: Any) -> TensorInfo:
    shape = info.tensor_shape
    sizes = None if shape.unknown_rank else tuple(None if each.size < 0 else int(each.size) for each in shape.dim)
    return TensorInfo(info.name, int(info.dtype), sizes)
