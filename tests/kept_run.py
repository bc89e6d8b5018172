"""A run with files: what its nodes gave, noted as a run notes it, and the version that it pushed."""

import os
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2 as proto

from penstock.config.config import Config
from penstock.integrity import artifacts, manifests
from penstock.versions import folders, record
from penstock.versions.record import STATISTICS
from pipeline.repeat import key, record_key
from tests.metadata_store import ROWS, StoreBuilder

MODEL = {
    "saved_model.pb": "graph" * 100,
    "variables/variables.data-00000-of-00001": "weights" * 100,
    "assets/vocabulary": "Cash\nCard\n",
}
FILES = {
    "examples": {"Split-train/rows.gz": "rows" * 10, "Split-eval/rows.gz": "more" * 10},
    "statistics": {"Split-train/FeatureStats.pb": "statistics", "Split-eval/FeatureStats.pb": "more"},
    "transform_graph": {"transform_fn/saved_model.pb": "transform"},
    "model": {f"Format-Serving/{name}": text for name, text in MODEL.items()},
    "blessing": {"BLESSED": ""},
    "pushed_model": MODEL,
}


class KeptRun:
    """One run from the rows to the push.

    Attributes:
        artifacts: The numbers of what the nodes gave, by the name of the output.
        folders: Their folders.
        version: The folder of the version.
    """

    def __init__(self, config: Config, run: str = "20260101-000001", number: int = 1) -> None:
        self.config = config
        self.builder = StoreBuilder(config)
        self.artifacts: dict[str, int] = {}
        self.folders: dict[str, Path] = {}
        self.version = config.path(config.push.directory) / str(number)
        self.run = run
        self._node("ExampleGen", {}, "examples", "Examples", ROWS)
        self._node("StatisticsGen", {"examples"}, "statistics", "ExampleStatistics")
        self._node("Transform", {"examples"}, "transform_graph", "TransformGraph")
        self._node("Trainer", {"examples", "transform_graph"}, "model", "Model")
        self._node("Evaluator", {"examples", "model"}, "blessing", "ModelBlessing", {"blessed": 1})
        pushed = {"pushed": 1, "pushed_version": str(number), "pushed_destination": str(self.version)}
        self._node("Pusher", {"model", "blessing", "statistics"}, "pushed_model", "PushedModel", pushed)
        with folders.exclusive_access(self.version.parent):
            if record.check(self.version):
                folders.replace(self.folders["model"] / "Format-Serving", self.version, {STATISTICS: b"statistics"})
        artifacts.write_manifests(config)

    def with_key(self) -> "KeptRun":
        """Record the key of the run, as the last thing that a run does."""
        record_key(self.config, self.run, key(self.config))
        return self

    def live(self) -> dict[str, bool]:
        """Return whether each output can be used, by its name."""
        states = {a.id: a.state for a in self.builder.store.get_artifacts()}
        return {name: states[id] == proto.Artifact.LIVE for name, id in self.artifacts.items()}

    def place(self, output: str) -> str:
        """Return the name of an artifact as Penstock prints it."""
        return self.folders[output].relative_to(self.config.artifacts).as_posix()

    def _node(self, node: str, inputs: Any, output: str, kind: str, properties: Any = None) -> None:
        made = self.builder.node(
            self.run,
            node,
            inputs={name: self.artifacts[name] for name in sorted(inputs)},
            outputs={output: (kind, properties or {})},
        )
        self.artifacts |= made
        [artifact] = self.builder.store.get_artifacts_by_id([made[output]])
        artifact.state = proto.Artifact.LIVE
        self.builder.store.put_artifacts([artifact])
        self.folders[output] = Path(artifact.uri)
        write(self.folders[output], FILES[output])


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def texts(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text("latin-1") for file in folder.rglob("*") if file.is_file()}


def swap_bytes(file: Path, *, keep_time: bool = False) -> None:
    """Change a file's content, and leave its size; with `keep_time` also when it was last written."""
    before = file.stat()
    file.write_bytes(file.read_bytes()[::-1])
    if keep_time:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def manifest_of(folder: Path) -> Path:
    return manifests.manifest_file(folder)
