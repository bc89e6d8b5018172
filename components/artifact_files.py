"""Reads and writes the files of artifacts, on this machine or in a bucket (`gs://BUCKET/...`)."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.tfx_internals import serving_model_folder
from penstock.core.documents.document import File
from penstock.core.files import temporary_folder

Document = TypeVar("Document", bound=File)


def is_remote(uri: str) -> bool:
    """Say whether a folder can be read only through TensorFlow's file systems."""
    return "://" in uri


def with_models(inputs: dict[str, list[Any]], key: str) -> dict[str, list[Any]]:
    """Return the inputs of a node without a model that has no files: there was none that LatestVersion could find."""
    models = [model for model in inputs.get(key, []) if fileio.exists(serving_model_folder(model.uri))]
    return {name: artifacts for name, artifacts in {**inputs, key: models}.items() if artifacts}


def read_bytes(uri: str, name: str) -> bytes:
    """Return the content of a file of an artifact."""
    with fileio.open(f"{uri}/{name}", "rb") as file:
        content: bytes = file.read()
        return content


def read_split(artifact: Any, split: str, name: str) -> bytes:
    """Return the content of a file of a split of an artifact."""
    return read_bytes(artifact_utils.get_split_uri([artifact], split), name)


def read_json(uri: str, name: str) -> Any:
    """Return the value in a JSON file of an artifact."""
    return json.loads(read_bytes(uri, name))


def read_document(uri: str, kind: type[Document]) -> Document:
    """Return the document of an artifact.

    Raises:
        PenstockError: The document is damaged, or of a newer version.
    """
    return kind.parse(read_bytes(uri, kind.FILE), f"{uri}/{kind.FILE}")


def write_document(uri: str, document: File) -> None:
    """Write the document of an artifact; the launcher of Kubeflow makes no folder for it."""
    fileio.makedirs(uri)
    with fileio.open(f"{uri}/{document.FILE}", "wb") as file:
        file.write(document.text().encode())


def write_json(uri: str, name: str, value: Any) -> None:
    """Write a JSON file of an artifact."""
    fileio.makedirs(uri)
    with fileio.open(f"{uri}/{name}", "wb") as file:
        file.write(json.dumps(value, indent=1).encode())


@contextmanager
def local_output(uri: str) -> Iterator[Path]:
    """Yield a local folder to write to: that of the artifact, or a temporary one that is copied to it at the end.

    Nothing is copied if writing fails.
    """
    if not is_remote(uri):
        Path(uri).mkdir(parents=True, exist_ok=True)
        yield Path(uri)
        return
    with temporary_folder() as folder:
        yield folder
        upload(folder, uri, names_below(folder))


@contextmanager
def local_input(uri: str) -> Iterator[Path]:
    """Yield a local folder to read from: the folder itself, or a temporary copy of it."""
    if not is_remote(uri):
        yield Path(uri)
        return
    with temporary_folder() as folder:
        fetch(uri.rstrip("/"), folder)
        yield folder


def fetch(uri: str, folder: Path) -> None:
    """Copy the files below a URI to a folder."""
    from tensorflow.io import gfile

    for place, _, names in gfile.walk(uri):
        target = folder / place[len(uri) :].strip("/")
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            gfile.copy(f"{place.rstrip('/')}/{name}", str(target / name), overwrite=True)


def names_below(folder: Path) -> list[str]:
    """Return the names of the files below a folder, relative to it and sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def upload(folder: Path, uri: str, names: Iterable[str]) -> None:
    """Copy files of a folder below a URI, in the given order."""
    from tensorflow.io import gfile  # TFX's own function reads a complete file into memory

    for name in names:
        target = f"{uri.rstrip('/')}/{name}"
        gfile.makedirs(target.rpartition("/")[0])
        gfile.copy(str(folder / name), target, overwrite=True)
