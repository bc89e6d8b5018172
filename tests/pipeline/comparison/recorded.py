"""A recorded run with real files, and a copy of its state in which a difference is planted."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from penstock.config.config import Config
from penstock.integrity import manifests
from penstock.metadata.location import follow_moved_project
from tests.kept_run import write
from tests.metadata_store import VERDICT, StoreBuilder, configuration
from tests.penstock.comparison.folders import (
    schema,
    statistics,
    write_examples,
    write_schema,
    write_statistics,
    write_vocabularies,
)

RUN = "20260101-000001"
SPLITS = {"train": [[b"a", b"b", b"b"], [b"c"]], "eval": [[b"d", b"e"]]}
COLUMNS = {"miles": [0.5, 2.0], "tip": [0.0, 1.0]}
TYPES = {
    "examples": "Examples",
    "statistics": "ExampleStatistics",
    "schema": "Schema",
    "transform_graph": "TransformGraph",
    "model": "Model",
}


class RecordedRun:
    """A run with the files that are compared.

    Attributes:
        config: The configuration.
        folders: The folder of each artifact, by the name of the output.
    """

    def __init__(self, folder: Path, run: str = RUN) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config: Config = configuration(folder)
        self.builder = StoreBuilder(self.config)
        made = self.builder.whole_run(run)
        found = self.builder.store.get_artifacts_by_id(list(made.values()))
        self.folders = dict(zip(made, (Path(artifact.uri) for artifact in found), strict=True))
        write_examples(self.folders["examples"], SPLITS)
        write_statistics(self.folders["statistics"], {split: statistics(COLUMNS) for split in SPLITS})
        write_schema(self.folders["schema"], schema(list(COLUMNS)))
        write_vocabularies(self.folders["transform_graph"], {"payment": ["Cash", "Card"]})
        write(self.folders["transform_graph"], {"transform_fn/saved_model.pb": "graph"})
        write(self.folders["model"], {"Format-Serving/saved_model.pb": "weights"})
        for name in (*TYPES, "verdict"):
            manifests.write(self.folders[name])
        follow_moved_project(self.config.store)

    def copied(self, folder: Path, plant: Callable[[Path], None] = lambda folder: None, output: str = "") -> Path:
        """Copy the state, and change the files of an output as if the run had made them; return the copy."""
        shutil.copytree(self.config.state_folder, folder)
        if output:
            place = folder / self.folders[output].relative_to(self.config.state_folder)
            plant(place)
            manifests.write(place)
        return folder


def remove_row(folder: Path) -> None:
    shutil.rmtree(folder / "Split-train")
    write_examples(folder, {"train": [[b"a", b"b"], [b"c"]]})


def deal_rows_again(folder: Path) -> None:
    shutil.rmtree(folder)
    write_examples(folder, {"train": [[b"b", b"c", b"a", b"b"]], "eval": [[b"e"], [b"d"]]})


def change_statistic(folder: Path) -> None:
    found = statistics(COLUMNS)
    found.datasets[0].features[0].num_stats.mean += 0.25
    write_statistics(folder, {"eval": found})


def set_flag(folder: Path) -> None:
    found = schema(list(COLUMNS))
    found.feature[1].presence.min_fraction = 0.5
    write_schema(folder, found)


def turn_schema(folder: Path) -> None:
    write_schema(folder, schema([*COLUMNS][::-1]))


def change_entry(folder: Path) -> None:
    write_vocabularies(folder, {"payment": ["Cash", "Cart"]})


def change_metric(folder: Path, by: float = 0.01) -> None:
    metrics = {"auc": {**VERDICT["metrics"]["auc"], "model": 0.95 + by}}
    write(folder, {"verdict.json": json.dumps({**VERDICT, "metrics": metrics})})


def change_verdict(folder: Path) -> None:
    write(folder, {"verdict.json": json.dumps({**VERDICT, "blessed": False})})
