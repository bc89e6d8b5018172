"""Loads the models and predicts with each version, as a check before the server is started."""

import time
from collections.abc import Iterator

import numpy as np

from penstock.server.errors import ServingError
from penstock.server.models.config import ModelConfig, Settings
from penstock.server.models.models import Models
from penstock.server.models.observer import Observer
from penstock.server.models.servable import Servable
from penstock.server.models.signature import TensorInfo
from penstock.server.models.states import State, VersionState
from penstock.server.process.options import Serving
from penstock.server.process.starting import import_tensorflow

_SIGNATURE = "serving_default"


class _Records(Observer):
    """Remembers how many requests each version was warmed up with."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def warmed_up(self, folder: object, records: int, seconds: float) -> None:
        """Remember the number."""
        self.counts[str(folder).rpartition("/")[2]] = records


def check(serving: Serving) -> Iterator[tuple[str, bool]]:
    """Yield a line for each version, and whether it answers."""
    import_tensorflow()
    records = _Records()
    begin = time.monotonic()
    models = Models(serving.models, Settings(serving.settings.threads), records)
    seconds = time.monotonic() - begin
    try:
        for config in models.configs():
            name, states = config.name, _states(models, config.name)
            for state in states:
                yield _line(models, name, state, records.counts.get(str(state.version), 0))
            if not states:
                yield f"{name}: there is no version that --versions names", False
            if config.challenger:
                yield _challenger(models, config)
    finally:
        models.close()
    yield f"Loaded and checked in {seconds:.1f} s.", True


def _challenger(models: Models, config: ModelConfig) -> tuple[str, bool]:
    try:
        with models.lease_challenger(config.name) as servable:
            return f"{config.name}: the challenger is version {servable.version}", True
    except ServingError:
        kind = "version" if config.challenger.isdecimal() else "label"
        expected = f"expected a {kind} in {config.folder} that can be loaded"
        return f"{config.name}: the challenger: {expected}, received {config.challenger}", False


def _states(models: Models, name: str) -> list[VersionState]:
    try:
        return models.states(name)
    except ServingError:
        return []


def _line(models: Models, name: str, state: VersionState, records: int) -> tuple[str, bool]:
    title = f"{name}, version {state.version}"
    if state.state is not State.AVAILABLE:
        return f"{title}: cannot be loaded: {state.code.name}: {state.message}", False
    with models.lease(name, state.version) as servable:
        signatures = ", ".join(sorted(servable.signatures)) or "none"
        if records:
            return f"{title}: answered {records} warm-up requests; signatures: {signatures}", True
        try:
            answered = _ask(models, servable)
        except ServingError as error:
            return f"{title}: is loaded, and refuses a row of zeros: {error.code.name}; signatures: {signatures}", True
    return f"{title}: {answered}; signatures: {signatures}", True


def _ask(models: Models, servable: Servable) -> str:
    """Predict one row without values."""
    signature = servable.signatures.get(_SIGNATURE)
    if signature is None:
        return f"is loaded, and has no signature {_SIGNATURE} to ask"
    models.run(servable, _SIGNATURE, {alias: _zeros(info) for alias, info in signature.inputs.items()})
    return "answered a row of zeros"


def _zeros(info: TensorInfo) -> np.ndarray:
    import tensorflow as tf

    dtype = tf.dtypes.as_dtype(info.dtype)
    shape = [1 if size is None else size for size in info.shape or (1,)]
    return np.full(shape, b"", object) if dtype == tf.string else np.zeros(shape, dtype.as_numpy_dtype)
