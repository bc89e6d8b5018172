"""Logs a version and its experiment to an MLflow server; the same export again changes nothing."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from penstock.core.errors import ConfigError
from penstock.core.places import is_remote_place
from penstock.registry.documents import Experiment, Model
from penstock.registry.export.folder import Exported, check_source
from penstock.registry.export.mlflow_server import MlflowServer
from penstock.registry.export.mlflow_values import (
    LeftOut,
    aliases,
    batches,
    full_name,
    metrics,
    parameters,
    run_tags,
    version_tags,
)

IDENTITY = "penstock.id"
# The folder of the model in the artifacts of the run.
_MODEL = "model"
_UPLOADED = "penstock.uploaded"
# MLflow's limits of a request: parameters or tags, metrics, and its characters.
_TEXTS, _NUMBERS, _LONGEST = 100, 1_000, 900_000


@dataclass(frozen=True)
class Logged:
    """What an MLflow server has after an export.

    Attributes:
        experiment: The name of MLflow's experiment.
        experiment_id: Its id.
        run_id: The id of the run.
        model: The name of the registered model.
        version: MLflow's number of the version.
        aliases: The aliases that point to it now.
        source: Where the version's files are.
        is_new: Whether the version was not there before.
        left: What MLflow's limits did not let through.
    """

    experiment: str
    experiment_id: str
    run_id: str
    model: str
    version: str
    aliases: list[str]
    source: str
    is_new: bool
    left: LeftOut


def export(exported: Exported, server: MlflowServer) -> Logged:
    """Log the experiment as a run and the version as one of a registered model, or complete what is there.

    Args:
        exported: The version.
        server: The server.

    Raises:
        ConfigError: The server refuses something, or another model has the name there.
        DataError: The files of the version are missing or are not those that were recorded.
        StoreError: The server does not answer, or is no MLflow.
    """
    left = LeftOut()
    name = full_name(exported.model)
    experiment_id = _find_experiment(server, name)
    run = _find_run(exported, server, experiment_id) if experiment_id else None
    if not is_remote_place(exported.version.folder) and not (run and _is_uploaded(exported, run)):
        check_source(exported)
    experiment_id = experiment_id or _make_experiment(server, name)
    run = run or _make_run(exported, server, experiment_id)
    _log(exported, server, run, left)
    source = _source(exported, server, run)
    registered = _registered_model(exported.model, server)
    run_id = run["info"]["run_id"]
    version, is_new = _version(exported, server, {"name": registered, "source": source, "run_id": run_id}, left)
    names = aliases(exported.version, left)
    for alias in names:
        server.post("registered-models/alias", {"name": registered, "alias": alias, "version": version})
    return Logged(name, experiment_id, run_id, registered, version, names, source, is_new, left)


def _find_experiment(server: MlflowServer, name: str) -> str | None:
    found = server.find("experiments/get-by-name", experiment_name=name)
    if found is None:
        return None
    experiment: dict[str, Any] = found["experiment"]
    if experiment.get("lifecycle_stage") == "deleted":
        next_step = f"write `mlflow experiments restore --experiment-id {experiment['experiment_id']}`"
        raise ConfigError(f"MLflow's experiment {name!r}", "one that is active", "a deleted one", next_step)
    return str(experiment["experiment_id"])


def _make_experiment(server: MlflowServer, name: str) -> str:
    server.create("experiments/create", {"name": name})
    return str(_find_experiment(server, name))


def _find_run(exported: Exported, server: MlflowServer, experiment_id: str) -> dict[str, Any] | None:
    identity = _identity(exported.model, exported.experiment)
    wanted = {"experiment_ids": [experiment_id], "filter": f"tags.`{IDENTITY}` = '{identity}'", "max_results": 1}
    found: list[dict[str, Any]] = server.post("runs/search", wanted).get("runs", [])
    return found[0] if found else None


def _make_run(exported: Exported, server: MlflowServer, experiment_id: str) -> dict[str, Any]:
    name = exported.experiment.name
    start, _ = _times(exported.experiment)
    tags = _pairs({IDENTITY: _identity(exported.model, exported.experiment), "mlflow.runName": name})
    body = {"experiment_id": experiment_id, "start_time": start, "run_name": name, "tags": tags}
    made: dict[str, Any] = server.post("runs/create", body)["run"]
    return made


def _log(exported: Exported, server: MlflowServer, run: Mapping[str, Any], left: LeftOut) -> None:
    """Log what the run does not have yet, and end it."""
    experiment, run_id = exported.experiment, run["info"]["run_id"]
    data = run.get("data", {})
    known = {kind: {each["key"]: each for each in data.get(kind, ())} for kind in ("params", "metrics", "tags")}
    _, end = _times(experiment)
    new_tags = {
        key: text
        for key, text in run_tags(exported.model, experiment, exported.version, left).items()
        if known["tags"].get(key, {}).get("value") != text
    }
    # MLflow lets no parameter change, and the settings of an experiment do not.
    new_params = {key: text for key, text in parameters(experiment, left).items() if key not in known["params"]}
    numbers = [
        {"key": key, "value": value, "timestamp": end, "step": _step(known["metrics"].get(key))}
        for key, value in metrics(experiment, left).items()
        if known["metrics"].get(key, {}).get("value") != value
    ]
    parts = (("params", _pairs(new_params), _TEXTS), ("tags", _pairs(new_tags), _TEXTS), ("metrics", numbers, _NUMBERS))
    for kind, items, count in parts:
        for batch in batches(items, count, _LONGEST):
            server.post("runs/log-batch", {"run_id": run_id, kind: batch})
    state = "FAILED" if experiment.state == "failed" else "FINISHED"
    server.post("runs/update", {"run_id": run_id, "status": state, "end_time": end})


def _source(exported: Exported, server: MlflowServer, run: Mapping[str, Any]) -> str:
    """Return where MLflow finds the files; it takes no folder outside of the artifacts of the run."""
    folder, info = exported.version.folder, run["info"]
    if is_remote_place(folder):
        return folder
    kept = urlsplit(info.get("artifact_uri", ""))
    if kept.scheme != "mlflow-artifacts":
        # Only its clients write there, each with a library and credentials of its own.
        return f"penstock:{quote(str(exported.source))}"
    if not _is_uploaded(exported, run):
        for file in _files(exported.source):
            server.upload(file, f"{kept.path.strip('/')}/{_MODEL}/{file.relative_to(exported.source).as_posix()}")
        done = {"run_id": info["run_id"], "key": _UPLOADED, "value": exported.version.digest}
        server.post("runs/set-tag", done)
    return f"runs:/{info['run_id']}/{_MODEL}"


def _is_uploaded(exported: Exported, run: Mapping[str, Any]) -> bool:
    """Return whether all files of the version are in the artifacts of the run."""
    return _tag(run.get("data", {}), _UPLOADED) == exported.version.digest


def _registered_model(model: Model, server: MlflowServer) -> str:
    """Return the name of MLflow's registered model, which is made if it is missing; it cannot have a slash."""
    name = f"{model.project}.{model.name}"
    found = server.find("registered-models/get", name=name)
    if found is None:
        tags = _pairs({"penstock.model": full_name(model)})
        body = {"name": name, "tags": tags, "description": model.description}
        server.create("registered-models/create", body)
        found = server.find("registered-models/get", name=name) or {}
    owner = _tag(found.get("registered_model", {}), "penstock.model") or full_name(model)
    if owner != full_name(model):
        next_step = "set another registry.model or registry.project"
        raise ConfigError(f"MLflow's model {name!r}", f"that of {full_name(model)}", f"that of {owner}", next_step)
    return name


