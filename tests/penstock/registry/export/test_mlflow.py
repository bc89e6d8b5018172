"""A version in a real MLflow server, as MLflow's own client reads it; each export again completes it, and no more."""

import http.server
import itertools
import threading
from contextlib import contextmanager

import httpx
import pytest

from penstock.core.errors import ConfigError, DataError, StoreError
from penstock.registry.documents import AliasMove, VersionBody, VersionChange
from penstock.registry.export.folder import Exported
from penstock.registry.export.mlflow import export
from penstock.registry.export.mlflow_server import MlflowServer
from penstock.registry.opening import open_registry
from penstock.versions.digest import model_digest
from tests.kept_run import MODEL, write
from tests.metadata_store import configuration
from tests.mlflow_server import mlflow_server
from tests.pipeline.cli.registries import document, lines, refusal
from tests.registry_rows import body

pytestmark = pytest.mark.slow

_projects = (f"project-{number}" for number in itertools.count(1))
DETAILS = {"started": "2026-01-02T03:04:05Z", "seconds": 12.5, "place": {"user": "ada", "key": "k"}}
EVALUATIONS = {
    "overall": {"auc": 0.95},
    "linear": {"auc": 0.9},
    "slices": {f"zone={number}": {"metrics": {"auc": number / 2000}} for number in range(1010)},
}
SETTINGS = {
    "model": {f"setting_{number}": "é" * (6000 if number < 30 else 6) for number in range(110)},
    "long": "x" * 7000,
}


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory):
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as server:
        yield server


