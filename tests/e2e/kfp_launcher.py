"""Runs a compiled specification of schema 2.1 as Kubeflow Pipelines runs it, without a cluster.

Inputs, outputs and files are handled as in kubeflow/pipelines, backend/src/v2: `driver/resolve.go` (inputs),
`driver/driver.go` (outputs), `component/launcher_v2.go` (placeholders, copies of files, exit codes) and
`metadata/converter.go` (what is left of an artifact after it was recorded in ML Metadata).
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import yaml

FOLDERS = {"gs": "gcs", "minio": "minio", "s3": "s3"}
KINDS = {
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": (bool,),
    "LIST": (list,),
    "STRUCT": (dict,),
}

# An output that the driver adds to those of each task, and the launcher writes.
LOG = {"executor-logs": {"artifactType": {"schemaTitle": "system.Artifact"}}}

Json = dict[str, Any]


class TaskFailed(Exception):
    """The command of a task ended with another exit code than 0; the message has the end of its log."""


class Container(Protocol):
    """A container, of which the launcher is the first program.

    Attributes:
        scratch: A folder of this machine for the container alone.
    """

    scratch: Path

    def path(self, inside: str) -> Path:
        """Return where a path below one of the container's own folders is on this machine."""

    def run(self, words: Sequence[str], log: Path) -> int:
        """Run a command and return its exit code."""


def local_path(uri: str) -> str:
    """Return the path of an artifact in a container; the launcher takes no other schemes."""
    scheme, _, rest = uri.partition("://")
    assert scheme in FOLDERS, f"failed to generate local path for URI {uri}: unsupported storage scheme"
    return f"/{FOLDERS[scheme]}/{rest}"


@dataclass(frozen=True)
class Store:
    """Buckets: objects with names, in a folder. There are no empty folders in them."""

    folder: Path

    def place(self, uri: str) -> Path:
        """Return where the objects of an artifact are."""
        return self.folder / local_path(uri).lstrip("/")

    def upload(self, source: Path, uri: str) -> None:
        """Copy a file, or the files below a folder; without one there is nothing to copy."""
        _copy(source, self.place(uri))

    def download(self, uri: str, target: Path) -> None:
        """Copy the objects of an artifact into a container."""
        _copy(self.place(uri), target)


def _copy(source: Path, target: Path) -> None:
    for file in [source] if source.is_file() else sorted(source.rglob("*")):
        assert not (file.is_symlink() and file.is_dir()), f"{file}: the launcher opens it as a file"
        if file.is_file():
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


