"""ML Metadata stores for the tests, with the structure that TFX writes, without TensorFlow."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as proto

from penstock.config.config import Config
from penstock.config.loading import load
from penstock.core.artifact_types import MODEL_VERDICT
from penstock.metadata.mlmd import connection_config

RUNNING, COMPLETE, FAILED, CACHED = 2, 3, 4, 5
INPUT, OUTPUT, INTERNAL_OUTPUT = 3, 4, 6

CONFIGURATION = """
name = "taxi"
[data]
source = "trips.csv"
label = "tip"
[features]
miles = "numeric"
[evaluation]
metric = "auc"
min = 0.9
[push]
directory = "models"
"""

ROWS = {
    "digest": "d" * 64,
    "query": "SELECT * FROM source",
    "source": "trips.csv",
    "files": json.dumps([{"path": "trips.csv", "sha256": "f" * 64, "bytes": 1234}]),
    "rows": json.dumps({"source": 100, "train": 67, "eval": 33}),
}

# The fairness of a verdict: a group with a rate, and one of too few rows, whose name is markup.
FAIRNESS = {
    "attribute": "sex",
    "metric": "selection_rate",
    "min_rows": 30,
    "groups": [
        {"name": "M", "rows": 99, "considered": 90, "counted": 45, "rate": 0.5, "ends": [0.4, 0.6]},
        {
            **{"name": "<i>X", "rows": 3, "considered": 0, "counted": 0, "rate": None, "ends": [0.0, 1.0]},
            "too_few_rows": True,
        },
    ],
}

VERDICT = {
    "rows": 33,
    "min_slice_rows": 5,
    "metrics": {"auc": {"model": 0.95, "interval": 0.0125, "constant": 0.5, "linear": 0.9, "baseline": None}},
    "gains": {
        "constant": {"metric": "auc", "gain": 0.45, "interval": 0.0125},
        "linear": {"metric": "auc", "gain": 0.05, "interval": 0.06},
    },
    "slices": [
        {
            **{"column": "miles", "value": n, "rows": n + 1, "too_few_rows": n < 4},
            **{"metrics": {"auc": 0.9}, "intervals": {"auc": None if n < 4 else 0.02}},
        }
        for n in range(10)
    ],
    "confusion": {"classes": ["0", "1"], "rows": [[20, 3], [1, 9]]},
    "reliability": [{"predicted": 0.1, "found": 0.12, "rows": 23}, {"predicted": 0.9, "found": 0.7, "rows": 10}],
    "thresholds": [
        {
            "metric": "auc",
            "kind": "min",
            "bound": 0.9,
            "passed": True,
            "words": "auc overall: 0.95, at least 0.9 required",
        },
        {
            "metric": "auc",
            "kind": "max",
            "bound": 0.91,
            "passed": False,
            "words": "auc overall: 0.95, at most 0.91 required",
        },
    ],
    "blessed": True,
}


def configuration(folder: Path, *settings: str, text: str = CONFIGURATION, **environment: str) -> Config:
    """Return a small configuration that keeps everything in a folder."""
    file = folder / "pipeline.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, settings, environment)


class StoreBuilder:
    """Writes runs into the store of a configuration."""

    def __init__(self, config: Config) -> None:
        self.config = config
        if config.metadata_file:
            config.metadata_file.parent.mkdir(parents=True, exist_ok=True)
        self.store = ml_metadata.MetadataStore(connection_config(config.store))
        self._contexts: dict[tuple[str, str], int] = {}

    def node(
        self,
        run: str,
        node: str,
        *,
        inputs: Mapping[str, int] | None = None,
        outputs: Mapping[str, int | tuple[str, Mapping[str, Any]]] | None = None,
        state: int = COMPLETE,
    ) -> dict[str, int]:
        """Record an execution and return its outputs; an output is an artifact's number, or a type with properties.

        What a Resolver finds is an internal output, as in TFX: it made nothing.
        """
        type_id = self.store.put_execution_type(proto.ExecutionType(name=f"components.{node}"))
        execution = proto.Execution(type_id=type_id, last_known_state=state)
        execution.custom_properties["code"].string_value = "abc"
        pairs, keys = [], list(outputs or {})
        for key, id in (inputs or {}).items():
            pairs.append((self._known(id), _event(INPUT, key)))
        for key, made in (outputs or {}).items():
            artifact = self._known(made) if isinstance(made, int) else self._new(node, key, *made)
            pairs.append((artifact, _event(INTERNAL_OUTPUT if node == "Resolver" else OUTPUT, key)))
        contexts = self._of(run, node)
        _, ids, _ = self.store.put_execution(execution, pairs, contexts)
        return dict(zip(keys, ids[len(inputs or {}) :], strict=True))

    def whole_run(
        self, run: str, *, version: int | None = 1, examples: int | None = None, baseline: int | None = None
    ) -> dict[str, int]:
        """Record a run with all nodes, pushed or, without a version, refused; return its artifacts."""
        made = {}
        if examples is None:
            made |= self.node(run, "ExampleGen", outputs={"examples": ("Examples", ROWS)})
        else:
            made |= self.node(run, "ExampleGen", outputs={"examples": examples}, state=CACHED)
        if baseline is not None:
            self.node(run, "Resolver", outputs={"model": baseline})
        made |= self._between(run, "StatisticsGen", made, ["examples"], {"statistics": "ExampleStatistics"})
        made |= self._between(run, "SchemaGen", made, ["statistics"], {"schema": "Schema"})
        made |= self._between(run, "Transform", made, ["examples", "schema"], {"transform_graph": "TransformGraph"})
        made |= self._between(run, "Trainer", made, ["examples", "schema", "transform_graph"], {"model": "Model"})
        compared = {"baseline_model": baseline} if baseline is not None else {}
        made |= self.node(
            run,
            "Evaluator",
            inputs={"examples": made["examples"], "model": made["model"], **compared},
            outputs={"blessing": ("ModelBlessing", {"blessed": int(version is not None)})},
        )
        made |= self.verdict(run, made["blessing"])
        return made | self.push(run, made["model"], made["blessing"], version)

    def verdict(self, run: str, blessing: int, kind: str = MODEL_VERDICT) -> dict[str, int]:
        """Record a verdict, with its file, as an artifact of a type that an earlier release may have named."""
        made = self.node(run, "ModelVerdict", inputs={"blessing": blessing}, outputs={"verdict": (kind, {})})
        folder = Path(self._known(made["verdict"]).uri)
        folder.mkdir(parents=True)
        (folder / "verdict.json").write_text(json.dumps(VERDICT), encoding="utf-8")
        return made

    def push(self, run: str, model: int, blessing: int, version: int | None) -> dict[str, int]:
        """Record a push, or a refusal if there is no version."""
        properties: dict[str, Any] = {"pushed": 0}
        if version is not None:
            destination = self.config.path(self.config.push.directory) / str(version)
            destination.mkdir(parents=True, exist_ok=True)
            properties = {"pushed": 1, "pushed_version": str(version), "pushed_destination": str(destination)}
        return self.node(
            run,
            "Pusher",
            inputs={"model": model, "blessing": blessing},
            outputs={"pushed_model": ("PushedModel", properties)},
        )

    def _between(
        self, run: str, node: str, made: Mapping[str, int], keys: list[str], outputs: Mapping[str, str]
    ) -> dict[str, int]:
        inputs = {key: made[key] for key in keys}
        return self.node(run, node, inputs=inputs, outputs={key: (kind, {}) for key, kind in outputs.items()})

    def _known(self, id: int) -> Any:
        return self.store.get_artifacts_by_id([id])[0]

    def _new(self, node: str, key: str, kind: str, properties: Mapping[str, Any]) -> Any:
        type_id = self.store.put_artifact_type(proto.ArtifactType(name=kind))
        number = len(self.store.get_artifacts()) + 1
        artifact = proto.Artifact(type_id=type_id, uri=str(self.config.artifacts / node / key / str(number)))
        for name, value in properties.items():
            setattr(artifact.custom_properties[name], "int_value" if isinstance(value, int) else "string_value", value)
        return artifact

    def _of(self, run: str, node: str) -> list[Any]:
        name = self.config.name
        names = {"pipeline": name, "pipeline_run": run, "node": f"{name}.{node}"}
        ids = [self._context(kind, name) for kind, name in names.items()]
        return self.store.get_contexts_by_id(ids)

    def _context(self, kind: str, name: str) -> int:
        if (kind, name) not in self._contexts:
            type_id = self.store.put_context_type(proto.ContextType(name=kind))
            known = self.store.get_context_by_type_and_name(kind, name)
            (id,) = [known.id] if known else self.store.put_contexts([proto.Context(type_id=type_id, name=name)])
            self._contexts[kind, name] = id
            if kind == "pipeline_run":
                parent = self._context("pipeline", self.config.name)
                self.store.put_parent_contexts([proto.ParentContext(child_id=id, parent_id=parent)])
        return self._contexts[kind, name]


def _event(kind: int, key: str) -> Any:
    path = proto.Event.Path(steps=[proto.Event.Path.Step(key=key), proto.Event.Path.Step(index=0)])
    return proto.Event(type=kind, path=path)
