"""The models of a server: their versions, and predictions with them."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.batching import Batcher
from penstock.server.models.config import ModelConfig as ModelConfig
from penstock.server.models.config import Policy as Policy
from penstock.server.models.config import Settings
from penstock.server.models.folders import check_intact
from penstock.server.models.joining import Arrays, Part, Rows
from penstock.server.models.loop_batching import LoopBatcher
from penstock.server.models.memory import give_back
from penstock.server.models.model import Model
from penstock.server.models.observer import Observer
from penstock.server.models.servable import Servable, load
from penstock.server.models.signature import FEW_ROWS, Signature
from penstock.server.models.states import State, VersionState
from penstock.server.models.warmup import warm_up

_LOG = logging.getLogger("penstock.server")
# A call of so few rows that took less time than this is made by the event loop itself: a thread would cost as much.
_SHORT = 0.001
_TURN_SECONDS = 0.0005


class Models:
    """The loaded models."""

    def __init__(
        self,
        configs: Sequence[ModelConfig],
        settings: Settings = Settings(),  # noqa: B008
        observer: Observer | None = None,
    ) -> None:
        """Load the models; `watch` loads new versions afterwards.

        A version that cannot be loaded is logged, and its state says why.
        """
        self._settings, self._observer = settings, observer or Observer()
        calls = settings.calls or os.cpu_count() or 1
        self._executor = ThreadPoolExecutor(calls, "penstock-call")
        batching = settings.batching
        self._batcher = Batcher(batching, self._executor, self._observer) if batching else None
        # An event loop cannot wait for more requests without reading them.
        self._loop_batcher = LoopBatcher(batching.rows, self._observer) if batching and not batching.seconds else None
        # The C library gives each thread a pool of memory. Versions are loaded by two threads in turns, so that the memory of
        # a version is not between that of the one before, which is freed next and can be given back as a whole.
        self._loaders = [ThreadPoolExecutor(1, "penstock-loader") for _ in range(2)]
        self._models: dict[str, Model] = {}
        self._left: list[Model] = []
        self._changing = threading.Lock()
        self._ended = threading.Event()
        self._watcher: threading.Thread | None = None
        self._configure(configs)

    def names(self) -> list[str]:
        """Return the names of the models."""
        return list(self._models)

    def configs(self) -> list[ModelConfig]:
        """Return how the models are configured."""
        return [each.config for each in self._models.values()]

    def is_ready(self) -> bool:
        """Return whether each model has a version that is served."""
        return all(model.is_ready for model in list(self._models.values()))

    def reload(self, configs: Sequence[ModelConfig]) -> None:
        """Serve other models from now on; what is served in both configurations stays loaded.

        Raises:
            ServingError: A model has no version that can be served.
        """
        before = set(self._models)
        self._configure(configs)
        failed = [
            model
            for name, model in self._models.items()
            if name not in before and not any(each.state is State.AVAILABLE for each in model.states())
        ]
        if failed:
            reasons = ", ".join(f"{{{_failure(model)}}}" for model in failed)
            raise ServingError(Code.UNKNOWN, f"{len(failed)} servable(s) did not become available: {{{reasons}}}")

    @contextmanager
    def lease(self, model: str, version: int | None = None, label: str | None = None) -> Iterator[Servable]:
        """Yield a version, which stays loaded in the block; without version and label the latest one.

        Raises:
            ServingError: There is no such model, version or label.
        """
        servable = self.acquire(model, version, label)
        try:
            yield servable
        finally:
            servable.release()

    def acquire(self, model: str, version: int | None = None, label: str | None = None) -> Servable:
        """Return a version, which stays loaded until `release` is called on it.

        Raises:
            ServingError: There is no such model, version or label.
        """
        found = self._models.get(model)
        if found is None:
            if label is not None:
                raise ServingError(Code.INVALID_ARGUMENT, f"Unrecognized servable version label: {label}")
            asked = f"Latest({model})" if version is None else f"Specific({model}, {version})"
            raise ServingError(Code.NOT_FOUND, f"Servable not found for request: {asked}")
        return found.acquire(version, label)

    def is_challenged(self, model: str) -> bool:
        """Return whether a model is configured to have a challenger."""
        return model in self._models and bool(self._models[model].config.challenger)

    @contextmanager
    def lease_challenger(self, model: str) -> Iterator[Servable]:
        """Yield the version that gets copies of requests, which stays loaded in the block.

        Raises:
            ServingError: None is loaded.
        """
        found = self._models.get(model)
        number = found.challenger if found else None
        if number is None:
            raise ServingError(Code.UNAVAILABLE, f"The challenger of {model} is not loaded")
        with self.lease(model, number) as servable:
            yield servable

    def states(self, model: str, version: int | None = None) -> list[VersionState]:
        """Return the states of the versions of a model that were ever served, the latest first.

        Raises:
            ServingError: There is no such model or version.
        """
        known = self._models[model].states() if model in self._models else []
        if not known:
            raise ServingError(Code.NOT_FOUND, f"Could not find any versions of model {model}")
        states = [each for each in known if version is None or each.version == version]
        if not states:
            raise ServingError(Code.NOT_FOUND, f"Could not find version {version} of model {model}")
        return states

    def labels(self, model: str) -> Mapping[str, int]:
        """Return the versions of the labels of a model."""
        return self._models[model].labels if model in self._models else {}

    def run(self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return what a signature of a leased version answers, by alias; the caller's thread waits for it.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        found, rows = _signature(servable, signature), _rows(tensors)
        if self._batcher is None or rows is None or not self._batcher.takes(found, rows):
            return self._timed(servable, found, tensors, rows)
        begin = time.perf_counter()
        answer = self._batcher.run(servable, found, Arrays(tensors, rows))
        self._ran(servable, rows, time.perf_counter() - begin)
        return answer.outputs()

    async def run_async(
        self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return what `run` returns, without blocking the event loop for long; for the ASGI application.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        found, rows = _signature(servable, signature), _rows(tensors)
        if self._batcher is not None and rows is not None and self._batcher.takes(found, rows):
            part = await self._together(self._batcher, servable, found, Arrays(tensors, rows))
            return part.outputs()
        if rows is not None and rows <= FEW_ROWS and 0 < found.seconds < _SHORT:
            return self._timed(servable, found, tensors, rows)
        # The caller may leave before the call ends, which needs the version until then.
        servable.acquire()
        work = self._executor.submit(self._timed, servable, found, tensors, rows)
        work.add_done_callback(lambda _: servable.release())
        return await asyncio.wrap_future(work)

    @property
    def is_batching(self) -> bool:
        """Whether rows of several requests may be put together."""
        return self._batcher is not None

    def is_joining(self, servable: Servable, signature: str, rows: int) -> bool:
        """Return whether `run_rows` may be called with so many rows."""
        found = servable.signatures.get(signature)
        return found is not None and self._batcher is not None and self._batcher.takes(found, rows)

    async def run_rows(self, servable: Servable, signature: str, rows: Rows) -> Part:
        """Return what `run_async` returns, for rows that become tensors together with those of other requests.

        Raises:
            ServingError: They are none of the signature.
        """
        if self._batcher is None:
            raise ValueError("run_rows is for models with micro-batching")
        return await self._together(self._batcher, servable, _signature(servable, signature), rows)

    def poll(self) -> None:
        """Look at the folders once, and load and unload what has changed."""
        with self._changing:
            self._poll()

    def watch(self) -> None:
        """Look at the folders again and again, in a thread of its own, until `close`."""
        self._watcher = threading.Thread(target=self._watch, name="penstock-versions", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Unload everything; requests that are being answered keep their versions."""
        self._ended.set()
        if self._watcher is not None:
            self._watcher.join()
        for each in (self._executor, *self._loaders):
            each.shutdown(wait=True)
        with self._changing:
            for model in [*self._models.values(), *self._left]:
                model.close()
            self._models = {}

    def _watch(self) -> None:
        while not self._ended.wait(self._settings.poll_seconds):
            try:
                self.poll()
            except Exception:
                _LOG.exception("the folders of the models cannot be looked at")

    def _configure(self, configs: Sequence[ModelConfig]) -> None:
        with self._changing:
            models: dict[str, Model] = {}
            for config in configs:
                model = self._models.get(config.name)
                if model is None or model.config.folder != config.folder:
                    model = Model(config, self._load, self._settings, self._observer)
                model.config = config
                model.poll()
                models[config.name] = model
            self._left += [each for each in self._models.values() if each not in models.values()]
            self._models = models
            for each in self._left:
                each.close()
            self._poll()

    def _poll(self) -> None:
        freed = 0
        for model in [*self._models.values(), *self._left]:
            freed += model.close_retired()
        for model in self._models.values():
            freed += model.poll()
        self._left = [each for each in self._left if each.is_open]
        if freed:
            give_back()

    def _load(self, folder: Path, model: str, version: int) -> Servable:
        """Load and warm up a version."""
        loader = self._loaders[0]
        self._loaders.reverse()
        with _short_turns():
            return loader.submit(self._load_warm, folder, model, version).result()

    def _load_warm(self, folder: Path, model: str, version: int) -> Servable:
        check_intact(folder)
        servable = load(folder, model, version, self._settings.threads)
        try:
            begin = time.perf_counter()
            records = warm_up(servable, folder)
            self._observer.warmed_up(folder, records, time.perf_counter() - begin)
        except BaseException:
            servable.close()
            raise
        return servable

    async def _together(self, batcher: Batcher, servable: Servable, signature: Signature, rows: Rows) -> Part:
        """Return the outputs for the rows of a request, of a call that others share."""
        begin = time.perf_counter()
        if self._loop_batcher is not None and self._loop_batcher.takes(signature):
            part = await self._loop_batcher.run(servable, signature, rows)
        else:
            part = await batcher.run_async(servable, signature, rows)
        self._ran(servable, rows.count, time.perf_counter() - begin)
        return part

    def _timed(
        self, servable: Servable, signature: Signature, tensors: Mapping[str, np.ndarray], rows: int | None
    ) -> dict[str, np.ndarray]:
        begin = time.perf_counter()
        answer = signature(tensors)
        seconds = time.perf_counter() - begin
        if rows:
            signature.took(rows, seconds)
        self._ran(servable, rows, seconds)
        return answer

    def _ran(self, servable: Servable, rows: int | None, seconds: float) -> None:
        self._observer.ran(servable.model, servable.version, rows or 0, seconds)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let the threads of Python take turns often: loading would otherwise delay each request several times."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _signature(servable: Servable, name: str) -> Signature:
    found = servable.signatures.get(name)
    if found is None:
        raise ServingError(Code.INVALID_ARGUMENT, f'Serving signature name: "{name}" not found in signature def')
    return found


def _rows(tensors: Mapping[str, np.ndarray]) -> int | None:
    """Return the number of rows; None if the tensors have no or different numbers."""
    rows: int | None = None
    for tensor in tensors.values():
        if not tensor.ndim or (rows is not None and len(tensor) != rows):
            return None
        rows = len(tensor)
    return rows


def _failure(model: Model) -> str:
    """Return why a model has no version, as TensorFlow Serving lists it."""
    states = model.states()
    if not states:
        return f"{{name: {model.config.name}}} due to error: no versions in {model.config.folder}"
    state = states[0]
    return (
        f"{{name: {model.config.name} version: {state.version}}} due to error: {state.code.name}: {state.message}"
    )