@dataclass
class Cluster:
    """A run of a specification.

    Attributes:
        specification: The pipeline specification.
        root: The URI below which the artifacts are.
        container: Makes a container, given its scratch folder.
        folder: The folder for the buckets, the containers and their logs.
        parameters: Values of the parameters of the pipeline, in place of their defaults.
    """

    specification: Json
    root: str
    container: Callable[[Path], Container]
    folder: Path
    parameters: Mapping[str, Any]
    outputs: dict[str, dict[str, Json]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def of(cls, file: Path, root: str, container: Callable[[Path], Container], folder: Path, **given: Any) -> "Cluster":
        """Return a run of a YAML file, whose first document is the specification, with values of its parameters."""
        specification = next(yaml.safe_load_all(file.read_text()))
        assert specification["schemaVersion"].startswith("2.1")
        known = specification["root"].get("inputDefinitions", {}).get("parameters", {})
        assert set(given) <= set(known), f"unknown parameters: {sorted(set(given) - set(known))}"
        defaults = {name: each["defaultValue"] for name, each in known.items() if "defaultValue" in each}
        return cls(specification, root, container, folder, {**defaults, **given})

    @property
    def tasks(self) -> dict[str, Json]:
        """The tasks by name."""
        tasks: dict[str, Json] = self.specification["root"]["dag"]["tasks"]
        return tasks

    @property
    def store(self) -> Store:
        """The buckets."""
        return Store(self.folder / "store")

    def files(self, node: str, key: str) -> Path:
        """Return the folder with the files of an output."""
        return self.store.place(self.outputs[node][key]["uri"])

    def metadata(self, node: str, key: str) -> Json:
        """Return what ML Metadata has of an output."""
        metadata: Json = self.outputs[node][key]["metadata"]
        return metadata

    def run(self, workers: int = 2) -> None:
        """Run all tasks, each after those that it depends on; the first that fails ends the run."""
        waiting, done = dict(self.tasks), set[str]()
        with ThreadPoolExecutor(workers) as pool:
            running: dict[Future[None], str] = {}
            while waiting or running:
                for name in [n for n, task in waiting.items() if set(task.get("dependentTasks", [])) <= done]:
                    del waiting[name]
                    running[pool.submit(self.launch, name)] = name
                assert running, f"no task can run: {sorted(waiting)}"
                for finished in wait(running, return_when=FIRST_COMPLETED).done:
                    done.add(running.pop(finished))
                    try:
                        finished.result()
                    except BaseException:
                        pool.shutdown(wait=False, cancel_futures=True)
                        raise

    def launch(self, name: str) -> None:
        """Run one task, and record its outputs."""
        task = self.tasks[name]
        component = self.specification["components"][task["componentRef"]["name"]]
        [(kind, executor)] = self.specification["deploymentSpec"]["executors"][component["executorLabel"]].items()
        if kind == "importer":
            [key] = component["outputDefinitions"]["artifacts"]
            place = executor["artifactUri"]["constant"]
            self.outputs[name] = {key: self._recorded(key, {"uri": place, "metadata": executor.get("metadata", {})})}
            return
        assert kind == "container", f"{kind}: non-container and non-importer executor not implemented"
        number = next(self.numbers)
        place = f"{self.root}/{name}/{number}"
        given = {
            "inputs": {
                "parameterValues": self._parameters(task, component),
                "artifacts": {
                    key: {"artifacts": [self._output(source["taskOutputArtifact"])]}
                    for key, source in task.get("inputs", {}).get("artifacts", {}).items()
                },
            },
            "outputs": {
                "artifacts": {
                    key: {"artifacts": [_provisioned(key, place, artifact)]}
                    for key, artifact in {**component.get("outputDefinitions", {}).get("artifacts", {}), **LOG}.items()
                },
                "outputFile": f"{local_path(place)}/output_metadata.json",
            },
        }
        scratch = self.folder / "containers" / f"{number}-{name}"
        self.outputs[name] = self._execute(self.container(scratch), executor, given)

    def _execute(self, container: Container, executor: Json, given: Json) -> dict[str, Json]:
        for each in _artifacts(given["inputs"]):
            self.store.download(each["uri"], container.path(local_path(each["uri"])))
        for each in _artifacts(given["outputs"]):
            container.path(local_path(each["uri"])).parent.mkdir(parents=True, exist_ok=True)
        container.scratch.mkdir(parents=True, exist_ok=True)
        [log] = [
            container.path(local_path(each["uri"])) for each in _artifacts(given["outputs"]) if each["name"] in LOG
        ]
        code = container.run(filled([*executor["command"], *executor.get("args", [])], given), log)
        if code != 0:
            raise TaskFailed(f"{container.scratch.name} ended with {code}:\n{log.read_text()[-6000:]}")
        file = container.path(given["outputs"]["outputFile"])
        reported = json.loads(file.read_text()).get("artifacts", {}) if file.exists() else {}
        recorded = {}
        for key, listed in given["outputs"]["artifacts"].items():
            [artifact] = listed["artifacts"]
            [after] = reported.get(key, {}).get("artifacts", [{}])
            artifact["uri"] = after.get("uri") or artifact["uri"]
            artifact["metadata"] |= after.get("metadata", {})
            self.store.upload(container.path(local_path(artifact["uri"])), artifact["uri"])
            recorded[key] = self._recorded(key, artifact)
        shutil.rmtree(container.scratch)
        return recorded

    def _parameters(self, task: Json, component: Json) -> Json:
        """Return the values of the parameters of a task, checked against their types."""
        found = {}
        for name, source in task.get("inputs", {}).get("parameters", {}).items():
            constant = "runtimeValue" in source
            found[name] = (
                source["runtimeValue"]["constant"] if constant else self.parameters[source["componentInputParameter"]]
            )
        for name, definition in component.get("inputDefinitions", {}).get("parameters", {}).items():
            kind = definition["parameterType"]
            if name not in found:
                assert definition.get("isOptional") or "defaultValue" in definition, f"no value of {name}"
                if "defaultValue" in definition:
                    found[name] = definition["defaultValue"]
            elif kind == "STRING":
                found[name] = found[name] if isinstance(found[name], str) else json.dumps(found[name])
            else:
                is_kind = isinstance(found[name], KINDS[kind]) and (kind == "BOOLEAN") == isinstance(found[name], bool)
                assert is_kind, f"input parameter {name} type mismatch: expect {kind}, got {found[name]!r}"
        return found

    def _output(self, source: dict[str, str]) -> Json:
        """Return an output as an input of another task: of its type the driver knows nothing."""
        recorded = self.outputs[source["producerTask"]][source["outputArtifactKey"]]
        return {**json.loads(json.dumps(recorded)), "type": {"instanceSchema": ""}}

    def _recorded(self, key: str, artifact: Json) -> Json:
        """Return an artifact as ML Metadata has it."""
        metadata = {name: _value(value) for name, value in artifact["metadata"].items()}
        added = {"display_name": key, "store_session_info": '{"Provider":"minio","Params":{"fromEnv":"true"}}'}
        return {"name": str(next(self.numbers)), "uri": artifact["uri"], "metadata": {**added, **metadata}}


def _provisioned(key: str, place: str, artifact: Json) -> Json:
    metadata = dict(artifact.get("metadata", {}))
    return {"name": key, "uri": f"{place}/{key}", "type": artifact["artifactType"], "metadata": metadata}


def _artifacts(side: Json) -> list[Json]:
    return [artifact for listed in side["artifacts"].values() for artifact in listed["artifacts"]]


def _value(value: Any) -> Any:
    """Return a value of metadata after it was written to ML Metadata and read again."""
    assert value is not None, "unknown/unsupported value type *structpb.Value_NullValue"
    if isinstance(value, list):
        return {"list": value}
    if isinstance(value, dict):
        return {"struct": value}
    return value if isinstance(value, str) else float(value)


def filled(words: list[str], given: Json) -> list[str]:
    """Return a command with values in place of its placeholders; in the program itself only `{{$}}` is one."""
    values = {}
    for side in ("inputs", "outputs"):
        for key, listed in given[side]["artifacts"].items():
            uri = listed["artifacts"][0]["uri"]
            values[f"{{{{$.{side}.artifacts['{key}'].uri}}}}"] = uri
            values[f"{{{{$.{side}.artifacts['{key}'].path}}}}"] = local_path(uri)
    for key, value in given["inputs"]["parameterValues"].items():
        text = value if isinstance(value, str) else json.dumps(value)
        values[f"{{{{$.inputs.parameters['{key}']}}}}"] = text
    program, *arguments = (word.replace("{{$}}", json.dumps(given)) for word in words)
    for placeholder, value in values.items():
        arguments = [word.replace(placeholder, value) for word in arguments]
    left = [word for word in arguments if "{{$" in word]
    assert not left, f"placeholders that the launcher does not know: {left}"
    return [program, *arguments]