def _version(exported: Exported, server: MlflowServer, wanted: Mapping[str, str], left: LeftOut) -> tuple[str, bool]:
    """Return the number of the version of a run, and whether it had to be made."""
    tags = version_tags(exported.experiment, exported.version, left)
    condition = f"name='{wanted['name']}' and run_id='{wanted['run_id']}'"
    found = (server.find("model-versions/search", filter=condition) or {}).get("model_versions", [])
    same = [each for each in found if _tag(each, "penstock.version") == tags["penstock.version"]]
    description = exported.version.description
    if not same:
        body = {**wanted, "tags": _pairs(tags), "description": description}
        return str(server.post("model-versions/create", body)["model_version"]["version"]), True
    place = {"name": wanted["name"], "version": str(same[0]["version"])}
    if same[0].get("description", "") != description:
        server.post("model-versions/update", {**place, "description": description}, "PATCH")
    for key, text in tags.items():
        if _tag(same[0], key) != text:
            server.post("model-versions/set-tag", {**place, "key": key, "value": text})
    return place["version"], False


def _identity(model: Model, experiment: Experiment) -> str:
    """Return what names an experiment for ever; runs of one name in two places have different keys."""
    place = experiment.details.get("place") or {}
    parts = (model.project, model.name, experiment.run, place.get("key") or experiment.created.isoformat())
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def _times(experiment: Experiment) -> tuple[int, int]:
    """Return when the run began and ended, in milliseconds."""
    started = experiment.details.get("started")
    start = datetime.fromisoformat(started) if started else experiment.created
    begun = int(start.timestamp() * 1000)
    return begun, begun + int(float(experiment.details.get("seconds") or 0) * 1000)


def _step(known: Mapping[str, Any] | None) -> int:
    """Return the step of a new value: MLflow shows that of the last step."""
    return int(known.get("step", 0)) + 1 if known else 0


def _pairs(texts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": text} for key, text in texts.items()]


def _tag(tagged: Mapping[str, Any], key: str) -> str | None:
    return next((each["value"] for each in tagged.get("tags", ()) if each["key"] == key), None)


def _files(folder: Path) -> Iterable[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())