@pytest.fixture
def folder(tmp_path, monkeypatch, mlflow):
    """A project with a version in the working directory, and what MLflow's server wants to know in the environment."""
    for name, text in mlflow.environment.items():
        monkeypatch.setenv(name, text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def record(folder):
    """Return a function that records a version with its files, and returns what is to be exported."""
    write(folder / "models" / "1", MODEL)
    config = configuration(folder, f"registry.project={next(_projects)}")

    def recorded(run="run-1", number=1, place="models/1", **given):
        with open_registry(config, actor="ann") as registry:
            model = registry.create_model(registry.create_project(config.project_name).id, config.model_name)
            given = {"evaluations": {"overall": {"auc": 0.9}}, **DETAILS, **given}
            experiment = registry.record_experiment(body(model.id, run, **given))
            digest = model_digest(folder / "models" / "1")
            registry.record_version(
                VersionBody(model_id=model.id, number=number, folder=place, digest=digest, experiment_id=experiment.id)
            )
            return Exported(model, registry.version_numbered(model.id, number), experiment, config)

    return recorded


def arguments(exported, mlflow, *more, number="1"):
    place = ("--to", "mlflow", "--url", mlflow.url, "--set", f"registry.project={exported.model.project}")
    return ("models", "export", number, *place, *more)


def runs(mlflow, exported):
    """Return the runs and the versions of a model, as MLflow's client lists them."""
    project = exported.model.project
    return mlflow.client(f"""
experiment = client.get_experiment_by_name("{project}/taxi")
found = client.search_runs([experiment.experiment_id])
versions = client.search_model_versions("name='{project}.taxi'")
result = {{
    "runs": [run.info.run_id for run in found],
    "status": [run.info.status for run in found],
    "metrics": [run.data.metrics for run in found],
    "history": [len(client.get_metric_history(run.info.run_id, "auc")) for run in found],
    "versions": {{each.version: [each.run_id, each.source, each.tags, each.description] for each in versions}},
    "aliases": client.get_registered_model("{project}.taxi").aliases if versions else {{}},
}}""")


def test_version_is_read_by_mlflows_own_client(mlflow, record):
    exported = record(configuration=SETTINGS, evaluations=EVALUATIONS)
    name = exported.model.project
    printed = lines(*arguments(exported, mlflow))
    assert printed[0] == f"Version 1 of {name}/taxi is version 1 of {name}.taxi in MLflow"
    assert printed[1].endswith(f" of the experiment {name}/taxi")
    assert printed[2:] == ["Aliases: default", "By MLflow's limits: 1 parameter shortened"]
    found = mlflow.client(f"""
import pathlib
version = client.get_model_version_by_alias("{name}.taxi", "default")
run = client.get_run(version.run_id)
folder = pathlib.Path(mlflow.artifacts.download_artifacts("models:/{name}.taxi@default"))
result = {{
    "params": run.data.params, "metrics": run.data.metrics, "tags": run.data.tags, "version": version.tags,
    "name": run.info.run_name, "times": [run.info.start_time, run.info.end_time], "status": run.info.status,
    "experiment": client.get_experiment(run.info.experiment_id).name,
    "files": {{str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}},
}}""")
    assert len(found["params"]) == 111
    assert found["params"]["model.setting_29"] == "é" * 6000
    assert found["params"]["long"] == "x" * 5997 + "..."
    assert len(found["metrics"]) == 1012
    assert (found["metrics"]["auc"], found["metrics"]["linear/auc"]) == (0.95, 0.9)
    assert found["metrics"]["slice/zone.1009/auc"] == 1009 / 2000
    assert (found["tags"]["mlflow.user"], found["tags"]["penstock.data.rows.train"]) == ("ada", "10")
    assert (found["name"], found["status"], found["experiment"]) == (
        exported.experiment.name,
        "FINISHED",
        f"{name}/taxi",
    )
    assert found["times"] == [1767323045000, 1767323057500]
    assert found["version"]["penstock.sha256"] == exported.version.digest
    assert found["files"] == MODEL


def test_same_export_again_makes_nothing_twice_and_takes_what_has_changed(mlflow, record):
    exported = record()
    first = document(*arguments(exported, mlflow))
    again = document(*arguments(exported, mlflow))
    assert (first["new"], again["new"]) == (True, False)
    assert again["mlflow"] == first["mlflow"]
    with open_registry(exported.config, actor="ann") as registry:
        registry.move_alias(exported.model.id, "v1", AliasMove(version=1))
        registry.move_alias(exported.model.id, "staging", AliasMove(version=1))
        change = VersionChange(tags={"team": "rides"}, description="better")
        registry.change_version(exported.version.id, change)
        registry.merge_evaluations(exported.experiment.id, {"overall": {"auc": 0.85, "mae": 2.0}})
    changed = document(*arguments(exported, mlflow))
    assert changed["left_out"] == {"aliases": ["v1"]}
    there = runs(mlflow, exported)
    assert there["runs"] == [first["mlflow"]["run_id"]]
    assert there["metrics"] == [{"auc": 0.85, "mae": 2.0}]
    assert there["history"] == [2]
    [[run, source, tags, description]] = there["versions"].values()
    assert (run, source, description) == (there["runs"][0], f"runs:/{run}/model", "better")
    assert (tags["team"], there["aliases"]) == ("rides", {"default": "1", "staging": "1"})


def test_versions_of_two_runs_are_two_and_the_alias_is_on_its_own(mlflow, record):
    exported = record()
    record("run-2", 2)
    document(*arguments(exported, mlflow, number="2"))
    document(*arguments(exported, mlflow))
    there = runs(mlflow, exported)
    assert len(set(there["runs"])) == 2
    assert {tags["penstock.version"]: number for number, (_, _, tags, _) in there["versions"].items()} == {
        "2": "1",
        "1": "2",
    }
    assert there["aliases"] == {"default": "2"}


@contextmanager
def cutting(url, count):
    """Forward requests, and close the connection instead of the answer to the last one that is let through."""
    left = iter(range(count, -1, -1))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer takes 40 ms

        def do_GET(self):
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            last = next(left, 0) == 0
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
            answer = httpx.request(self.command, f"{url}{self.path}", content=content, headers=kept, trust_env=False)
            if last:
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_export_whose_connection_is_cut_at_each_request_is_completed_by_the_next(mlflow, record):
    exported = record(evaluations={"overall": {"auc": 0.9}})
    cuts = 0
    for count in range(30):
        try:
            with cutting(mlflow.url, count) as url, MlflowServer(url, mlflow.environment) as server:
                logged = export(exported, server)
        except StoreError as error:
            assert "expected a server that answers" in str(error)  # noqa: PT017
            cuts += 1
        else:
            break
    assert cuts >= 7
    there = runs(mlflow, exported)
    assert (there["runs"], there["status"], there["history"]) == ([logged.run_id], ["FINISHED"], [1])
    assert [source for _, source, _, _ in there["versions"].values()] == [logged.source]


def test_folder_is_the_source_where_the_server_does_not_keep_the_artifacts(mlflow, record):
    exported = record()
    name = exported.model.project
    mlflow.client(f'result = client.create_experiment("{name}/taxi", artifact_location="s3://bucket/x")')
    printed = lines(*arguments(exported, mlflow))
    assert printed[3] == "The files stay where they are: this server does not store artifacts itself"
    [[_, source, _, _]] = runs(mlflow, exported)["versions"].values()
    assert source == f"penstock:{exported.source}"


def test_version_in_a_bucket_keeps_its_address_and_is_not_read(mlflow, record):
    exported = record(place="gs://bucket/models/1")
    assert document(*arguments(exported, mlflow))["mlflow"]["source"] == "gs://bucket/models/1"


def test_version_with_other_files_is_refused_before_anything_is_logged(mlflow, record):
    exported = record()
    write(exported.source, {"assets/vocabulary": "other"})
    with MlflowServer(mlflow.url, mlflow.environment) as server, pytest.raises(DataError, match="received other files"):
        export(exported, server)
    assert mlflow.client(f'result = client.get_experiment_by_name("{exported.model.project}/taxi")') is None


def test_what_is_in_the_way_is_one_sentence(mlflow, record, monkeypatch):
    exported = record()
    name = exported.model.project
    mlflow.client(f'client.create_registered_model("{name}.taxi", tags={{"penstock.model": "other/one"}})\nresult = 0')
    said = refusal(*arguments(exported, mlflow))
    assert said.startswith(f"MLflow's model '{name}.taxi': expected that of {name}/taxi, received that of other/one;")
    found = mlflow.client(f"""
result = client.get_experiment_by_name("{name}/taxi").experiment_id
client.delete_experiment(result)""")
    assert f"received a deleted one; write `mlflow experiments restore --experiment-id {found}`" in refusal(
        *arguments(exported, mlflow)
    )
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
    said = refusal(*arguments(exported, mlflow))
    assert "expected MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, that it" in said
    assert "secret" not in said
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD")
    with pytest.raises(ConfigError, match="set the other one too"):
        raise ConfigError(refusal(*arguments(exported, mlflow)))
