"""The models of a server: their versions, and predictions with them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.servable import Servable, Threads, load
from penstock.server.models.states import State, VersionState

_SAVED_MODEL = "saved_model.pb"


@dataclass(frozen=True)
class Policy:
    """Which of the versions in a folder are served.

    Attributes:
        latest: The number of versions with the largest numbers.
        every: Whether all versions are served.
        specific: The numbers of the versions that are served; if there are any, the other attributes are ignored.
    """

    latest: int = 1
    every: bool = False
    specific: tuple[int, ...] = ()

    def choose(self, numbers: Sequence[int]) -> list[int]:
        """Return the versions to serve among those that exist."""
        if self.specific:
            return [number for number in numbers if number in self.specific]
        return sorted(numbers) if self.every else sorted(numbers)[-self.latest :]


@dataclass(frozen=True)
class ModelConfig:
    """A model to serve.

    Attributes:
        name: Its name.
        folder: The folder of its versions, or of one SavedModel.
        policy: Which versions are served.
        labels: The versions of labels.
    """

    name: str
    folder: Path
    policy: Policy = Policy()
    labels: Mapping[str, int] = field(default_factory=dict)


class Models:
    """The loaded models."""

    def __init__(self, configs: Sequence[ModelConfig], threads: Threads = Threads()) -> None:  # noqa: B008
        """Load the models."""
        self._threads, self._pool = threads, ThreadPoolExecutor(4, "predict")
        self._configs: dict[str, ModelConfig] = {}
        self._loaded: dict[str, dict[int, Servable]] = {}
        self.reload(configs)

    def names(self) -> list[str]:
        """Return the names of the models."""
        return list(self._configs)

    def reload(self, configs: Sequence[ModelConfig]) -> None:
        """Serve other models from now on; those that are configured as before stay loaded."""
        loaded = {each.name: self._versions(each) for each in configs}
        self._configs, self._loaded = {each.name: each for each in configs}, loaded

    @contextmanager
    def lease(self, model: str, version: int | None = None, label: str | None = None) -> Iterator[Servable]:
        """Yield a version, which stays loaded in the block; without version and label the latest one.

        Raises:
            ServingError: There is no such model, version or label.
        """
        yield self._find(model, version, label)

    def states(self, model: str, version: int | None = None) -> list[VersionState]:
        """Return the states of the versions of a model that were ever served, the latest first.

        Raises:
            ServingError: There is no such model or version.
        """
        known = sorted(self._loaded.get(model, ()), reverse=True)
        if not known:
            raise ServingError(Code.NOT_FOUND, f"Could not find any versions of model {model}")
        if version is not None and version not in known:
            raise ServingError(Code.NOT_FOUND, f"Could not find version {version} of model {model}")
        return [VersionState(each, State.AVAILABLE) for each in known if version in (None, each)]

    def run(self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return what a signature of a leased version answers, by alias; the caller's thread waits for it.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        found = servable.signatures.get(signature)
        if found is None:
            raise ServingError(
                Code.INVALID_ARGUMENT, f'Serving signature name: "{signature}" not found in signature def'
            )
        return found(tensors)

    async def run_async(
        self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return what `run` returns, without blocking the event loop for long; for the ASGI application.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.run, servable, signature, tensors)

    def _find(self, model: str, version: int | None, label: str | None) -> Servable:
        versions = self._loaded.get(model, {})
        if label is not None:
            labels = self._configs[model].labels if model in self._configs else {}
            if label not in labels:
                raise ServingError(Code.INVALID_ARGUMENT, f"Unrecognized servable version label: {label}")
            version = labels[label]
        if version is None and versions:
            return versions[max(versions)]
        if version is None or version not in versions:
            asked = f"Latest({model})" if version is None else f"Specific({model}, {version})"
            raise ServingError(Code.NOT_FOUND, f"Servable not found for request: {asked}")
        return versions[version]

    def _versions(self, config: ModelConfig) -> dict[int, Servable]:
        if self._configs.get(config.name) == config:
            return self._loaded[config.name]
        folders = _folders(config.folder)
        return {
            number: load(folders[number], config.name, number, self._threads)
            for number in config.policy.choose(list(folders))
        }


def _folders(folder: Path) -> dict[int, Path]:
    """Return the folders of the versions by their numbers; a SavedModel has the number that names it, or 1."""
    if (folder / _SAVED_MODEL).is_file():
        return {int(folder.name) if folder.name.isdecimal() else 1: folder}
    return {int(child.name): child for child in folder.iterdir() if child.name.isdecimal() and child.is_dir()}
